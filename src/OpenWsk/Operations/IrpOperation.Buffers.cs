// The guest memory of an operation: a scratch block for small arguments and answers, MDLs over the caller's
// pinned memory, and the list of a batch. It grows to the largest use and is kept. It knows nothing about who
// reads or writes it.
using System.Buffers;
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

internal sealed partial class IrpOperation
{
    // The scratch block: WSK_BUF, two SOCKADDRs of either family, ControlLength and ControlFlags of a receive
    // with the control information behind them. 16-byte aligned.
    private const int LocalAddressOffset = 32;
    private const int RemoteAddressOffset = 64;
    private const int ControlLengthOffset = 96;
    private const int ControlFlagsOffset = 100;
    private const int ControlOffset = 104;
    private const int ControlBytesMax = 512;
    private const int ScratchBytes = ControlOffset + ControlBytesMax;
    private const int PageBytes = 4096;

    private readonly nuint _scratch;
    private MemoryHandle[] _pins = new MemoryHandle[2];
    private int _pinCount;
    private nuint _mdl;
    private int _mdlPages;
    private nuint _list;
    private int _listBytes;

    /// <summary>The most bytes of one buffer: what the 16-bit size of an MDL can describe.</summary>
    public static int BufferBytesMax { get; } = 8 * 1024 * 1024;

    /// <summary>The WSK_BUF that <see cref="SetBuffer"/> filled.</summary>
    public nuint Buffer => _scratch;

    /// <summary>The WSK_BUF_LIST that <see cref="SetBuffers"/> filled.</summary>
    public nuint BufferList => _list;

    /// <summary>Room for a SOCKADDR, with the address that <see cref="SetLocal"/> wrote.</summary>
    public nuint LocalAddress => _scratch + LocalAddressOffset;

    /// <summary>Room for a SOCKADDR, with the address that <see cref="SetRemote"/> wrote.</summary>
    public nuint RemoteAddress => _scratch + RemoteAddressOffset;

    /// <summary>The ControlLength of a receive.</summary>
    public nuint ControlLength => _scratch + ControlLengthOffset;

    /// <summary>The ControlFlags of a receive.</summary>
    public nuint ControlFlags => _scratch + ControlFlagsOffset;

    /// <summary>Control information, to send or received.</summary>
    public nuint Control => _scratch + ControlOffset;

    public void SetLocal(in EndpointAddress address) => address.Write(new GuestPtr<SOCKADDR>(LocalAddress));

    public void SetRemote(in EndpointAddress address) => address.Write(new GuestPtr<SOCKADDR>(RemoteAddress));

    /// <summary>Writes control information to send.</summary>
    /// <returns>Its length. Units: bytes.</returns>
    public int SetControl(in WskControlInfo control, ushort family) =>
        ControlMessages.Write(GuestMemory.Span(Control, ControlBytesMax), control, family);

    /// <summary>Makes room for the control information of a received datagram.</summary>
    public void ExpectControl()
    {
        GuestMemory.Write<uint>(ControlLength, ControlBytesMax);
        GuestMemory.Write<uint>(ControlFlags, 0);
    }

    /// <summary>Pins managed memory until the operation is over; empty memory has no address.</summary>
    public nuint Pin(ReadOnlyMemory<byte> memory)
    {
        if (memory.IsEmpty)
            return 0;
        if (_pinCount == _pins.Length)
            Array.Resize(ref _pins, 2 * _pinCount);
        _pins[_pinCount] = memory.Pin();
        return GuestMemory.AddressOf(_pins[_pinCount++]);
    }

    /// <summary>
    /// Points the WSK_BUF at managed memory, which stays pinned until the operation is over.
    /// </summary>
    public void SetBuffer(ReadOnlyMemory<byte> memory)
    {
        var address = Pin(memory);
        if (address != 0)
        {
            GrowMdl(PagesOf(address, memory.Length));
            WriteMdl(_mdl, address, memory.Length);
        }
        GuestMemory.Write(Buffer, new WSK_BUF
        {
            Mdl = new(address == 0 ? 0 : _mdl),
            Offset = 0,
            Length = (nuint)memory.Length,
        });
    }

    /// <summary>Makes the WSK_BUF_LIST of a batch; the memory stays pinned until it is over.</summary>
    public void SetBuffers(IReadOnlyList<ReadOnlyMemory<byte>> messages)
    {
        var count = messages.Count;
        var elementBytes = Unsafe.SizeOf<WSK_BUF_LIST>();
        var neededBytes = count * elementBytes;
        for (var i = 0; i < count; i++)
            neededBytes += MdlBytes((messages[i].Length / PageBytes) + 2);
        GrowList(neededBytes);
        var mdl = _list + (nuint)(count * elementBytes);
        for (var i = 0; i < count; i++)
        {
            var (memory, element) = (messages[i], _list + (nuint)(i * elementBytes));
            var address = Pin(memory);
            if (address != 0)
                WriteMdl(mdl, address, memory.Length);
            var next = i + 1 < count ? element + (nuint)elementBytes : 0;
            GuestMemory.Write(element, new WSK_BUF_LIST
            {
                Next = new(next),
                Buffer = new WSK_BUF { Mdl = new(address == 0 ? 0 : mdl), Length = (nuint)memory.Length },
            });
            mdl += (nuint)MdlBytes((memory.Length / PageBytes) + 2);
        }
    }

    private static int PagesOf(nuint address, int lengthBytes) =>
        ((int)(address % PageBytes) + lengthBytes + PageBytes - 1) / PageBytes;

    private static int MdlBytes(int pages) => MDL.SizeBytes + (pages * Unsafe.SizeOf<ulong>());

    // Pinned managed memory is to the provider what non-paged pool is: it is there, and it does not move.
    private static void WriteMdl(nuint mdl, nuint address, int lengthBytes)
    {
        var offset = address % PageBytes;
        GuestMemory.Write(mdl, new MDL
        {
            Size = (short)MdlBytes(PagesOf(address, lengthBytes)),
            MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL,
            MappedSystemVa = address,
            StartVa = address - offset,
            ByteOffset = (uint)offset,
            ByteCount = (uint)lengthBytes,
        });
    }

    private void GrowMdl(int pages)
    {
        if (pages <= _mdlPages && _mdl != 0)
            return;
        if (_mdl != 0)
            _executive.Heap.Free(_mdl);
        _mdlPages = Math.Max(pages, 2 * _mdlPages);
        _mdl = _executive.Heap.Allocate(MdlBytes(_mdlPages));
    }

    private void GrowList(int lengthBytes)
    {
        if (lengthBytes <= _listBytes)
            return;
        if (_list != 0)
            _executive.Heap.Free(_list);
        _listBytes = Math.Max(lengthBytes, 2 * _listBytes);
        _list = _executive.Heap.Allocate(_listBytes);
    }

    private void Unpin()
    {
        for (var i = 0; i < _pinCount; i++)
        {
            _pins[i].Dispose();
            _pins[i] = default;
        }
        _pinCount = 0;
    }

    private void FreeBuffers()
    {
        _executive.Heap.Free(_scratch);
        if (_mdl != 0)
            _executive.Heap.Free(_mdl);
        if (_list != 0)
            _executive.Heap.Free(_list);
    }
}
