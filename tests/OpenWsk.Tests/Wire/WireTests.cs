// Addresses, options and control information, checked against what is on the wire between two network
// namespaces, as tshark reads it. The peer is a plain socket of .NET in the second one.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Net.Host.Tests;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tests.Wire;

public sealed class WireTests
{
    private const string Tshark = "tshark";
    private static readonly IPAddress s_peer4 = IPAddress.Parse("10.99.0.2");
    private static readonly IPAddress s_peer6 = IPAddress.Parse("fd00:99::2");

    private static readonly string[] s_fields4 =
        ["ip.src", "ip.dst", "udp.srcport", "udp.dstport", "ip.ttl", "ip.dsfield"];

    private static readonly string[] s_fields6 =
        ["ipv6.src", "ipv6.dst", "udp.srcport", "udp.dstport", "ipv6.hlim", "ipv6.tclass"];

    [CapabilityTheory(Capability.Netns, Tshark)]
    [InlineData(false, "10.99.0.3")]
    [InlineData(true, "fd00:99::3")]
    public void Control_information_of_a_send_is_on_the_wire(bool isV6, string source) => Run((world, far) =>
    {
        using var peer = far.Peer(isV6);
        var socket = Done(world.Client.OpenDatagramAsync(Any(isV6)));
        var wanted = new WskControlInfo
        {
            LocalAddress = EndpointAddress.From(IPAddress.Parse(source), 0),
            HopLimit = 7,
            TrafficClass = 0x48,
            Ecn = WskEcn.Capable0,
        };
        Done(socket.SendToAsync("told"u8.ToArray(), far.EndPoint(peer), wanted));
        Assert.Equal(4, peer.Receive(new byte[16]));

        var packet = Assert.Single(world.Capture.Read("udp", isV6 ? s_fields6 : s_fields4));
        Assert.Equal([source, far.Address(isV6).ToString()], packet[..2]);
        Assert.Equal(
            [socket.LocalEndPoint.Port, far.EndPoint(peer).Port, 7, 0x4A],
            packet[2..].Select(Capture.Number));
        Done(socket.DisposeAsync());
    });

    [CapabilityTheory(Capability.Netns, Tshark)]
    [InlineData(false)]
    [InlineData(true)]
    public void Options_of_a_socket_are_on_the_wire(bool isV6) => Run((world, far) =>
    {
        using var peer = far.Peer(isV6);
        var socket = Done(world.Client.OpenDatagramAsync(Any(isV6)));
        Done(socket.SetOptionAsync(WskOptions.TimeToLive, 9));
        Done(socket.SetOptionAsync(WskOptions.TrafficClass, 0x20));
        if (!isV6)
            Done(socket.SetOptionAsync(WskOptions.DontFragment, true));
        Done(socket.SendToAsync("told"u8.ToArray(), far.EndPoint(peer)));
        Assert.Equal(4, peer.Receive(new byte[16]));

        string[] fields = isV6 ? s_fields6 : [.. s_fields4, "ip.flags.df"];
        var packet = Assert.Single(world.Capture.Read("udp", fields));
        Assert.Equal([9, 0x20], packet[4..6].Select(Capture.Number));
        if (!isV6)
            Assert.Contains(packet[6], (string[])["1", "True"]);
        Done(socket.DisposeAsync());
    });

    [CapabilityTheory(Capability.Netns, Tshark)]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_received_datagram_tells_was_on_the_wire(bool isV6) => Run((world, far) =>
    {
        using var peer = far.Peer(isV6);
        // Linux's numbers of TTL and TOS, hop limit and traffic class.
        peer.SetRawSocketOption(isV6 ? 41 : 0, isV6 ? 16 : 2, BitConverter.GetBytes(33));
        peer.SetRawSocketOption(isV6 ? 41 : 0, isV6 ? 67 : 1, BitConverter.GetBytes(0x2D));
        var socket = Done(world.Client.OpenDatagramAsync(Any(isV6)));
        foreach (var option in new[]
        {
            WskOptions.PacketInfo, WskOptions.ReceiveHopLimit, WskOptions.ReceiveTrafficClass, WskOptions.Ecn,
        })
            Done(socket.SetOptionAsync(option, true));
        var near = IPAddress.Parse(isV6 ? "fd00:99::3" : "10.99.0.3");
        peer.SendTo("told"u8, new IPEndPoint(near, socket.LocalEndPoint.Port));
        var received = Done(socket.ReceiveFromAsync(new byte[16]));

        var packet = Assert.Single(world.Capture.Read("udp", isV6 ? s_fields6 : s_fields4));
        string[] addresses =
        [
            received.RemoteEndPoint.Address.ToString(),
            received.Control.LocalAddress.ToIPEndPoint().Address.ToString(),
        ];
        Assert.Equal(packet[..2], addresses);
        Assert.Equal(
            packet[2..].Select(Capture.Number),
            [
                received.RemoteEndPoint.Port, socket.LocalEndPoint.Port, received.Control.HopLimit!.Value,
                received.Control.TrafficClass!.Value,
            ]);
        Assert.Equal(Capture.Number(packet[5]) & 3, (int)received.Control.Ecn!.Value);
        Assert.Equal((uint)Namespace.IndexOf("v0"), received.Control.InterfaceIndex);
        Done(socket.DisposeAsync());
    });

    [CapabilityFact(Capability.Netns, Tshark)]
    public void Messages_and_segments_are_datagrams_of_their_own_on_the_wire() => Run((world, far) =>
    {
        // The device would cut segments behind the place where frames are taken.
        Namespace.Ip("link set dev v0 gso_max_segs 1");
        using var peer = far.Peer(isV6: false);
        var socket = Done(world.Client.OpenDatagramAsync(Any(isV6: false)));
        ReadOnlyMemory<byte>[] messages = [new byte[100], Array.Empty<byte>(), new byte[300]];
        Done(socket.SendMessagesAsync(messages, far.EndPoint(peer)));
        var control = new WskControlInfo { SegmentBytes = 1000 };
        Done(socket.SendToAsync(new byte[2500], far.EndPoint(peer), control));
        var lengths = Enumerable.Range(0, 6).Select(_ => peer.Receive(new byte[4000])).ToArray();

        Assert.Equal([100, 0, 300, 1000, 1000, 500], lengths);
        // udp.length counts the header.
        Assert.Equal(
            lengths, world.Capture.Read("udp", "udp.length").Select(packet => Capture.Number(packet[0]) - 8));
        Done(socket.DisposeAsync());
    });

    [CapabilityTheory(Capability.Netns, Tshark)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_connection_has_its_addresses_and_its_end_on_the_wire(bool isV6, bool isAbortive) =>
        Run((world, far) =>
        {
            using var listener = far.Listener(isV6);
            var connection = Done(world.Client.ConnectAsync((IPEndPoint)listener.LocalEndPoint!));
            using var peer = listener.Accept();
            Done(connection.SendAsync("hello"u8.ToArray()));
            Assert.Equal(5, peer.Receive(new byte[16]));
            var local = Done(connection.GetLocalEndPointAsync());
            var remote = Done(connection.GetRemoteEndPointAsync());
            if (isAbortive)
                Done(connection.AbortAsync());
            else
                Done(connection.DisconnectAsync());
            End(peer, isAbortive);
            Done(connection.DisposeAsync());

            var ip = isV6 ? "ipv6" : "ip";
            string[] fields = [$"{ip}.src", "tcp.srcport", $"{ip}.dst", "tcp.dstport"];
            var syn = Assert.Single(world.Capture.Read("tcp.flags.syn == 1 && tcp.flags.ack == 0", fields));
            var ends = $"{local.Address};{local.Port};{remote.Address};{remote.Port}";
            Assert.Equal(ends, string.Join(';', syn));
            var ours = $"tcp.srcport == {local.Port} && ";
            Assert.Equal(isAbortive ? 0 : 1, world.Capture.Read(ours + "tcp.flags.fin == 1", fields).Count);
            Assert.Equal(isAbortive ? 1 : 0, world.Capture.Read(ours + "tcp.flags.reset == 1", fields).Count);
        });

    // The peer sees how our side ended, and ends its own.
    private static void End(Socket peer, bool isAbortive)
    {
        if (isAbortive)
        {
            Assert.Throws<SocketException>(() => peer.Receive(new byte[1]));
            return;
        }
        Assert.Equal(0, peer.Receive(new byte[1]));
        peer.Shutdown(SocketShutdown.Both);
    }

    private static IPEndPoint Any(bool isV6) => new(isV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);

    // The world's sockets are made on the thread that is in the namespace, so the test stays on it.
    private static T Done<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    private static void Done(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    private static void Run(Action<World, Far> body) => Namespace.RunWired(inOther =>
    {
        Namespace.Ip("addr add 10.99.0.3/24 dev v0");
        Namespace.Ip("addr add fd00:99::1/64 dev v0 nodad");
        Namespace.Ip("addr add fd00:99::3/64 dev v0 nodad");
        inOther(() => Namespace.Ip("addr add fd00:99::2/64 dev v1 nodad"));
        using var world = new World();
        body(world, new Far(inOther));
    });

    private sealed class World : IDisposable
    {
        private readonly WskHost _host = WskHost.Create();

        public World() => Client = _host.Register();

        public WskClient Client { get; }

        public Capture Capture { get; } = new();

        public void Dispose()
        {
            Capture.Dispose();
            Done(Client.DisposeAsync());
            Done(_host.DisposeAsync());
        }
    }

    // Makes sockets in the second network.
    private sealed class Far(Action<Action> inOther)
    {
        private const int HangGuardMilliseconds = 120_000;

        public IPAddress Address(bool isV6) => isV6 ? s_peer6 : s_peer4;

        public IPEndPoint EndPoint(Socket peer) => (IPEndPoint)peer.LocalEndPoint!;

        public Socket Peer(bool isV6) => Bound(isV6, SocketType.Dgram, ProtocolType.Udp);

        public Socket Listener(bool isV6)
        {
            var socket = Bound(isV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Listen();
            return socket;
        }

        private Socket Bound(bool isV6, SocketType type, ProtocolType protocol)
        {
            Socket socket = null!;
            inOther(() =>
            {
                socket = new Socket(
                    isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, type, protocol);
                socket.ReceiveTimeout = HangGuardMilliseconds;
                socket.Bind(new IPEndPoint(Address(isV6), 0));
            });
            return socket;
        }
    }
}
