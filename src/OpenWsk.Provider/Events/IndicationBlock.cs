// One indication in guest memory: WSK_DATA_INDICATION, its MDL, the accepted-count variable and the data, in
// one block, so that drivers see mapped, contiguous data (MDL-15..17). It knows nothing about sockets.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>Received data as a driver sees it.</summary>
internal sealed class IndicationBlock
{
    // Room for the data of one callback: what a loopback read delivers at once, without taking much memory
    // per socket.
    private const int DataBytes = 16 * 1024;
    private const int MdlOffset = 32;
    private const int PagesMax = DataBytes / 4096 + 1;
    private const int AcceptedOffset = MdlOffset + MDL.SizeBytes + 8 * PagesMax;
    private const int DataOffset = (AcceptedOffset + 8 + 15) & ~15;
    private readonly GuestHeap _heap;
    private readonly nuint _address;

    private IndicationBlock(GuestHeap heap)
    {
        _heap = heap;
        _address = heap.Allocate(DataOffset + DataBytes);
    }

    public GuestPtr<WSK_DATA_INDICATION> Indication => new(_address);

    /// <summary>Where the shown data starts in the room.</summary>
    public int OffsetBytes { get; private set; }

    /// <summary>Shown bytes.</summary>
    public int LengthBytes { get; private set; }

    public Span<byte> Room => GuestMemory.Span(_address + DataOffset, DataBytes);

    public Span<byte> Data => Room.Slice(OffsetBytes, LengthBytes);

    public nuint BytesAcceptedAddress => _address + AcceptedOffset;

    public ref nuint BytesAccepted => ref GuestMemory.Ref<nuint>(BytesAcceptedAddress);

    public static IndicationBlock Allocate(GuestHeap heap) => new(heap);

    /// <summary>Makes the structures describe a part of the room.</summary>
    public void Show(int offsetBytes, int lengthBytes)
    {
        OffsetBytes = offsetBytes;
        LengthBytes = lengthBytes;
        var data = _address + DataOffset + (nuint)offsetBytes;
        var mdl = new GuestPtr<MDL>(_address + MdlOffset);
        mdl.Value = new MDL
        {
            Size = MDL.SizeBytes + 8 * PagesMax,
            MdlFlags = WskConstants.MDL_SOURCE_IS_NONPAGED_POOL,
            MappedSystemVa = data,
            StartVa = data & ~(nuint)0xFFF,
            ByteOffset = (uint)(data & 0xFFF),
            ByteCount = (uint)lengthBytes,
        };
        Indication.Value = new WSK_DATA_INDICATION
        {
            Buffer = new WSK_BUF { Mdl = mdl, Offset = 0, Length = (nuint)lengthBytes },
        };
    }

    public void Free() => _heap.Free(_address);
}
