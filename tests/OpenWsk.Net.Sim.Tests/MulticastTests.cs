// Datagrams to several hosts: broadcast with its permission, multicast with its membership, and who hears
// them.
using System.Net;
using OpenWsk.Abi;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class MulticastTests
{
    private const string Group = "239.1.2.3";
    private const string GroupV6 = "ff02::123";

    [Theory]
    [InlineData("255.255.255.255:5000")]
    [InlineData("10.0.0.255:5000")]
    public void A_broadcast_needs_permission_and_reaches_the_subnet(string destination) => InWorld(net =>
    {
        var far = net.Network.AddHost("far", "10.0.1.3").OpenDatagram("0.0.0.0:5000");
        var near = net.Network.AddHost("near", "10.0.0.3").OpenDatagram("10.0.0.3:5000");
        var peer = net.There.OpenDatagram("0.0.0.0:5000");
        var deaf = net.There.OpenDatagram("0.0.0.0:5001");
        var socket = Open(net, "0.0.0.0:5000");
        Assert.Equal(STATUS_ACCESS_DENIED, socket.Send(destination, [1]));
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(SOL_SOCKET, SO_BROADCAST, 1));
        Assert.Equal(STATUS_SUCCESS, socket.Send(destination, [1]));
        net.Sleep(NetworkFixture.Second);
        var buffer = new byte[1];
        Assert.True(peer.TryReceive(buffer, out _, out var info));
        Assert.True(info.IsBroadcast);
        Assert.False(info.IsMulticast);
        Assert.Equal("10.0.0.1:5000", info.Source.ToString());
        Assert.Equal(Address.Of(destination).WithoutPort(), info.Destination);
        Assert.True(near.TryReceive(buffer, out _, out _));
        Assert.False(far.TryReceive(buffer, out _, out _));
        Assert.False(deaf.TryReceive(buffer, out _, out _));
        Assert.Equal([1], socket.Receive(out var own));
        Assert.True(own.IsBroadcast);
        Assert.DoesNotContain(net.Packets, e => e.Packet is PortUnreachableNotice);
    });

    [Theory]
    [InlineData(Group, "0.0.0.0:5000", IPPROTO_IP, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP)]
    [InlineData(GroupV6, "[::]:5000", IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP)]
    public void A_group_is_heard_by_its_members(string group, string here, uint level, uint add, uint drop) =>
        InWorld(net =>
        {
            var sender = net.There.OpenDatagram(here);
            var member = Open(net, here);
            var outsider = Open(net, here, isShared: true);
            var value = Membership(group);
            Assert.Equal(STATUS_SUCCESS, member.Port.SetOption(level, add, value));
            Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, member.Port.SetOption(level, add, value));
            sender.Send(Endpoint(group), [1]);
            Assert.Equal([1], member.Receive(out var info));
            Assert.True(info.IsMulticast);
            Assert.False(info.IsBroadcast);
            Assert.Equal(IPAddress.Parse(group), info.Destination.ToIPAddress());
            Assert.Equal(2u, info.InterfaceIndex);
            Assert.Equal<byte?>(1, info.HopLimit);
            Assert.Equal(STATUS_PENDING, outsider.TryReceive(out _, out _));
            Assert.Equal(STATUS_SUCCESS, member.Port.SetOption(level, drop, value));
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, member.Port.SetOption(level, drop, value));
            sender.Send(Endpoint(group), [2]);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(STATUS_PENDING, member.TryReceive(out _, out _));
        });

    [Fact]
    public void Every_member_hears_the_own_host_too_unless_it_does_not_want_to() => InWorld(net =>
    {
        var there = net.There.OpenDatagram("0.0.0.0:5000");
        there.Join(Group);
        var first = Open(net, "0.0.0.0:5000");
        var second = Open(net, "10.0.0.1:5000", isShared: true);
        var value = Membership(Group);
        Assert.Equal(STATUS_SUCCESS, first.Port.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, value));
        Assert.Equal(STATUS_SUCCESS, second.Port.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, value));
        Assert.Equal(STATUS_SUCCESS, first.Send(Endpoint(Group), [1]));
        Assert.Equal([1], first.Receive(out _));
        Assert.Equal([1], second.Receive(out _));
        there.Receive(new byte[1], out _);
        Assert.Equal(STATUS_SUCCESS, first.SetOption(IPPROTO_IP, IP_MULTICAST_LOOP, 0));
        Assert.Equal(STATUS_SUCCESS, first.Send(Endpoint(Group), [2]));
        Assert.Equal([2], second.Receive(out _));
        net.Sleep(NetworkFixture.Second);
        Assert.Equal(STATUS_PENDING, first.TryReceive(out _, out _));
    });

    [Fact]
    public void The_multicast_hop_limit_counts_routers() => InWorld(net =>
    {
        net.Network.DefaultLink = new LinkSettings { Hops = 1 };
        var peer = net.There.OpenDatagram("0.0.0.0:5000");
        peer.Join(Group);
        var socket = Open(net, "0.0.0.0:5000");
        Assert.Equal(STATUS_SUCCESS, socket.Send(Endpoint(Group), [1]));
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_MULTICAST_TTL, 2));
        Assert.Equal(STATUS_SUCCESS, socket.Send(Endpoint(Group), [2]));
        var buffer = new byte[1];
        peer.Receive(buffer, out _);
        Assert.Equal(2, buffer[0]);
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_MULTICAST_TTL, 0));
        Assert.Equal(STATUS_SUCCESS, socket.Send(Endpoint(Group), [3]));
        net.Sleep(NetworkFixture.Second);
        Assert.False(peer.TryReceive(buffer, out _, out _));
    });

    [Fact]
    public void A_group_belongs_to_an_interface() => InWorld(net =>
    {
        var inside = Open(net, "0.0.0.0:5000");
        byte[] onLoopback = [.. IPAddress.Parse(Group).GetAddressBytes(), 127, 0, 0, 1];
        Assert.Equal(STATUS_SUCCESS, inside.Port.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, onLoopback));
        var sender = Open(net, "0.0.0.0:5001");
        Assert.Equal(STATUS_SUCCESS, sender.Send(Endpoint(Group), [1]));

        // As an index, 0.0.0.1 in network order, and as an address.
        Assert.Equal(STATUS_SUCCESS, sender.SetOption(IPPROTO_IP, IP_MULTICAST_IF, 0x0100_0000));
        Assert.Equal(STATUS_SUCCESS, sender.Send(Endpoint(Group), [2]));
        Assert.Equal([2], inside.Receive(out var info));
        Assert.Equal(1u, info.InterfaceIndex);
        Assert.Equal("127.0.0.1:5001", info.Source.ToString());
        Assert.Equal(STATUS_SUCCESS, sender.SetOption(IPPROTO_IP, IP_MULTICAST_IF, 0x0100_000A));
        Assert.Equal(STATUS_SUCCESS, sender.Send(Endpoint(Group), [3]));
        Assert.Equal(STATUS_SUCCESS, sender.SetOption(IPPROTO_IP, IP_MULTICAST_IF, 0x0900_000A));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, sender.Send(Endpoint(Group), [4]));
        net.Sleep(NetworkFixture.Second);
        Assert.Equal(STATUS_PENDING, inside.TryReceive(out _, out _));
    });

    [Fact]
    public void Memberships_that_make_no_sense_are_refused() => InWorld(net =>
    {
        var socket = Open(net, "0.0.0.0:5000").Port;
        var v6 = Open(net, "[::]:5000").Port;
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, new byte[4]));
        Assert.Equal(STATUS_INVALID_PARAMETER,
            socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, Membership("10.0.0.2")));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP,
            [.. IPAddress.Parse(Group).GetAddressBytes(), 10, 0, 0, 99]));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, v6.SetOption(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP,
            [.. IPAddress.Parse(GroupV6).GetAddressBytes(), 77, 0, 0, 0]));
        Assert.Equal(STATUS_NOT_SUPPORTED,
            socket.GetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, new byte[8], out _));
    });

    private static void InWorld(Action<NetworkFixture> body)
    {
        using var net = new NetworkFixture();
        net.Run(() => body(net));
    }

    private static DatagramSocket Open(NetworkFixture net, string endpoint, bool isShared = false)
    {
        var socket = new DatagramSocket(net.World.Scheduler, net.Here.Transport, Address.Of(endpoint).Family);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(endpoint, isShared));
        return socket;
    }

    private static byte[] Membership(string group) =>
        [.. IPAddress.Parse(group).GetAddressBytes(), 0, 0, 0, 0];

    private static string Endpoint(string group) => new IPEndPoint(IPAddress.Parse(group), 5000).ToString();
}
