// One indication in guest memory: WSK_DATA_INDICATION, its MDL and the accepted-count variable, for data that
// lies in room of its own behind them or that a transport lends, so that drivers see mapped, contiguous data
// (MDL-15..17). It knows nothing about sockets but which one it is with. Its maker: IndicationPool.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Received data as a driver sees it.</summary>
internal sealed class IndicationBlock(nuint address, int roomBytes) : IPooled<IndicationBlock>
{
    /// <summary>Bytes of the structures.</summary>
    public const int HeaderBytes = (AcceptedOffset + 8 + 15) & ~15;

    /// <summary>Pages that data may touch.</summary>
    public const int PagesMax = 17;

    private const int MdlOffset = 32;
    private const int AcceptedOffset = MdlOffset + MDL.SizeBytes + 8 * PagesMax;
    private nuint _data;
    private IStreamSocket? _lender;
    private LentBytes _lent;
    private Neighbours<IndicationBlock> _neighbours;

    IndicationBlock? IPooled<IndicationBlock>.NextFree { get; set; }

    public GuestPtr<WSK_DATA_INDICATION> Indication => new(address);

    /// <summary>Shown bytes.</summary>
    public int LengthBytes { get; private set; }

    public bool HasRoom => roomBytes != 0;

    public Span<byte> Room => GuestMemory.Span(address + HeaderBytes, roomBytes);

    public Span<byte> Data => GuestMemory.Span(_data, LengthBytes);

    public nuint BytesAcceptedAddress => address + AcceptedOffset;

    public ref nuint BytesAccepted => ref GuestMemory.Ref<nuint>(BytesAcceptedAddress);

    /// <summary>The socket whose client may keep the block; null while nobody's may.</summary>
    public ConnectionSocket? KeptFor { get; set; }

    /// <summary>Makes the structures describe the first bytes of the room.</summary>
    public void ShowRoom(int lengthBytes) => Show(address + HeaderBytes, lengthBytes);

    /// <summary>Makes the structures describe what a transport lends.</summary>
    public void ShowLent(IStreamSocket lender, in LentBytes lent)
    {
        _lender = lender;
        _lent = lent;
        Show(lent.Address, lent.LengthBytes);
    }

    /// <summary>Makes the structures describe what is behind the first bytes.</summary>
    public void Skip(int lengthBytes) => Show(_data + (nuint)lengthBytes, LengthBytes - lengthBytes);

    /// <summary>Gives lent bytes back, if there are any.</summary>
    public void EndLoan()
    {
        if (_lender is not { } lender)
            return;
        _lender = null;
        lender.Return(_lent);
    }

    // Everything is written each time, because a client that saw the block before may have changed it.
    private void Show(nuint data, int lengthBytes)
    {
        _data = data;
        LengthBytes = lengthBytes;
        ref var mdl = ref GuestMemory.Ref<MDL>(address + MdlOffset);
        mdl.Next = default;
        mdl.Size = MDL.SizeBytes + 8 * PagesMax;
        mdl.MdlFlags = WskConstants.MDL_SOURCE_IS_NONPAGED_POOL;
        mdl.Process = 0;
        mdl.MappedSystemVa = data;
        mdl.StartVa = data & ~(nuint)0xFFF;
        mdl.ByteOffset = (uint)(data & 0xFFF);
        mdl.ByteCount = (uint)lengthBytes;
        ref var indication = ref Indication.Value;
        indication.Next = default;
        indication.Buffer.Mdl = new GuestPtr<MDL>(address + MdlOffset);
        indication.Buffer.Offset = 0;
        indication.Buffer.Length = (nuint)lengthBytes;
    }

    /// <summary>How the blocks are linked that a client keeps, or has released.</summary>
    public readonly struct KeptLinks : ILinks<IndicationBlock>
    {
        public ref Neighbours<IndicationBlock> Of(IndicationBlock item) => ref item._neighbours;
    }
}
