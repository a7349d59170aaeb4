// A client with one bound UDP socket, its callback, and a peer: where most tests of callbacks begin. It
// closes the socket at the end unless the test has done so. It knows nothing about rules.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

/// <summary>A bound socket with a callback, and a peer.</summary>
public sealed class DatagramPair : IDisposable
{
    /// <summary>The socket's context.</summary>
    public const ulong Context = 0xFFFF_A000_0000_0040;

    private bool _isClosed;

    internal DatagramPair(
        ContractWorld world, bool isStatic = false, EndpointAddress? local = null,
        Func<ReceiveFromCall, NTSTATUS>? onReceive = null, Func<HoldingTransport.HeldSocket>? held = null)
    {
        Events = new DatagramEvents(world.Executive);
        if (onReceive is not null)
            Events.OnReceive = onReceive;
        Client = new TestClient(world);
        if (isStatic)
        {
            var control = Client.EventControl(WSK_EVENT_RECEIVE_FROM);
            Assert.Equal(STATUS_SUCCESS, Client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16, control));
        }
        Socket = Client.Datagram(local: local, context: Context, events: Events);
        Held = held?.Invoke();
        if (Held is not null)
            Held.HoldsArms = true;
        Peer = DatagramPeer.Open(world);
        Address = TestClient.Loopback(AF_INET, Client.BoundTo(Socket).Port);
    }

    public TestClient Client { get; }

    public DatagramEvents Events { get; }

    public nuint Socket { get; }

    public DatagramPeer Peer { get; }

    /// <summary>The transport's socket, which does not tell of arrivals; null where it does.</summary>
    internal HoldingTransport.HeldSocket? Held { get; }

    /// <summary>Where the peer reaches the socket.</summary>
    public EndpointAddress Address { get; }

    /// <summary>The peer sends the socket some texts, one datagram each.</summary>
    public void FromPeer(params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
            Peer.Send(System.Text.Encoding.ASCII.GetBytes(text), Address);
    }

    /// <summary>
    /// Returns when what the peer has sent so far is there: a datagram behind it has taken the same path.
    /// </summary>
    public void AwaitArrival(ContractWorld world)
    {
        using var other = DatagramPeer.Open(world);
        Peer.Send("marker"u8, other.Address);
        other.Receive();
    }

    /// <summary>Returns when everything that was posted so far has run.</summary>
    public void AwaitDispatcher(ContractWorld world)
    {
        for (var i = 0; i < world.Executive.ProcessorCount; i++)
        {
            using var reached = new ManagedEvent(world.Executive);
            world.Executive.Scheduler.Post(new PostedAction(reached.Set) { Processor = i });
            reached.Wait();
        }
    }

    /// <summary>Enables WskReceiveFromEvent.</summary>
    public void Enable() => Assert.Equal(STATUS_SUCCESS, Client.SetEvents(Socket, WSK_EVENT_RECEIVE_FROM));

    /// <summary>Disables WskReceiveFromEvent and waits until a running call has returned.</summary>
    public NTSTATUS Disable() => Client.Run(
        irp => Client.SetEvents(Socket, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE, irp));

    /// <summary>Waits for one datagram by WskReceiveFrom; its text.</summary>
    public string Receive()
    {
        using var receive = new DatagramReceive(Client, Socket, lengthBytes: 2048).Start();
        Assert.Equal(STATUS_SUCCESS, receive.Wait());
        return receive.Text;
    }

    /// <summary>WskRelease of a list.</summary>
    public NTSTATUS Release(GuestPtr<WSK_DATAGRAM_INDICATION> list) => Client.Release(Socket, list.Address);

    /// <summary>WskCloseSocket; the pair does not close it again.</summary>
    public NTSTATUS Close(ulong irp)
    {
        _isClosed = true;
        return Client.World.Call(Client.Function(Socket, "WskCloseSocket"), Socket, irp);
    }

    public void Dispose()
    {
        if (!_isClosed)
            Client.Close(Socket);
        Peer.Dispose();
        Client.Dispose();
        Events.Dispose();
    }

    private sealed class PostedAction(Action action) : DispatchItem
    {
        public override void Run() => action();
    }
}
