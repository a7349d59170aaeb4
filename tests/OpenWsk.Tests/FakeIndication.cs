// Received data of a test's own in guest memory, which it gives to the API's callbacks as the provider would,
// and a release of its own that counts. It knows nothing about sockets or about who reads the data.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Tests;

/// <summary>One data indication and one datagram indication over the same bytes.</summary>
internal sealed class FakeIndication : IDisposable
{
    private const int MdlOffset = 0;
    private const int DataIndicationOffset = 64;
    private const int DatagramIndicationOffset = 96;
    private const int AddressOffset = 160;
    private const int BytesOffset = 192;
    private const int BlockBytes = 256;
    private const int DataBytes = 32;

    private readonly Executive _executive;
    private readonly CallbackTables _callbacks;
    private readonly nuint _block;
    private readonly nuint _release;

    public FakeIndication(WskHost host)
    {
        _executive = host.Executive;
        _callbacks = host.Operations.Callbacks;
        _block = _executive.Heap.Allocate(BlockBytes);
        _release = _executive.Code.Register(_ =>
        {
            Released++;
            return 0;
        });
        var data = _block + BytesOffset;
        GuestMemory.Write(_block + MdlOffset, new MDL
        {
            Size = MDL.SizeBytes + sizeof(ulong),
            MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL,
            MappedSystemVa = data,
            StartVa = data & ~(nuint)0xFFF,
            ByteOffset = (uint)(data & 0xFFF),
            ByteCount = DataBytes,
        });
        var sender = Ports.EndpointAddress.From(System.Net.IPAddress.Loopback, 9);
        sender.Write(new GuestPtr<SOCKADDR>(_block + AddressOffset));
    }

    public int Released { get; private set; }

    private WSK_BUF Buffer => new() { Mdl = new(_block + MdlOffset), Length = DataBytes };

    /// <summary>Makes sockets give back here what they release.</summary>
    public void Replace(WskConnection connection, WskDatagramSocket socket)
    {
        _callbacks.Connections(connection.Context).Retention.Attach(connection, _release);
        _callbacks.Datagrams(socket.Context).Retention.Attach(socket, _release);
    }

    public void IndicateData(nuint context)
    {
        GuestMemory.Write(_block + DataIndicationOffset, new WSK_DATA_INDICATION { Buffer = Buffer });
        var callback =
            GuestMemory.Read<WSK_CLIENT_CONNECTION_DISPATCH>(_callbacks.Connection).WskReceiveEvent;
        _executive.Code.Call(callback, [context, 0, _block + DataIndicationOffset, DataBytes, 0]);
    }

    public void IndicateDatagram(nuint context)
    {
        GuestMemory.Write(_block + DatagramIndicationOffset, new WSK_DATAGRAM_INDICATION
        {
            Buffer = Buffer,
            RemoteAddress = new(_block + AddressOffset),
        });
        var callback =
            GuestMemory.Read<WSK_CLIENT_DATAGRAM_DISPATCH>(_callbacks.Datagram).WskReceiveFromEvent;
        _executive.Code.Call(callback, [context, 0, _block + DatagramIndicationOffset]);
    }

    public void Dispose()
    {
        _executive.Code.Unregister(_release);
        _executive.Heap.Free(_block);
    }
}
