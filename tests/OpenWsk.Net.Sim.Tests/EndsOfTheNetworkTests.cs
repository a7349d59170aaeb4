// What befalls sockets beside their ordinary life: silent mode, backlogs that change, a host whose network
// breaks, and addresses that come and go.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class EndsOfTheNetworkTests
{
    [Fact]
    public void A_silent_connection_sends_nothing_not_even_at_its_close() => InWorld(net =>
    {
        var listener = net.There.Listen("10.0.0.2:80");
        var socket = net.Connect("10.0.0.2:80");
        var peer = listener.Accept();
        net.Sleep(NetworkFixture.Second);
        Assert.Equal(STATUS_SUCCESS, socket.Port.BecomeSilent());
        var before = SentFromHere(net);
        peer.Send("ignored"u8);
        net.Sleep(NetworkFixture.Second);
        Assert.Equal(STATUS_PENDING, socket.Port.TryReceive(new byte[10], out _));
        socket.Port.Close();
        Assert.Equal(STATUS_IO_TIMEOUT, peer.WaitUntilFailed());
        Assert.Equal(before, SentFromHere(net));
        Assert.Equal(0, net.Here.ConnectionCount);
    });

    [Fact]
    public void The_pair_of_addresses_can_be_used_again_after_silence() => InWorld(net =>
    {
        net.There.StartSilentServer("10.0.0.2:80");
        var socket = net.NewSocket();
        Assert.Equal(STATUS_SUCCESS, socket.Bind("0.0.0.0:5000"));
        Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
        Assert.Equal(STATUS_SUCCESS, socket.Port.BecomeSilent());
        socket.Port.Close();
        net.There.ForgetConnections();
        var again = net.NewSocket();
        Assert.Equal(STATUS_SUCCESS, again.Bind("0.0.0.0:5000"));
        Assert.Equal(STATUS_SUCCESS, again.Connect("10.0.0.2:80"));
    });

    [Theory]
    [InlineData("127.0.0.1:80")]
    [InlineData("10.0.0.1:80")]
    public void Silence_is_not_for_connections_to_the_own_host(string endpoint) => InWorld(net =>
    {
        net.Here.StartSilentServer(endpoint);
        Assert.Equal(STATUS_NOT_SUPPORTED, net.Connect(endpoint).Port.BecomeSilent());
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, net.NewSocket().Port.BecomeSilent());
    });

    [Fact]
    public void The_ideal_backlog_grows_with_the_window_of_the_peer() => InWorld(net =>
    {
        var listening = new ListeningSocket(net.World.Scheduler, net.There.Transport, "10.0.0.2:80");
        Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_RCVBUF, 300_000));
        var peer = net.Here.Connect(Address.Of("10.0.0.2:80"));
        var accepted = listening.Accept();
        Assert.Equal(65_536u, accepted.Port.IdealSendBacklogBytes);
        peer.SetReceiveBuffer(65_535);
        net.Sleep(NetworkFixture.Second);
        Assert.Empty(accepted.IdealSendBacklogs);

        var socket = net.NewSocket();
        Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
        listening.Accept();
        Assert.Equal(65_536u, socket.Port.IdealSendBacklogBytes);
        Assert.Equal(STATUS_SUCCESS, socket.Send(new byte[30_000]));
        net.Sleep(NetworkFixture.Second);
        Assert.InRange(socket.Port.IdealSendBacklogBytes, 200_000u, 300_000u);
        Assert.Equal(socket.Port.IdealSendBacklogBytes, socket.IdealSendBacklogs[^1]);
        Assert.Equal(socket.IdealSendBacklogs.Distinct(), socket.IdealSendBacklogs);
    });

    [Fact]
    public void The_host_can_set_the_ideal_backlog() => InWorld(net =>
    {
        net.There.StartSilentServer("10.0.0.2:80");
        var socket = net.Connect("10.0.0.2:80");
        net.Here.IdealSendBacklogBytes = 1000;
        Assert.Empty(socket.IdealSendBacklogs);
        net.Sleep(1);
        Assert.Equal([1000u], socket.IdealSendBacklogs);
        Assert.Equal(1000u, socket.Port.IdealSendBacklogBytes);
        net.Here.IdealSendBacklogBytes = 2000;
        net.Here.IdealSendBacklogBytes = 1000;
        net.Sleep(1);
        Assert.Equal([1000u], socket.IdealSendBacklogs);
        net.Here.IdealSendBacklogBytes = null;
        net.Sleep(1);
        Assert.Equal([1000u, 65_536u], socket.IdealSendBacklogs);
        net.Here.IdealSendBacklogBytes = 1;
        socket.Port.Close();
        net.Sleep(1);
        Assert.Equal(2, socket.IdealSendBacklogs.Count);
    });

    [Fact]
    public void A_break_ends_everything_on_the_host_without_a_packet() => InWorld(net =>
    {
        var listener = net.There.Listen("10.0.0.2:80");
        var socket = net.Connect("10.0.0.2:80");
        var peer = listener.Accept();
        var listening = new ListeningSocket(net.World.Scheduler, net.Here.Transport, "0.0.0.0:80");
        var waiting = net.There.Connect(Address.Of("10.0.0.1:80"));
        var datagram = new DatagramSocket(net.World.Scheduler, net.Here.Transport);
        Assert.Equal(STATUS_SUCCESS, datagram.Bind("0.0.0.0:53"));
        var send = socket.BeginSend(new byte[1_000_000]);
        net.Sleep(NetworkFixture.Second);
        var before = net.Sent().Count();

        net.Here.Break();
        Assert.Equal(0, socket.BrokenEvents + listening.BrokenEvents + datagram.BrokenEvents);
        Assert.Equal(STATUS_FILE_FORCED_CLOSED, send.Wait());
        net.Sleep(NetworkFixture.Second);
        Assert.Equal((1, 1, 1), (socket.BrokenEvents, listening.BrokenEvents, datagram.BrokenEvents));
        Assert.Equal(before, net.Sent().Count());
        Assert.Equal(STATUS_FILE_FORCED_CLOSED, socket.Send([1]));
        Assert.Equal(STATUS_FILE_FORCED_CLOSED, socket.Receive(new byte[1], out _));
        Assert.Equal(STATUS_FILE_FORCED_CLOSED, socket.Disconnect());
        Assert.Equal(STATUS_FILE_FORCED_CLOSED, socket.Port.SetOption(SOL_SOCKET, SO_KEEPALIVE, new byte[4]));
        Assert.Equal(STATUS_FILE_FORCED_CLOSED, listening.Port.TryAccept(out _, out _));
        Assert.Equal(STATUS_FILE_FORCED_CLOSED, datagram.Send("10.0.0.2:53", [1]));
        Assert.Equal(STATUS_FILE_FORCED_CLOSED, datagram.TryReceive(out _, out _));
        socket.Port.Close();
        listening.Socket.Close();
        datagram.Port.Close();
        peer.Send([1]);
        Assert.Equal(STATUS_CONNECTION_RESET, peer.WaitUntilFailed());
        waiting.Send([1]);
        Assert.Equal(STATUS_CONNECTION_RESET, waiting.WaitUntilFailed());
        Assert.Equal(STATUS_SUCCESS, net.NewSocket().Connect("10.0.0.2:80"));
    });

    [Fact]
    public void Addresses_come_and_go_and_who_watches_is_told() => InWorld(net =>
    {
        var watcher = new Watcher();
        net.Here.Transport.WatchAddresses(watcher);
        Assert.Equal(["10.0.0.1:0"], List(net, AF_INET));
        Assert.Equal(["[fd00::1]:0"], List(net, AF_INET6));
        net.Here.AddAddress("10.0.0.9/16");
        net.Here.AddAddress("fe80::9");
        Assert.Empty(watcher.Families);
        net.Sleep(1);
        Assert.Equal([AF_INET, AF_INET6], watcher.Families);
        Assert.Equal(["10.0.0.1:0", "10.0.0.9:0"], List(net, AF_INET));
        Assert.Equal(["[fd00::1]:0", "[fe80::9%2]:0"], List(net, AF_INET6));
        Assert.Throws<ArgumentException>(() => net.Here.AddAddress("10.0.0.2"));
        Assert.Throws<ArgumentException>(() => net.Here.RemoveAddress("10.0.0.2"));
        net.Here.Transport.WatchAddresses(null);
        net.Here.RemoveAddress("10.0.0.1");
        net.Sleep(1);
        Assert.Equal(2, watcher.Families.Count);
        Assert.Equal(["10.0.0.9:0"], List(net, AF_INET));
    });

    [Fact]
    public void Connections_end_with_their_address_and_bound_sockets_wait_for_it() => InWorld(net =>
    {
        net.There.StartSilentServer("10.0.0.2:80");
        var socket = net.Connect("10.0.0.2:80");
        var datagram = new DatagramSocket(net.World.Scheduler, net.Here.Transport);
        Assert.Equal(STATUS_SUCCESS, datagram.Bind("10.0.0.1:53"));
        net.Here.RemoveAddress("10.0.0.1");
        Assert.Equal(STATUS_CONNECTION_ABORTED, socket.Receive(new byte[1], out _));
        Assert.Equal(STATUS_NETWORK_UNREACHABLE, net.NewSocket().Connect("10.0.0.2:80"));
        Assert.Equal(STATUS_NETWORK_UNREACHABLE, datagram.Send("10.0.0.2:53", [1]));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, net.NewSocket().Bind("10.0.0.1:0"));
        net.Here.AddAddress("10.0.0.7");
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, datagram.Send("10.0.0.2:53", [1]));
        net.Here.AddAddress("10.0.0.1");
        Assert.Equal(STATUS_SUCCESS, datagram.Send("10.0.0.2:53", [1]));
        net.There.OpenDatagram("10.0.0.2:1000").Send("10.0.0.1:53", [7]);
        Assert.Equal([7], datagram.Receive(out _));
        Assert.Equal(0, datagram.BrokenEvents);
    });

    private static void InWorld(Action<NetworkFixture> body)
    {
        using var net = new NetworkFixture();
        net.Run(() => body(net));
    }

    private static int SentFromHere(NetworkFixture net) =>
        net.Sent().Count(segment => segment.Source.WithoutPort() == net.Here.Addresses[0]);

    private static IEnumerable<string> List(NetworkFixture net, ushort family) =>
        net.Here.Transport.ListAddresses(family).Select(address => address.ToString());

    private sealed class Watcher : IAddressEvents
    {
        public List<ushort> Families { get; } = [];

        public void OnAddressesChanged(ushort family) => Families.Add(family);
    }
}
