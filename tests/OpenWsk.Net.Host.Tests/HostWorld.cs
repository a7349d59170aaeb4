// What a test of the host transport stands on: a scheduler, the transport, listening peers made of .NET's own
// sockets, and short verbs for what tests do all the time.
// The tests of the ring compile the same files with RING defined. It knows nothing about single rules.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Host;
#if !RING
using OpenWsk.Net.Host.Polling;
#endif
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Host.Tests;

/// <summary>A scheduler and a transport on the operating system.</summary>
internal sealed class HostWorld : IDisposable
{
    private readonly List<IDisposable> _peers = [];

    public HostWorld(long connectTimeoutNs = 21_000_000_000, bool hasLoops = true)
    {
#if RING
        Assert.True(hasLoops);
        Transport = OpenWsk.Net.Uring.UringTransport.Create(
            Clock, TestProcessors.Count, out var scheduler, connectTimeoutNs: connectTimeoutNs);
        Scheduler = scheduler;
#else
        var loops = hasLoops ? PollLoops.TryCreate(Clock, TestProcessors.Count) : null;
        Scheduler = loops is null
            ? new HostScheduler(Clock, TestProcessors.Count)
            : new HostScheduler(Clock, TestProcessors.Count, processor => loops[processor]);
        Transport = new HostTransport(Scheduler, Clock, loops) { ConnectTimeoutNs = connectTimeoutNs };
#endif
    }

    public HostClock Clock { get; } = new();

    public HostScheduler Scheduler { get; }

#if RING
    public OpenWsk.Net.Uring.UringTransport Transport { get; }
#else
    public HostTransport Transport { get; }
#endif

    public static ushort V4 => WskConstants.AF_INET;

    public static ushort V6 => WskConstants.AF_INET6;

    public static IPAddress LoopbackOf(ushort family) =>
        family == WskConstants.AF_INET6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;

    public static EndpointAddress Loopback(ushort family, ushort port = 0) =>
        EndpointAddress.From(LoopbackOf(family), port);

    /// <summary>An address of loopback that is free, and stays so until the test uses it.</summary>
    public static EndpointAddress FreePort(ushort family) => Loopback(family, OwnPorts.Next());

    public void Dispose()
    {
        _peers.ForEach(peer => peer.Dispose());
        Scheduler.Dispose();
    }

    public TcpListener Listen(ushort family, int receiveBufferBytes = 0)
    {
        var listener = new TcpListener(LoopbackOf(family), 0);
        if (receiveBufferBytes > 0)
        {
            listener.Server.ReceiveBufferSize = receiveBufferBytes;
        }
        listener.Start();
        _peers.Add(listener);
        return listener;
    }

    /// <summary>A port of loopback where nobody listens, held so that nobody can.</summary>
    public EndpointAddress Deaf(ushort family)
    {
        var socket = new Socket(LoopbackOf(family).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(LoopbackOf(family), 0));
        _peers.Add(socket);
        return EndpointAddress.From((IPEndPoint)socket.LocalEndPoint!);
    }

    public IStreamSocket Create(ushort family, IStreamEvents? events = null)
    {
        var status = Transport.CreateStream(family, events ?? new TestEvents(), out var socket);
        Assert.Equal(STATUS_SUCCESS, status);
        return socket!;
    }

    public static NTSTATUS Connect(IStreamSocket socket, EndpointAddress remote)
    {
        var operation = new TestOperation();
        return socket.Connect(remote, operation) ? operation.Status : operation.Wait();
    }

    public static NTSTATUS Send(IStreamSocket socket, params byte[] bytes)
    {
        var operation = new TestSend(bytes);
        return socket.Send(operation) ? operation.Status : operation.Wait();
    }

    public static NTSTATUS Disconnect(IStreamSocket socket)
    {
        var operation = new TestOperation();
        return socket.Disconnect(operation) ? operation.Status : operation.Wait();
    }

    /// <summary>A connected socket and its peer.</summary>
    public (IStreamSocket Socket, Socket Peer) Pair(
        ushort family,
        IStreamEvents? events = null,
        EndpointAddress? local = null,
        int receiveBufferBytes = 0)
    {
        var listener = Listen(family, receiveBufferBytes);
        var socket = Create(family, events);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(local ?? EndpointAddress.Wildcard(family), isShared: false));

        // A port that is chosen here, and not at connect, is no other program's.
        Assert.True(local is null || socket.LocalAddress.Port != 0);
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener)));
        return (socket, Accept(listener));
    }

    public Socket Accept(TcpListener listener)
    {
        var peer = Waiting.For(listener.AcceptSocketAsync(), "a connection at the peer");
        _peers.Add(peer);
        return peer;
    }

    /// <summary>A bound UDP socket under test.</summary>
    public TestDatagramSocket Datagram(EndpointAddress local) =>
        new TestDatagramSocket(Transport, local.Family).Bind(local);

    /// <summary>A plain UDP socket on loopback.</summary>
    public Socket UdpPeer(ushort family)
    {
        var loopback = LoopbackOf(family);
        var peer = new Socket(loopback.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = (int)Waiting.HangGuard.TotalMilliseconds,
        };
        peer.Bind(new IPEndPoint(loopback, 0));
        _peers.Add(peer);
        return peer;
    }

    public static EndpointAddress AddressOf(Socket peer) =>
        EndpointAddress.From((IPEndPoint)peer.LocalEndPoint!);

    /// <summary>Runs a body while nothing happens that is left to a dispatcher.</summary>
    public void HoldDispatcher(int processor, Action body)
    {
        using var isHeld = new ManualResetEvent(false);
        using var mayGoOn = new ManualResetEvent(false);
        var holder = new LambdaItem(() =>
        {
            isHeld.Set();
            mayGoOn.WaitOne(Waiting.HangGuard);
        })
        {
            Processor = processor,
        };
        Scheduler.Post(holder);
        Waiting.For(isHeld, "the item that holds the dispatcher");
        try
        {
            body();
        }
        finally
        {
            mayGoOn.Set();
            Waiting.For(holder.HasRun, "the end of that item");
        }
    }

    /// <summary>A plain connection to a listener under test.</summary>
    public Socket ConnectPeer(EndpointAddress remote, Action<Socket>? prepare = null)
    {
        var endpoint = remote.ToIPEndPoint();
        var peer = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _peers.Add(peer);
        prepare?.Invoke(peer);
        var connected = Task.Run(
            () => peer.ConnectAsync(endpoint).ContinueWith(task => task.IsCompletedSuccessfully));
        Assert.True(Waiting.For(connected, "a connection of the peer"));
        return peer;
    }

    /// <summary>Whether the peer's connection ends by a reset; waits for its end.</summary>
    public static bool IsReset(Socket peer)
    {
        var read = peer.ReceiveAsync(new byte[1]).ContinueWith(
            task => task.Exception?.InnerException is SocketException
            {
                SocketErrorCode: SocketError.ConnectionReset,
            });
        return Waiting.For(read, "the end of the peer's connection");
    }

    public static EndpointAddress AddressOf(TcpListener listener) =>
        EndpointAddress.From((IPEndPoint)listener.LocalEndpoint);

    public static EndpointAddress RemoteOf(Socket peer) =>
        EndpointAddress.From((IPEndPoint)peer.RemoteEndPoint!);

    /// <summary>Reads until the peer has the bytes or the stream ends.</summary>
    public static byte[] ReadAtPeer(Socket peer, int bytes)
    {
        var buffer = new byte[bytes];
        var got = 0;
        while (got < bytes)
        {
            var n = Waiting.For(peer.ReceiveAsync(buffer.AsMemory(got)).AsTask(), "bytes at the peer");
            if (n == 0)
            {
                break;
            }
            got += n;
        }
        return buffer[..got];
    }

    /// <summary>Takes bytes as the provider does: try, arm, wait, try again.</summary>
    public static NTSTATUS Receive(
        IStreamSocket socket, TestEvents events, Span<byte> destination, out int bytes)
    {
        while (true)
        {
            var status = socket.TryReceive(destination, out bytes);
            if (status != STATUS_PENDING)
            {
                return status;
            }
            socket.ArmReceive();
            events.WaitReceivable();
        }
    }
}
