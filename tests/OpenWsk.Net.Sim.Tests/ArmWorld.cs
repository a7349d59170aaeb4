// The same test on two arms: a provider's socket on one side and a peer on the other, either both simulated
// or both of the operating system on loopback. A test that is green on both holds the model to reality. It
// knows nothing about what is tested; ArmsAgreeTests does.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Host;
using OpenWsk.Net.Uring;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Ports;
using OpenWsk.TestSupport;

namespace OpenWsk.Net.Sim.Tests;

/// <summary>The peer's end of a connection, with blocking calls.</summary>
internal interface IArmPeer
{
    /// <summary>Bytes received; 0 after FIN; -1 after a reset.</summary>
    int Receive(Span<byte> destination);

    void Send(ReadOnlySpan<byte> source);

    void ShutdownSend();

    void Reset();

    void Close();
}

/// <summary>A world in which sockets of one transport meet peers.</summary>
internal abstract class ArmWorld : IDisposable
{
    public abstract IScheduler Scheduler { get; }

    public abstract ITransport Transport { get; }

    /// <summary>Where the peer listens.</summary>
    public abstract string Endpoint { get; }

    /// <summary>An address of the peer's host where nobody listens.</summary>
    public abstract string ClosedEndpoint { get; }

    /// <summary>The local address that sockets here get, and one that is not theirs.</summary>
    public abstract string LocalAddress { get; }

    public static void Run(Arm arm, Action<ArmWorld> body)
    {
        using ArmWorld world = arm == Arm.Sim ? new SimArmWorld() : new HostArmWorld(arm);
        world.RunInside(() => body(world));
    }

    public BlockingSocket NewSocket() => new(Scheduler, Transport);

    public abstract IArmPeer Accept();

    public abstract void Dispose();

    protected abstract void RunInside(Action body);

    private sealed class SimArmWorld : ArmWorld
    {
        private readonly NetworkFixture _net = new();
        private readonly SimListener _listener;

        public SimArmWorld() => _listener = _net.There.Listen(Endpoint);

        public override IScheduler Scheduler => _net.World.Scheduler;

        public override ITransport Transport => _net.Here.Transport;

        public override string Endpoint => "10.0.0.2:80";

        public override string ClosedEndpoint => "10.0.0.2:81";

        public override string LocalAddress => "10.0.0.1";

        public override IArmPeer Accept() => new SimPeer(_listener.Accept());

        public override void Dispose() => _net.Dispose();

        protected override void RunInside(Action body) => _net.Run(body);
    }

    private sealed class HostArmWorld : ArmWorld
    {
        private readonly HostScheduler _scheduler;
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Socket _deaf = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _accepted = [];

        public HostArmWorld(Arm arm)
        {
            var clock = new HostClock();
            var network = HostNetwork.Create(
                clock, choice: arm == Arm.Uring ? NetChoice.Uring : NetChoice.Host);
            _scheduler = network.Scheduler;
            Transport = network.Transport;
            _listener.Start();
            _deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }

        public override IScheduler Scheduler => _scheduler;

        public override ITransport Transport { get; }

        public override string Endpoint => _listener.LocalEndpoint.ToString()!;

        public override string ClosedEndpoint => _deaf.LocalEndPoint!.ToString()!;

        public override string LocalAddress => "127.0.0.1";

        public override IArmPeer Accept()
        {
            _accepted.Add(_listener.AcceptSocket());
            return new HostPeer(_accepted[^1]);
        }

        public override void Dispose()
        {
            _accepted.ForEach(socket => socket.Dispose());
            _listener.Dispose();
            _deaf.Dispose();
            _scheduler.Dispose();
        }

        protected override void RunInside(Action body) => body();
    }

    private sealed class SimPeer(SimConnection connection) : IArmPeer
    {
        public int Receive(Span<byte> destination)
        {
            try
            {
                return connection.Receive(destination);
            }
            catch (SimConnectionException)
            {
                return -1;
            }
        }

        public void Send(ReadOnlySpan<byte> source) => connection.Send(source);

        public void ShutdownSend() => connection.ShutdownSend();

        public void Reset() => connection.Reset();

        public void Close() => connection.Close();
    }

    private sealed class HostPeer(Socket socket) : IArmPeer
    {
        public int Receive(Span<byte> destination)
        {
            try
            {
                return socket.Receive(destination);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                return -1;
            }
        }

        public void Send(ReadOnlySpan<byte> source)
        {
            while (!source.IsEmpty)
                source = source[socket.Send(source)..];
        }

        public void ShutdownSend() => socket.Shutdown(SocketShutdown.Send);

        public void Reset() => socket.Close(0);

        public void Close() => socket.Close();
    }
}
