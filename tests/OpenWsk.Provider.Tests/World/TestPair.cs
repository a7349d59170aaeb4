// A client with one socket that is connected to a peer by WskSocketConnect: where most tests of data begin.
// It closes the socket at the end unless the test has done so. It knows nothing about rules.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

/// <summary>A connected socket and the peer's end.</summary>
public sealed class TestPair : IDisposable
{
    private readonly IPeerListener _listener;
    private bool _isClosed;

    public TestPair(ContractWorld world, uint staticEvents = 0)
    {
        _listener = world.Listen();
        Events = new TestEvents(world.Executive);
        Client = new TestClient(world);
        if (staticEvents != 0)
        {
            Assert.Equal(
                STATUS_SUCCESS,
                Client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16, Client.EventControl(staticEvents)));
        }
        Socket = Client.Connect(_listener.Address, Context, Events.Table);
        Peer = _listener.Accept();
    }

    /// <summary>The socket's context.</summary>
    public const ulong Context = 0xFFFF_A000_0000_0010;

    public TestClient Client { get; }

    public TestEvents Events { get; }

    public nuint Socket { get; }

    public IPeer Peer { get; }

    private WSK_PROVIDER_CONNECTION_DISPATCH Functions => TestClient.Functions(Socket);

    /// <summary>WskSend.</summary>
    public NTSTATUS Send(TestBuffer buffer, ulong irp, uint flags = 0) =>
        Client.World.Call(Functions.WskSend, Socket, buffer, flags, irp);

    /// <summary>WskReceive.</summary>
    public NTSTATUS Receive(TestBuffer buffer, ulong irp, uint flags = 0) =>
        Client.World.Call(Functions.WskReceive, Socket, buffer, flags, irp);

    /// <summary>WskDisconnect.</summary>
    public NTSTATUS Disconnect(ulong irp, uint flags = 0, ulong buffer = 0) =>
        Client.World.Call(Functions.WskDisconnect, Socket, buffer, flags, irp);

    /// <summary>WskCloseSocket; the pair does not close it again.</summary>
    public NTSTATUS Close(ulong irp)
    {
        _isClosed = true;
        return Client.World.Call(Functions.Basic.WskCloseSocket, Socket, irp);
    }

    /// <summary>WskRelease.</summary>
    public NTSTATUS Release(GuestPtr<WSK_DATA_INDICATION> list) =>
        Client.World.Call(Functions.WskRelease, Socket, list.Address);

    /// <summary>Receives and waits: the status and the number of bytes.</summary>
    public (NTSTATUS Status, int Bytes) ReceiveCount(int lengthBytes, uint flags = 0)
    {
        var (status, data) = Client.Receive(Socket, lengthBytes, flags);
        return (status, data.Length);
    }

    /// <summary>Receives and waits: the bytes as text.</summary>
    public string ReceiveText(int lengthBytes, uint flags = 0)
    {
        var (status, data) = Client.Receive(Socket, lengthBytes, flags);
        Assert.Equal(STATUS_SUCCESS, status);
        return System.Text.Encoding.ASCII.GetString(data);
    }

    public void Dispose()
    {
        Peer.Dispose();
        if (!_isClosed)
            Client.Close(Socket);
        Client.Dispose();
        Events.Dispose();
        _listener.Dispose();
    }
}
