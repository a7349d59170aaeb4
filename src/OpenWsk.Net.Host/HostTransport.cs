// The network of a free-running world: the operating system's sockets. Where its dispatchers rest in loops
// over epoll (Linux), sockets wait there; elsewhere the system's completions arrive on threads of .NET's pool
// and go from there to the dispatcher. It knows nothing about WSK, and waits for nothing. Next:
// SystemStream.cs.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Net.Host.Polling;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Makes sockets of the operating system.</summary>
public sealed class HostTransport : ITransport
{
    private LinkedSet<HostSocket, HostSocket.MadeLinks> _sockets;
    private readonly Lock _socketsGate = new();
    private readonly List<EndpointAddress> _closing = [];
    private long _closingsEnded;
    private readonly Lock _sharingGate = new();
    private readonly HostAddresses _addresses;
    private readonly PollLoops? _loops;
    private uint _made;

    /// <summary>Makes the transport of one world.</summary>
    /// <param name="loops">What the scheduler's dispatchers rest in; null when they rest elsewhere.</param>
    public HostTransport(IScheduler scheduler, IClock clock, PollLoops? loops = null)
    {
        _loops = loops;
        Scheduler = scheduler;
        Clock = clock;
        _addresses = new HostAddresses(scheduler);
        Interfaces = new HostInterfaces(scheduler);
    }

    /// <summary>How long an attempt to connect may take. Units: nanoseconds of the world's clock.</summary>
    /// <remarks>
    /// The default is what Windows takes with its default of SYN retransmissions, about 21 s; Linux by itself
    /// would go on for more than two minutes.
    /// </remarks>
    public long ConnectTimeoutNs { get; init; } = 21_000_000_000;

    /// <inheritdoc/>
    public string Name => "host";

    /// <inheritdoc/>
    public INetworkInterfaces? Interfaces { get; }

    internal IScheduler Scheduler { get; }

    internal IClock Clock { get; }

    /// <summary>Sockets that were made and not closed yet.</summary>
    public int OpenSockets
    {
        get
        {
            lock (_socketsGate)
            {
                return _sockets.Count;
            }
        }
    }

    /// <inheritdoc/>
    public bool SupportsFamily(ushort family) => family switch
    {
        WskConstants.AF_INET => Socket.OSSupportsIPv4,
        WskConstants.AF_INET6 => Socket.OSSupportsIPv6,
        _ => false,
    };

    /// <inheritdoc/>
    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket)
    {
        socket = null;
        if (!SupportsFamily(family))
        {
            return NTSTATUS.STATUS_PROTOCOL_UNREACHABLE;
        }
        var status = _loops is null
            ? MakeStream(family, events, out var stream)
            : MakeStream(_loops, family, events, out stream);
        if (stream is null)
        {
            return status;
        }
        Register(stream);
        socket = stream;
        return status;
    }

    private NTSTATUS MakeStream(ushort family, IStreamEvents events, out SystemStream? stream)
    {
        try
        {
            stream = new HostStream(this, family, events);
            return NTSTATUS.STATUS_SUCCESS;
        }
        catch (SocketException e)
        {
            stream = null;
            return HostErrors.ToStatus(e.SocketErrorCode);
        }
    }

    private NTSTATUS MakeStream(
        PollLoops loops, ushort family, IStreamEvents events, out SystemStream? stream)
    {
        var polled = PollStream.Make(this, loops, family, events);
        var error = polled.Open();
        stream = error == SocketError.Success ? polled : null;
        return HostErrors.ToStatus(error);
    }

    /// <summary>The dispatcher of the next socket: each in its turn.</summary>
    internal int NextProcessor() =>
        (int)((Interlocked.Increment(ref _made) - 1) % (uint)Scheduler.ProcessorCount);

    internal void Register(HostSocket socket)
    {
        lock (_socketsGate)
        {
            _sockets.Add(socket);
        }
    }

    internal void Forget(HostSocket socket)
    {
        lock (_socketsGate)
        {
            _sockets.Remove(socket);
        }
    }

    /// <summary>
    /// An address of datagrams is free, but for a socket of ours that the system will let go of soon and that
    /// allows others to use it.
    /// </summary>
    internal void BeginClosing(in EndpointAddress address)
    {
        lock (_socketsGate)
        {
            _closing.Add(address);
        }
    }

    /// <summary>The system has let go.</summary>
    internal void EndClosing(in EndpointAddress address)
    {
        lock (_socketsGate)
        {
            _closing.Remove(address);
            _closingsEnded++;
        }
    }

    /// <summary>How many sockets the system has let go of in that way.</summary>
    internal long ClosingsEnded => Volatile.Read(ref _closingsEnded);

    /// <summary>
    /// Whether a socket on the port is about to go, or any has gone since <see cref="ClosingsEnded"/> was
    /// read.
    /// </summary>
    internal bool IsClosing(ushort port, long since)
    {
        lock (_socketsGate)
        {
            return _closingsEnded != since || _closing.Exists(address => address.Port == port);
        }
    }

    /// <summary>
    /// Makes an attempt to bind or to listen while every other socket of this world on the port allows it.
    /// The permission is taken back at once, so a later bind that nobody allowed still fails.
    /// </summary>
    internal NTSTATUS WithSharing(HostSocket socket, ushort port, Func<NTSTATUS> attempt)
    {
        lock (_sharingGate)
        {
            var sharers = new List<HostSocket>();
            lock (_socketsGate)
            {
                foreach (var made in _sockets)
                {
                    if (made.IsStream == socket.IsStream)
                    {
                        sharers.Add(made);
                    }
                }
            }
            sharers.RemoveAll(other => other == socket || !other.TryAllowReuse(port));
            var status = attempt();
            foreach (var sharer in sharers)
            {
                sharer.ForbidReuse();
            }
            return status;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Errors: STATUS_NOT_SUPPORTED on systems other than Linux.</remarks>
    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket) =>
        CreateDatagramAs(
            family,
            type,
            protocol,
            (system, isRaw) => _loops is null
                ? new HostDatagram(this, system, family, isRaw, events, NextProcessor())
                : new PollDatagram(this, _loops.ForCaller(), system, family, isRaw, events),
            out socket);

    /// <summary>Makes a datagram socket of a class that the caller chooses.</summary>
    internal NTSTATUS CreateDatagramAs(
        ushort family,
        ushort type,
        uint protocol,
        Func<Socket, bool, HostDatagram> make,
        out IDatagramSocket? socket)
    {
        socket = null;
        if (!HostSocketOptions.IsLinux)
        {
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        if (!SupportsFamily(family) || !HostDatagram.IsKnown(type, protocol))
        {
            return NTSTATUS.STATUS_PROTOCOL_UNREACHABLE;
        }
        var status = LinuxSockets.Create(family, type, protocol, out var system);
        if (system is null)
        {
            return status;
        }
        try
        {
            var datagram = make(system, type == WskConstants.SOCK_RAW);
            Register(datagram);
            socket = datagram;
            return status;
        }
        catch (SocketException e)
        {
            // A system that is too old for what every socket is told.
            system.Dispose();
            return HostErrors.ToStatus(e.SocketErrorCode);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) => HostAddresses.List(family);

    /// <inheritdoc/>
    public void WatchAddresses(IAddressEvents? events) => _addresses.Watch(events);

    /// <inheritdoc/>
    public void UseMemory(IGuestBlocks memory) => _loops?.UseMemory(memory);
}
