// The client's callback tables in guest memory, one of each category for all sockets of a host, and who a
// SocketContext stands for. A context is a number: the object behind it is made when somebody first needs it,
// a callback or C#, because callbacks of an accepted socket may come before its object exists. It knows
// nothing about what the events mean: ConnectionEvents.cs, ListenEvents.cs, DatagramEvents.cs.
using System.Collections.Concurrent;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk;

/// <summary>The callbacks of one host's sockets.</summary>
internal sealed class CallbackTables : IDisposable
{
    private const int ListenOffset = 24;
    private const int DatagramOffset = 48;
    private const int StreamOffset = 56;
    private const int InterfaceOffset = 80;
    private const int BlockBytes = 96;

    // NPI_WSK_INTERFACE_ID.
    private static readonly Guid s_wskInterface = new("2227E803-8D8B-11D4-ABAD-009027719E09");

    private readonly ConcurrentDictionary<nuint, ConnectionEvents> _connections = new();
    private readonly ConcurrentDictionary<nuint, ListenEvents> _listeners = new();
    private readonly ConcurrentDictionary<nuint, DatagramEvents> _datagrams = new();
    private readonly Executive _executive;
    private readonly Continuations _continuations;
    private readonly List<nuint> _code = [];
    private readonly nuint _block;
    private long _lastContext;

    public CallbackTables(Executive executive, Continuations continuations)
    {
        _executive = executive;
        _continuations = continuations;
        _block = executive.Heap.Allocate(BlockBytes);
        GuestMemory.Write(_block, new WSK_CLIENT_CONNECTION_DISPATCH
        {
            WskReceiveEvent = Register(a => Of(a).OnReceive((uint)a[1], new((nuint)a[2]))),
            WskDisconnectEvent = Register(a => Of(a).OnDisconnect((uint)a[1])),
            WskSendBacklogEvent = Register(a => Of(a).OnSendBacklog((long)a[1])),
        });
        GuestMemory.Write(Listen, new WSK_CLIENT_LISTEN_DISPATCH
        {
            WskAcceptEvent = Register(a => ListenerOf(a).OnAccept(a)),
            WskInspectEvent = RegisterInspect(),
            WskAbortEvent = Register(a => ListenerOf(a).OnAbort(new((nuint)a[1]))),
        });
        GuestMemory.Write(Datagram, new WSK_CLIENT_DATAGRAM_DISPATCH
        {
            WskReceiveFromEvent = Register(
                a => Datagrams((nuint)a[0]).OnReceiveFrom((uint)a[1], new((nuint)a[2]))),
        });
        GuestMemory.Write(Stream, new WSK_CLIENT_STREAM_DISPATCH
        {
            Listen = new(Listen),
            Connect = new(Connection),
        });
        GuestMemory.Write(Interface, s_wskInterface);
    }

    public nuint Connection => _block;

    public nuint Listen => _block + ListenOffset;

    public nuint Datagram => _block + DatagramOffset;

    public nuint Stream => _block + StreamOffset;

    /// <summary>NPI_WSK_INTERFACE_ID in guest memory, for WSK_EVENT_CALLBACK_CONTROL.</summary>
    public nuint Interface => _block + InterfaceOffset;

    /// <summary>A SocketContext that no socket has or had.</summary>
    public nuint NewContext() => (nuint)Interlocked.Increment(ref _lastContext);

    /// <summary>The events of a connection, made now if nobody has asked before.</summary>
    public ConnectionEvents Connections(nuint context) => _connections.GetOrAdd(
        context, static (_, self) => new ConnectionEvents(self._continuations), this);

    /// <summary>The events of a datagram socket, made now if nobody has asked before.</summary>
    public DatagramEvents Datagrams(nuint context) => _datagrams.GetOrAdd(
        context, static (_, self) => new DatagramEvents(self._continuations), this);

    /// <summary>Says who answers for a listening socket; before the socket is made.</summary>
    public void Add(nuint context, ListenEvents events) => _listeners[context] = events;

    /// <summary>The socket is closed, or was never made: no callback comes any more.</summary>
    public void Forget(nuint context)
    {
        _connections.TryRemove(context, out _);
        _datagrams.TryRemove(context, out _);
        _listeners.TryRemove(context, out _);
    }

    public void Dispose()
    {
        if (_executive.IsDisposed)
            return;
        foreach (var code in _code)
            _executive.Code.Unregister(code);
        _executive.Heap.Free(_block);
    }

    private ConnectionEvents Of(ReadOnlySpan<ulong> arguments) => Connections((nuint)arguments[0]);

    private ListenEvents ListenerOf(ReadOnlySpan<ulong> arguments) => _listeners[(nuint)arguments[0]];

    private nuint Register(StatusCallback callback)
    {
        var code = _executive.Code.Register(arguments => (uint)callback(arguments));
        _code.Add(code);
        return code;
    }

    private nuint RegisterInspect()
    {
        var code = _executive.Code.Register(arguments => (uint)ListenerOf(arguments).OnInspect(arguments));
        _code.Add(code);
        return code;
    }

    private delegate NTSTATUS StatusCallback(ReadOnlySpan<ulong> arguments);
}
