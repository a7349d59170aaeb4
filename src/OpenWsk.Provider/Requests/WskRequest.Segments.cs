// The memory of a request: the windows of a WSK_BUF's MDL chain, taken during the call (the WSK_BUF itself
// may be gone before the IRP completes). The transport sends from them; the receive pump fills them in order.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

internal sealed partial class WskRequest
{
    private readonly List<GuestBuffer> _pool = [];
    private readonly List<MdlWindow> _segments = [];

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
    /// Takes the windows out of a WSK_BUF; null, or the rule that it breaks (MDL-03, MDL-06, MDL-07).
    /// </summary>
    public string? Capture(in WSK_BUF buffer)
    {
        ClearSegments();
        var chain = new MdlChain(buffer);
        var problem = chain.FindProblem();
        if (problem != MdlProblem.None)
            return MdlChain.RuleOf(problem);
        LengthBytes = buffer.Length;
        foreach (var window in chain)
            _segments.Add(window);
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
}
