// One received datagram in guest memory: WSK_DATAGRAM_INDICATION, the sender's SOCKADDR, an MDL, the control
// objects and the data, in one block, so that drivers see mapped, contiguous data (MDL-15..17). It knows
// nothing about sockets or who is shown it.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>A datagram as a driver sees it.</summary>
internal sealed class DatagramBlock
{
    private const int AddressOffset = 64;
    private const int MdlOffset = 96;
    private const int PageBytes = 4096;
    private readonly GuestHeap _heap;
    private readonly nuint _address;
    private readonly int _controlOffset;
    private readonly int _controlBytes;
    private readonly int _dataOffset;
    private readonly int _dataBytes;

    /// <summary>Copies a datagram and what the client wants to be told about it.</summary>
    public DatagramBlock(
        GuestHeap heap, ReadOnlySpan<byte> data, in DatagramInfo info, in ControlWishes wishes, long sequence)
    {
        Span<byte> control = stackalloc byte[ControlWriter.BytesMax];
        var writer = new ControlWriter(control);
        writer.Describe(info, wishes);
        Info = info;
        Sequence = sequence;
        _heap = heap;
        _controlBytes = writer.WrittenBytes;
        _dataBytes = data.Length;
        // The array of page numbers behind an MDL has room for every page that the data can touch.
        _controlOffset = MdlOffset + MDL.SizeBytes + 8 * PagesMax;
        _dataOffset = (_controlOffset + _controlBytes + 15) & ~15;
        _address = heap.Allocate(_dataOffset + Math.Max(_dataBytes, 1));
        control[.._controlBytes].CopyToGuest(
            GuestMemory.Span(_address + (nuint)_controlOffset, _controlBytes));
        data.CopyTo(Data);
        info.Source.Write(new GuestPtr<SOCKADDR>(_address + AddressOffset));
    }

    public GuestPtr<WSK_DATAGRAM_INDICATION> Indication => new(_address);

    public DatagramInfo Info { get; }

    /// <summary>Place in the order of arrival.</summary>
    public long Sequence { get; }

    /// <summary>A callback has not accepted it.</summary>
    public bool IsRefused { get; set; }

    public Span<byte> Data => GuestMemory.Span(_address + (nuint)_dataOffset, _dataBytes);

    private int PagesMax => _dataBytes / PageBytes + 2;

    /// <summary>
    /// Makes the structures describe the datagram, whatever a client that saw them before has done to them.
    /// </summary>
    public void Show(DatagramBlock? next)
    {
        var data = _address + (nuint)_dataOffset;
        var mdl = new GuestPtr<MDL>(_address + MdlOffset);
        mdl.Value = new MDL
        {
            Size = (short)(MDL.SizeBytes + 8 * PagesMax),
            MdlFlags = WskConstants.MDL_SOURCE_IS_NONPAGED_POOL,
            MappedSystemVa = data,
            StartVa = data & ~(nuint)(PageBytes - 1),
            ByteOffset = (uint)(data & (PageBytes - 1)),
            ByteCount = (uint)_dataBytes,
        };
        Indication.Value = new WSK_DATAGRAM_INDICATION
        {
            Next = next?.Indication ?? default,
            Buffer = new WSK_BUF { Mdl = mdl, Offset = 0, Length = (nuint)_dataBytes },
            ControlInfo = new GuestPtr<CMSGHDR>(_controlBytes == 0 ? 0 : _address + (nuint)_controlOffset),
            ControlInfoLength = (uint)_controlBytes,
            RemoteAddress = new GuestPtr<SOCKADDR>(_address + AddressOffset),
        };
    }

    public void Free() => _heap.Free(_address);
}
