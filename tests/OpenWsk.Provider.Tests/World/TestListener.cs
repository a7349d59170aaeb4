// A client with one socket that listens on loopback: a listening socket, or a stream socket after WskListen.
// It closes at the end what is still open of it, and what it accepted. It knows nothing about rules.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

/// <summary>How a <see cref="TestListener"/> differs from a plain listening socket.</summary>
public sealed record ListenerOptions
{
    public ushort Family { get; init; } = AF_INET;

    /// <summary>A stream socket in its listening role.</summary>
    public bool IsStream { get; init; }

    /// <summary>With SO_CONDITIONAL_ACCEPT.</summary>
    public bool IsConditional { get; init; }

    /// <summary>IPv6 wildcard with IPV6_V6ONLY off.</summary>
    public bool IsDualStack { get; init; }

    /// <summary>WSK_SET_STATIC_EVENT_CALLBACKS before the socket is made.</summary>
    public uint StaticEvents { get; init; }

    /// <summary>Where to bind; loopback with any port by default.</summary>
    public EndpointAddress? Address { get; init; }

    /// <summary>Events that are enabled when it listens.</summary>
    public uint Events { get; init; }
}

/// <summary>A listener, the callbacks of its two tables, and what was accepted on it.</summary>
public sealed class TestListener : IDisposable
{
    /// <summary>The listener's context.</summary>
    public const ulong Context = 0xFFFF_A000_0000_0020;

    private readonly Lock _gate = new();
    private readonly List<nuint> _accepted = [];
    private readonly List<IPeer> _peers = [];
    private readonly ListenerOptions _options;
    private bool _isClosed;

    public TestListener(ContractWorld world, ListenerOptions? options = null)
    {
        _options = options ?? new ListenerOptions();
        World = world;
        Events = new TestListenEvents(world.Executive) { Taken = socket => Own(socket) };
        Connections = new TestEvents(world.Executive);
        Client = new TestClient(world);
        if (_options.StaticEvents != 0)
        {
            Assert.Equal(
                STATUS_SUCCESS,
                Client.Control(
                    WSK_SET_STATIC_EVENT_CALLBACKS, 16, Client.EventControl(_options.StaticEvents)));
        }
        Socket = Client.Open(
            _options.IsStream ? WSK_FLAG_STREAM_SOCKET : WSK_FLAG_LISTEN_SOCKET, _options.Family,
            context: Context, dispatch: Table());
        if (_options.IsConditional)
            Assert.Equal(STATUS_SUCCESS, Client.SetOption(Socket, SO_CONDITIONAL_ACCEPT, 1));
        if (_options.IsDualStack)
            Assert.Equal(STATUS_SUCCESS, Client.SetOption(Socket, IPV6_V6ONLY, 0, level: IPPROTO_IPV6));
        Assert.Equal(STATUS_SUCCESS, Client.Bind(Socket, Client.Address(Local)));
        if (_options.IsStream)
            Assert.Equal(STATUS_SUCCESS, Client.Listen(Socket));
        Address = Client.BoundTo(Socket);
        if (_options.Events != 0)
            Assert.Equal(STATUS_SUCCESS, Client.SetEvents(Socket, _options.Events));
    }

    public ContractWorld World { get; }

    public TestClient Client { get; }

    /// <summary>The callbacks of the listener.</summary>
    public TestListenEvents Events { get; }

    /// <summary>Callbacks for accepted sockets, and for the connection role of a stream socket.</summary>
    public TestEvents Connections { get; }

    public nuint Socket { get; }

    /// <summary>Where it listens.</summary>
    public EndpointAddress Address { get; }

    private EndpointAddress Local => _options.Address
        ?? (_options.IsDualStack ? EndpointAddress.Wildcard(AF_INET6) : Loopback(_options.Family));

    /// <summary>The loopback address of a family with port 0.</summary>
    public static EndpointAddress Loopback(ushort family) => EndpointAddress.From(
        family == AF_INET ? System.Net.IPAddress.Loopback : System.Net.IPAddress.IPv6Loopback, 0);

    /// <summary>A peer that connects to the listener.</summary>
    public IPeer Connect() => Connect(Address);

    /// <summary>A peer that connects to one of the listener's addresses.</summary>
    public IPeer Connect(EndpointAddress address) => Add(World.Connect(address));

    /// <summary>A peer that asks for a connection, which the client may judge.</summary>
    public IPeer BeginConnect() => Add(World.BeginConnect(Address));

    /// <summary>A socket of WskAccept.</summary>
    public nuint Accept(ulong context = 0, ulong table = 0) =>
        Own(Client.Accept(Socket, context, table));

    /// <summary>WskAccept.</summary>
    public NTSTATUS TryAccept(ulong irp, uint flags = 0) => Client.TryAccept(Socket, irp, flags: flags);

    /// <summary>A socket that is closed at the end.</summary>
    public nuint Own(nuint accepted)
    {
        lock (_gate)
            _accepted.Add(accepted);
        return accepted;
    }

    /// <summary>A peer that is closed at the end.</summary>
    public IPeer Add(IPeer peer)
    {
        _peers.Add(peer);
        return peer;
    }

    /// <summary>Closes one of the accepted sockets.</summary>
    public void Close(nuint accepted)
    {
        Disown(accepted);
        Assert.Equal(STATUS_SUCCESS, Client.Close(accepted));
    }

    /// <summary>The test closes an accepted socket itself.</summary>
    public void Disown(nuint accepted)
    {
        lock (_gate)
            Assert.True(_accepted.Remove(accepted));
    }

    /// <summary>WskCloseSocket of the listener.</summary>
    public NTSTATUS TryClose(ulong irp)
    {
        _isClosed = true;
        return World.Call(Client.Function(Socket, "WskCloseSocket"), Socket, irp);
    }

    /// <summary>Closes the listener and waits.</summary>
    public void Close() => Assert.Equal(STATUS_SUCCESS, Client.Run(irp => TryClose(irp)));

    public void Dispose()
    {
        if (!_isClosed)
            Close();
        foreach (var peer in _peers)
            peer.Dispose();
        foreach (var accepted in _accepted)
            Client.Close(accepted);
        Client.Dispose();
        Events.Dispose();
        Connections.Dispose();
    }

    private ulong Table()
    {
        if (!_options.IsStream)
            return Events.Table;
        var table = Client.Memory(16);
        GuestMemory.Write(table, new WSK_CLIENT_STREAM_DISPATCH
        {
            Listen = new GuestPtr<WSK_CLIENT_LISTEN_DISPATCH>((nuint)Events.Table),
            Connect = new GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH>((nuint)Connections.Table),
        });
        return table;
    }
}
