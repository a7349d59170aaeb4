// The memory of a request: the windows of a WSK_BUF's MDL chain, taken during the call (the WSK_BUF itself
// may be gone before the IRP completes). The transport sends from them; the receive pump fills them in order.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

internal sealed partial class WskRequest
{
    private readonly List<GuestBuffer> _pool = [];
    private readonly List<(nuint Address, int LengthBytes)> _segments = [];

    /// <summary>Bytes of the WSK_BUF. Units: bytes.</summary>
    public nuint LengthBytes { get; private set; }

    /// <summary>Bytes that were transferred so far.</summary>
    public nuint BytesDone { get; set; }

    public override int SegmentCount => _segments.Count;

    public override Memory<byte> Segment(int index)
    {
        while (_pool.Count <= index)
            _pool.Add(new GuestBuffer());
        var (address, lengthBytes) = _segments[index];
        _pool[index].Set(address, lengthBytes);
        return _pool[index].Window;
    }

    /// <summary>
    /// Takes the windows out of a WSK_BUF; null, or the rule that it breaks when its Offset lies behind the
    /// first MDL
    /// (MDL-03) or its chain is shorter than Offset and Length say (MDL-07).
    /// </summary>
    public string? Capture(in WSK_BUF buffer)
    {
        ClearSegments();
        LengthBytes = buffer.Length;
        var left = (ulong)buffer.Length;
        ulong skip = buffer.Offset;
        for (var mdl = buffer.Mdl; left != 0; mdl = mdl.Value.Next)
        {
            if (mdl.IsNull)
                return "MDL-07";
            if (skip > mdl.Value.ByteCount)
                return "MDL-03";
            var count = (ulong)mdl.Value.ByteCount;
            var take = Math.Min(count - Math.Min(skip, count), left);
            if (take != 0)
                _segments.Add((SystemAddress(mdl) + (nuint)skip, checked((int)take)));
            left -= take;
            skip = 0;
        }
        return null;
    }

    /// <summary>
    /// The part of the windows that is still to be filled, from <see cref="BytesDone"/> on; empty when full.
    /// </summary>
    public Span<byte> NextWindow()
    {
        var skip = BytesDone;
        foreach (var (address, lengthBytes) in _segments)
        {
            if (skip < (nuint)lengthBytes)
                return GuestMemory.Span(address + skip, lengthBytes - (int)skip);
            skip -= (nuint)lengthBytes;
        }
        return [];
    }

    private void ClearSegments()
    {
        _segments.Clear();
        LengthBytes = 0;
        BytesDone = 0;
    }

    // MmGetSystemAddressForMdlSafe: a mapped or non-paged MDL has its address; otherwise the pages are where
    // StartVa says, because the guest and we share one address space.
    private static nuint SystemAddress(GuestPtr<MDL> mdl)
    {
        ref var value = ref mdl.Value;
        const int mapped = WskConstants.MDL_MAPPED_TO_SYSTEM_VA | WskConstants.MDL_SOURCE_IS_NONPAGED_POOL;
        return (value.MdlFlags & mapped) != 0 ? value.MappedSystemVa : value.StartVa + value.ByteOffset;
    }
}
