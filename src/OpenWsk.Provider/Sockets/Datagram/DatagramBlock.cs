// One received datagram in guest memory: WSK_DATAGRAM_INDICATION, the sender's SOCKADDR, an MDL and the
// control objects, with the data behind them in the same block or where the transport has put it, so that
// drivers see mapped, contiguous data (MDL-15..17). A block of ordinary size serves one datagram after the
// other. It knows nothing about sockets or who is shown it. Where blocks come from: DatagramSocket.Kept.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>A datagram as a driver sees it.</summary>
internal sealed class DatagramBlock
{
    /// <summary>Data that fits a block of ordinary size. Units: bytes.</summary>
    public const int OrdinaryBytes = BlockBytes - DataOffset;

    private const int BlockBytes = 2048;
    private const int AddressOffset = 64;
    private const int MdlOffset = 96;
    private const int PageBytes = 4096;

    // The array of page numbers behind an MDL has room for every page that the longest datagram can touch.
    private const int PagesMax = 65_536 / PageBytes + 1;
    private const int ControlOffset = MdlOffset + MDL.SizeBytes + 8 * PagesMax;
    private const int DataOffset = (ControlOffset + ControlWriter.BytesMax + 15) & ~15;
    private readonly GuestHeap _heap;
    private readonly nuint _address;
    private readonly int _roomBytes;
    private DatagramInfo _info;
    private ControlWishes _wishes;
    private nuint _data;
    private int _dataBytes;
    private int _controlBytes;

    /// <summary>Allocates a block that has room for so much data.</summary>
    public DatagramBlock(GuestHeap heap, int dataBytes)
    {
        _heap = heap;
        _roomBytes = Math.Max(dataBytes, OrdinaryBytes);
        _address = heap.Allocate(DataOffset + _roomBytes);
    }

    public GuestPtr<WSK_DATAGRAM_INDICATION> Indication => new(_address);

    public ref readonly DatagramInfo Info => ref _info;

    /// <summary>Whether it is of ordinary size and can serve any datagram that is not longer.</summary>
    public bool IsOrdinary => _roomBytes == OrdinaryBytes;

    /// <summary>What is to be given back to the transport; its address is 0 when nothing is.</summary>
    public LentBytes Lent { get; private set; }

    /// <summary>Place in the order of arrival.</summary>
    public long Sequence { get; private set; }

    /// <summary>A callback has not accepted it.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The client has released it while its callback runs.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Next in a list of its owner's.</summary>
    public DatagramBlock? Next { get; set; }

    public Span<byte> Data => GuestMemory.Span(_data, _dataBytes);

    /// <summary>Copies a datagram and what the client wants to be told about it.</summary>
    public void Fill(ReadOnlySpan<byte> data, in DatagramInfo info, in ControlWishes wishes, long sequence)
    {
        Lent = default;
        _data = _address + DataOffset;
        _dataBytes = data.Length;
        data.CopyTo(Data);
        Describe(info, wishes, sequence);
    }

    /// <summary>Takes a datagram that stays where the transport has put it.</summary>
    public void Take(in LentBytes lent, in DatagramInfo info, in ControlWishes wishes, long sequence)
    {
        Lent = lent;
        _data = lent.Address;
        _dataBytes = lent.LengthBytes;
        Describe(info, wishes, sequence);
    }

    /// <summary>Copies what another block holds.</summary>
    public void FillFrom(DatagramBlock other)
    {
        Fill(other.Data, other._info, other._wishes, other.Sequence);
        IsRefused = other.IsRefused;
    }

    /// <summary>
    /// Makes the structures describe the datagram, whatever a client that saw them before has done to them.
    /// </summary>
    public void Show(DatagramBlock? next)
    {
        var mdl = new GuestPtr<MDL>(_address + MdlOffset);
        mdl.Value = new MDL
        {
            Size = MDL.SizeBytes + 8 * PagesMax,
            MdlFlags = WskConstants.MDL_SOURCE_IS_NONPAGED_POOL,
            MappedSystemVa = _data,
            StartVa = _data & ~(nuint)(PageBytes - 1),
            ByteOffset = (uint)(_data & (PageBytes - 1)),
            ByteCount = (uint)_dataBytes,
        };
        Indication.Value = new WSK_DATAGRAM_INDICATION
        {
            Next = next?.Indication ?? default,
            Buffer = new WSK_BUF { Mdl = mdl, Offset = 0, Length = (nuint)_dataBytes },
            ControlInfo = new GuestPtr<CMSGHDR>(_controlBytes == 0 ? 0 : _address + ControlOffset),
            ControlInfoLength = (uint)_controlBytes,
            RemoteAddress = new GuestPtr<SOCKADDR>(_address + AddressOffset),
        };
    }

    public void Free() => _heap.Free(_address);

    private void Describe(in DatagramInfo info, in ControlWishes wishes, long sequence)
    {
        _info = info;
        _wishes = wishes;
        Sequence = sequence;
        IsRefused = IsReleased = false;
        var writer = new ControlWriter(GuestMemory.Span(_address + ControlOffset, ControlWriter.BytesMax));
        writer.Describe(info, wishes);
        _controlBytes = writer.WrittenBytes;
        info.Source.Write(new GuestPtr<SOCKADDR>(_address + AddressOffset));
    }
}
