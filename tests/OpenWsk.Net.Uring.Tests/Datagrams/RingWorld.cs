// What a test of sockets on a ring stands on, where it must know of the ring: one dispatcher, on which it can
// run things, and memory that the transport lends. It knows nothing about single rules.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Host;
using OpenWsk.Net.Host.Tests;
using OpenWsk.Ports;
using Xunit.Sdk;

namespace OpenWsk.Net.Uring.Tests;

/// <summary>A scheduler that rests in rings, and a transport.</summary>
internal sealed class RingWorld : IDisposable
{
    private readonly List<IDisposable> _peers = [];

    public RingWorld()
    {
        Transport = UringTransport.Create(new HostClock(), processors: 1, out var scheduler);
        Scheduler = scheduler;
        Transport.UseMemory(Blocks);
    }

    public HostScheduler Scheduler { get; }

    public UringTransport Transport { get; }

    public TestBlocks Blocks { get; } = new();

    public static ushort V4 => WskConstants.AF_INET;

    public static ushort V6 => WskConstants.AF_INET6;

    public static IPAddress LoopbackOf(ushort family) =>
        family == WskConstants.AF_INET6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;

    public static EndpointAddress Loopback(ushort family, ushort port = 0) =>
        EndpointAddress.From(LoopbackOf(family), port);

    public static EndpointAddress AddressOf(Socket peer) =>
        EndpointAddress.From((IPEndPoint)peer.LocalEndPoint!);

    public void Dispose()
    {
        _peers.ForEach(peer => peer.Dispose());
        Scheduler.Dispose();
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

    /// <summary>Runs something on the dispatcher and waits for it.</summary>
    public void OnDispatcher(Action body)
    {
        var item = new BodyItem(body);
        Scheduler.Post(item);
        Waiting.For(item.Ended, "an item of the dispatcher");
        if (item.Failure is { } failure)
        {
            throw new XunitException($"On the dispatcher: {failure}");
        }
    }

    private sealed class BodyItem(Action body) : DispatchItem
    {
        public ManualResetEvent Ended { get; } = new(false);

        public Exception? Failure { get; private set; }

        public override void Run()
        {
            try
            {
                body();
            }
            catch (Exception e)
            {
                Failure = e;
            }
            Ended.Set();
        }
    }
}
