// Datagrams over the operating system: sent to and received from plain peers, with every byte and address as
// it was sent. It knows nothing about control information (HostDatagramControlTests.cs) or raw sockets.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostDatagramTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<ushort> Families => [WskConstants.AF_INET, WskConstants.AF_INET6];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_datagram_goes_out_and_an_answer_comes_back(ushort family)
    {
        var socket = _world.Datagram(Loopback(family));
        var peer = _world.UdpPeer(family);
        Assert.Equal(STATUS_SUCCESS, socket.Send(AddressOf(peer), 1, 2, 3));
        EndPoint from = new IPEndPoint(LoopbackOf(family), 0);
        var buffer = new byte[10];
        Assert.Equal(3, peer.ReceiveFrom(buffer, ref from));
        Assert.Equal(socket.Local, EndpointAddress.From((IPEndPoint)from));
        peer.SendTo([9, 8], from);
        var datagram = socket.Receive();
        Assert.Equal([9, 8], datagram.Bytes);
        Assert.Equal(AddressOf(peer), datagram.Info.Source);
        Assert.Equal(Loopback(family), datagram.Info.Destination);
        Assert.Equal(1U, datagram.Info.InterfaceIndex);
        Assert.Equal(64, (int)datagram.Info.HopLimit!);
        Assert.Equal(0, (int)datagram.Info.TrafficClass!);
        Assert.False(datagram.Info.IsTruncated || datagram.Info.IsBroadcast || datagram.Info.IsMulticast);
        Assert.Equal(1, _world.Transport.OpenSockets);
        socket.Socket.Close();
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Each_message_is_a_datagram_empty_ones_too(ushort family)
    {
        var from = _world.Datagram(Loopback(family));
        var to = _world.Datagram(Loopback(family));
        byte[][][] messages = [[[1], [2, 3], [4]], [], [[5]]];
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, default, messages));
        Assert.Equal([1, 2, 3, 4], to.Receive().Bytes);
        Assert.Empty(to.Receive().Bytes);
        Assert.Equal([5], to.Receive().Bytes);
        Assert.Equal(STATUS_PENDING, to.Socket.TryReceive(new byte[1], out _, out _));
    }

    [Fact]
    public void A_datagram_that_does_not_fit_is_cut_and_says_so()
    {
        var from = _world.Datagram(Loopback(V4));
        var to = _world.Datagram(Loopback(V4));
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, 1, 2, 3, 4, 5));
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, 6));
        var cut = to.Receive(room: 2);
        Assert.Equal([1, 2], cut.Bytes);
        Assert.True(cut.Info.IsTruncated);
        Assert.Equal([6], to.Receive(room: 2).Bytes);
    }

    [Fact]
    public void Whoever_arms_is_told_once_for_each_arm_and_nothing_is_taken_by_waiting()
    {
        var from = _world.Datagram(Loopback(V4));
        var to = _world.Datagram(Loopback(V4));
        to.Socket.ArmReceive();
        from.Send(to.Local, 1, 2, 3);
        to.WaitReceivable();
        to.Socket.ArmReceive();
        to.WaitReceivable();
        Assert.Equal(2, to.Receivables);
        Assert.Equal([1, 2, 3], to.Receive().Bytes);
        Assert.Equal(STATUS_PENDING, to.Socket.TryReceive(new byte[1], out _, out _));

        // An empty datagram is something to take, too.
        to.Socket.ArmReceive();
        from.Send(to.Local);
        to.WaitReceivable();
        Assert.Equal(STATUS_SUCCESS, to.Socket.TryReceive(new byte[1], out var bytes, out _));
        Assert.Equal(0, bytes);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_wildcard_receives_what_is_sent_to_any_address(ushort family)
    {
        var socket = _world.Datagram(EndpointAddress.Wildcard(family));
        Assert.True(socket.Local.IsWildcard);
        Assert.NotEqual(0, socket.Local.Port);
        var from = _world.Datagram(Loopback(family));
        from.Send(Loopback(family, socket.Local.Port), 7);
        Assert.Equal(Loopback(family), socket.Receive().Info.Destination);
        if (family == V4)
        {
            var other = EndpointAddress.From(IPAddress.Parse("127.0.0.7"), socket.Local.Port);
            from.Send(other, 8);
            Assert.Equal(other.WithoutPort(), socket.Receive().Info.Destination);
        }
    }

    [Fact]
    public void What_is_too_long_is_refused()
    {
        var socket = _world.Datagram(Loopback(V4));
        Assert.Equal(STATUS_INVALID_BUFFER_SIZE, socket.Send(socket.Local, new byte[65_508]));
        Assert.Equal(
            STATUS_INVALID_BUFFER_SIZE,
            socket.Send(socket.Local, default, [[new byte[60_000], new byte[60_000]]]));
        Assert.Equal(STATUS_SUCCESS, socket.Send(socket.Local, new byte[65_507]));
        Assert.Equal(65_507, socket.Receive().Bytes.Length);
    }

    [Theory]
    [InlineData("0.0.0.0", 80)]
    [InlineData("127.0.0.1", 0)]
    [InlineData("::", 80)]
    [InlineData("::1", 0)]
    public void A_destination_that_nobody_can_have_is_refused(string address, int port)
    {
        var destination = EndpointAddress.From(IPAddress.Parse(address), (ushort)port);
        var socket = _world.Datagram(Loopback(destination.Family));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Send(destination, 1));
    }

    [Fact]
    public void What_nobody_listens_to_is_lost_without_a_word()
    {
        var socket = _world.Datagram(Loopback(V4));
        var destination = FreePort(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Send(destination, 1));
        Assert.Equal(STATUS_SUCCESS, socket.Send(destination, 2));
        Assert.Equal(STATUS_PENDING, socket.Socket.TryReceive(new byte[1], out _, out _));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void An_address_that_is_bound_is_refused_unless_it_is_shared(ushort family)
    {
        var first = _world.Datagram(Loopback(family));
        var second = new TestDatagramSocket(_world.Transport, family);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, second.Socket.Bind(first.Local, isShared: false));
        Assert.Equal(STATUS_SUCCESS, second.Socket.Bind(first.Local, isShared: true));
        Assert.Equal(first.Local, second.Local);
        var third = new TestDatagramSocket(_world.Transport, family);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, third.Socket.Bind(first.Local, isShared: false));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, second.Socket.Bind(first.Local, isShared: true));
    }

    [Fact]
    public void A_specific_address_beside_the_wildcard_gets_its_own_datagrams()
    {
        var any = _world.Datagram(EndpointAddress.Wildcard(V4));
        var local = Loopback(V4, any.Local.Port);
        var specific = new TestDatagramSocket(_world.Transport, V4);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, specific.Socket.Bind(local, isShared: false));
        specific.Bind(local, isShared: true);
        specific.Send(local, 1);
        specific.Send(EndpointAddress.From(IPAddress.Parse("127.0.0.3"), local.Port), 2);
        Assert.Equal([1], specific.Receive().Bytes);
        Assert.Equal([2], any.Receive().Bytes);
    }

    [Fact]
    public void Another_programs_address_is_refused_even_when_shared()
    {
        var peer = _world.UdpPeer(V4);
        var socket = new TestDatagramSocket(_world.Transport, V4);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, socket.Socket.Bind(AddressOf(peer), isShared: true));
    }

    [Theory]
    [InlineData("203.0.113.7")]
    [InlineData("2001:db8::7")]
    public void An_address_of_another_host_is_refused(string address)
    {
        var local = EndpointAddress.From(IPAddress.Parse(address), 0);
        var socket = new TestDatagramSocket(_world.Transport, local.Family);
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Socket.Bind(local, isShared: false));
    }

    [Fact]
    public void A_closed_socket_says_so_and_tells_nothing_more()
    {
        var local = FreePort(V4);
        var socket = _world.Datagram(local);
        socket.Socket.ArmReceive();
        socket.Socket.Close();
        Assert.Equal(STATUS_CANCELLED, socket.Socket.TryReceive(new byte[1], out _, out _));
        Assert.Equal(STATUS_CANCELLED, socket.Send(local, 1));
        _world.Datagram(local).Send(local, 2);
        Assert.Equal(0, socket.Receivables);
        Assert.Throws<InvalidOperationException>(socket.Socket.Close);
    }

    [Theory]
    [InlineData(WskConstants.SOCK_DGRAM, WskConstants.IPPROTO_TCP)]
    [InlineData(WskConstants.SOCK_DGRAM, 0U)]
    [InlineData(WskConstants.SOCK_STREAM, WskConstants.IPPROTO_UDP)]
    [InlineData(WskConstants.SOCK_RAW, 300U)]
    public void What_is_no_datagram_protocol_is_refused(ushort type, uint protocol)
    {
        var status = _world.Transport.CreateDatagram(V4, type, protocol, null!, out var socket);
        Assert.Equal(STATUS_PROTOCOL_UNREACHABLE, status);
        Assert.Null(socket);
    }

    [Fact]
    public void Many_datagrams_come_in_order_and_all()
    {
        var from = _world.Datagram(Loopback(V4));
        var to = _world.Datagram(Loopback(V4));
        for (var round = 0; round < 50; round++)
        {
            Assert.Equal(
                STATUS_SUCCESS,
                from.Send(to.Local, default, [.. Bytes(20).Select(one => new[] { new[] { one } })]));
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal([(byte)i], to.Receive().Bytes);
            }
        }
    }

    private static IEnumerable<byte> Bytes(int count) => Enumerable.Range(0, count).Select(i => (byte)i);
}
