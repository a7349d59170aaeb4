// What options and control information do to datagrams on their way, as the receiver sees it: hop limit,
// traffic class, source, broadcast, groups, cutting and joining, errors. Values and sizes of options are
// HostOptionTests.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostDatagramOptionTests : IDisposable
{
    private static readonly string[] s_veth =
    [
        "link set lo up",
        "link add v0 type veth peer name v1",
        "link set v1 up",
        "link set v0 up",
        "addr add 10.99.0.1/24 dev v0",
        "-6 addr add 2001:db8::1/64 dev v0 nodad",
    ];

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<ushort> Families => [WskConstants.AF_INET, WskConstants.AF_INET6];

    [Theory]
    [MemberData(nameof(Families))]
    public void Hop_limit_and_traffic_class_of_the_socket_arrive(ushort family)
    {
        var (from, to) = Pair(family);
        var isV6 = family == V6;
        var level = isV6 ? IPPROTO_IPV6 : IPPROTO_IP;
        from.Socket.Set(level, isV6 ? IPV6_UNICAST_HOPS : IP_TTL, 33);
        from.Socket.Set(level, isV6 ? IPV6_TCLASS : IP_TOS, 0x48);
        from.Send(to.Local, 1);
        var info = to.Receive().Info;
        Assert.Equal(33, (int)info.HopLimit!);
        Assert.Equal(0x48, (int)info.TrafficClass!);

        // ECN alone leaves the rest of the socket's traffic class, and the other way round.
        from.Send(to.Local, new DatagramControl { Ecn = 3 }, [[2]]);
        Assert.Equal(0x4B, (int)to.Receive().Info.TrafficClass!);
        from.Send(to.Local, new DatagramControl { TrafficClass = 0x88 }, [[3]]);
        Assert.Equal(0x88, (int)to.Receive().Info.TrafficClass!);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Hop_limit_and_traffic_class_of_one_send_arrive(ushort family)
    {
        var (from, to) = Pair(family);
        var control = new DatagramControl { HopLimit = 5, TrafficClass = 0x60, Ecn = 2 };
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, control, [[1]], [[2]]));
        foreach (var datagram in new[] { to.Receive(), to.Receive() })
        {
            Assert.Equal(5, (int)datagram.Info.HopLimit!);
            Assert.Equal(0x62, (int)datagram.Info.TrafficClass!);
        }
        from.Send(to.Local, 3);
        Assert.Equal(64, (int)to.Receive().Info.HopLimit!);
    }

    [Fact]
    public void The_source_of_one_send_arrives()
    {
        var from = _world.Datagram(EndpointAddress.Wildcard(V4));
        var to = _world.Datagram(Loopback(V4));
        var source = EndpointAddress.From(IPAddress.Parse("127.0.0.44"), 0);
        from.Send(to.Local, new DatagramControl { Source = source, InterfaceIndex = 1 }, [[1]]);
        Assert.Equal(source.WithPort(from.Local.Port), to.Receive().Info.Source);
    }

    [Theory]
    [InlineData("203.0.113.5", 0)]
    [InlineData("2001:db8::5", 0)]
    [InlineData(null, 9999)]
    public void A_source_that_is_not_ours_is_refused(string? address, uint interfaceIndex)
    {
        var source = address is null ? default : EndpointAddress.From(IPAddress.Parse(address), 0);
        var family = address is null ? V4 : source.Family;
        var from = _world.Datagram(EndpointAddress.Wildcard(family));
        var to = _world.Datagram(Loopback(family));
        var control = new DatagramControl { Source = source, InterfaceIndex = interfaceIndex };
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, from.Send(to.Local, control, [[1]]));
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, 2));
        Assert.Equal([2], to.Receive().Bytes);
    }

    [Fact]
    public void A_broadcast_needs_leave_and_is_recognised()
    {
        var from = _world.Datagram(EndpointAddress.Wildcard(V4));
        var to = _world.Datagram(EndpointAddress.Wildcard(V4));
        var everybody = EndpointAddress.From(IPAddress.Parse("127.255.255.255"), to.Local.Port);
        Assert.Equal(STATUS_ACCESS_DENIED, from.Send(everybody, 1));
        from.Socket.Set(SOL_SOCKET, SO_BROADCAST, 1);
        Assert.Equal(STATUS_SUCCESS, from.Send(everybody, 2));
        var datagram = to.Receive();
        Assert.Equal([2], datagram.Bytes);
        Assert.True(datagram.Info.IsBroadcast);
        Assert.False(datagram.Info.IsMulticast);
        Assert.Equal(everybody.WithoutPort(), datagram.Info.Destination);
        from.Socket.Set(SOL_SOCKET, SO_BROADCAST, 0);
        Assert.Equal(STATUS_ACCESS_DENIED, from.Send(everybody, 3));
    }

    [Fact]
    public void A_group_of_IPv4_is_heard_by_those_who_joined()
    {
        var group = IPAddress.Parse("239.7.7.7");
        var member = _world.Datagram(EndpointAddress.Wildcard(V4));
        var from = _world.Datagram(Loopback(V4));
        from.Socket.Set(IPPROTO_IP, IP_MULTICAST_IF, 0x0100007F);
        from.Socket.Set(IPPROTO_IP, IP_MULTICAST_TTL, 3);
        byte[] byAddress = [.. group.GetAddressBytes(), 127, 0, 0, 1];

        // The host stays in the group, whoever else leaves it.
        var other = _world.Datagram(EndpointAddress.Wildcard(V4));
        Assert.Equal(STATUS_SUCCESS, other.Socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, byAddress));
        byte[] byIndex = [.. group.GetAddressBytes(), 0, 0, 0, 1];
        var socket = member.Socket;
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, byAddress));
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, byIndex));
        var destination = EndpointAddress.From(group, member.Local.Port);
        Assert.Equal(STATUS_SUCCESS, from.Send(destination, 1));
        var datagram = member.Receive();
        Assert.True(datagram.Info.IsMulticast);
        Assert.False(datagram.Info.IsBroadcast);
        Assert.Equal(destination.WithoutPort(), datagram.Info.Destination);
        Assert.Equal(3, (int)datagram.Info.HopLimit!);
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_DROP_MEMBERSHIP, byIndex));
        Assert.Equal(
            STATUS_INVALID_ADDRESS_COMPONENT, socket.SetOption(IPPROTO_IP, IP_DROP_MEMBERSHIP, byIndex));
        AssertHearsNothing(member, from, destination, Loopback(V4, member.Local.Port));
    }

    // Loopback knows no groups of IPv6.
    [CapabilityFact(Capability.Netns)]
    public void A_group_of_IPv6_is_heard_by_those_who_joined() => Namespace.Run(s_veth, () =>
    {
        var group = IPAddress.Parse("ff12::7:7");
        var index = (byte)Namespace.IndexOf("v0");
        var member = _world.Datagram(EndpointAddress.Wildcard(V6));
        var from = _world.Datagram(EndpointAddress.Wildcard(V6));
        from.Socket.Set(IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
        byte[] request = [.. group.GetAddressBytes(), index, 0, 0, 0];
        Assert.Equal(STATUS_SUCCESS, member.Socket.SetOption(IPPROTO_IPV6, IPV6_JOIN_GROUP, request));
        var other = _world.Datagram(EndpointAddress.Wildcard(V6));
        Assert.Equal(STATUS_SUCCESS, other.Socket.SetOption(IPPROTO_IPV6, IPV6_JOIN_GROUP, request));
        var destination = EndpointAddress.From(
            new IPAddress(group.GetAddressBytes(), index), member.Local.Port);
        Assert.Equal(STATUS_SUCCESS, from.Send(destination, 1));
        var datagram = member.Receive();
        Assert.True(datagram.Info.IsMulticast);
        Assert.Equal(destination.WithoutPort(), datagram.Info.Destination);
        Assert.Equal(index, datagram.Info.InterfaceIndex);
        Assert.Equal(STATUS_SUCCESS, member.Socket.SetOption(IPPROTO_IPV6, IPV6_LEAVE_GROUP, request));
        AssertHearsNothing(member, from, destination, Loopback(V6, member.Local.Port));
    });

    [Fact]
    public void Membership_of_what_is_no_group_or_no_interface_is_refused()
    {
        var socket = _world.Datagram(EndpointAddress.Wildcard(V4)).Socket;
        byte[] noGroup = [10, 0, 0, 1, 0, 0, 0, 1];
        byte[] noInterface = [239, 1, 1, 1, 0, 0, 0x27, 0x0F];
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, noGroup));
        Assert.Equal(
            STATUS_INVALID_ADDRESS_COMPONENT, socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, noInterface));
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, new byte[7]));
        var read = socket.GetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, new byte[8], out _);
        Assert.Equal(STATUS_NOT_SUPPORTED, read);
    }

    [Fact]
    public void A_group_can_be_the_local_address()
    {
        var group = EndpointAddress.From(IPAddress.Parse("239.7.7.8"), 0);
        var member = _world.Datagram(group);
        byte[] request = [239, 7, 7, 8, 0, 0, 0, 1];
        Assert.Equal(STATUS_SUCCESS, member.Socket.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, request));
        var from = _world.Datagram(Loopback(V4));
        from.Socket.Set(IPPROTO_IP, IP_MULTICAST_IF, 0x0100007F);
        from.Send(member.Local, 6);
        Assert.Equal([6], member.Receive().Bytes);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_long_message_is_cut_into_datagrams(ushort family)
    {
        var (from, to) = Pair(family);
        to.Socket.Set(SOL_SOCKET, SO_RCVBUF, 1_000_000);
        var bytes = Enumerable.Range(0, 2500).Select(i => (byte)i).ToArray();
        from.Send(to.Local, new DatagramControl { SegmentBytes = 1000 }, [bytes[..700], bytes[700..]]);
        Assert.Equal(bytes[..1000], to.Receive().Bytes);
        Assert.Equal(bytes[1000..2000], to.Receive().Bytes);
        Assert.Equal(bytes[2000..], to.Receive().Bytes);

        // The option of the socket does the same; more pieces than the system cuts at once are no matter.
        Assert.Equal(STATUS_SUCCESS, from.Socket.Set(IPPROTO_UDP, UDP_SEND_MSG_SIZE, 10));
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, bytes));
        for (var i = 0; i < 250; i++)
        {
            Assert.Equal(bytes[(i * 10)..(i * 10 + 10)], to.Receive().Bytes);
        }
        from.Send(to.Local, 1, 2, 3);
        Assert.Equal([1, 2, 3], to.Receive().Bytes);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Joined_datagrams_are_handed_out_within_the_receivers_limit(ushort family)
    {
        var (from, to) = Pair(family);
        Assert.Equal(STATUS_SUCCESS, to.Socket.Set(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 2500));
        var bytes = Enumerable.Range(0, 5500).Select(i => (byte)i).ToArray();
        from.Send(to.Local, new DatagramControl { SegmentBytes = 1000 }, [bytes]);
        Take(to, room: 65_536, bytes[..2000], segmentBytes: 1000);
        Take(to, room: 1500, bytes[2000..3000], segmentBytes: 0);
        to.Socket.ArmReceive();
        to.WaitReceivable();
        Take(to, room: 65_536, bytes[3000..5000], segmentBytes: 1000);
        Take(to, room: 65_536, bytes[5000..], segmentBytes: 0);
        Assert.Equal(STATUS_PENDING, to.Socket.TryReceive(new byte[1], out _, out _));
        from.Send(to.Local, 1);
        from.Send(to.Local);
        Take(to, room: 10, [1], segmentBytes: 0);
        Take(to, room: 10, [], segmentBytes: 0);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_port_that_nobody_has_is_told_to_those_who_asked(ushort family)
    {
        var from = _world.Datagram(Loopback(family));
        var destination = FreePort(family);
        from.Socket.Set(family == V6 ? IPPROTO_IPV6 : IPPROTO_IP, IP_RECVERR, 1);
        Assert.Equal(STATUS_SUCCESS, from.Send(destination, 1));
        Assert.Equal(STATUS_PORT_UNREACHABLE, from.Receive(new byte[1], out _, out _));
        from.Socket.ArmReceive();
        Assert.Equal(STATUS_SUCCESS, from.Send(destination, 2));
        from.WaitReceivable();
        Assert.Equal(STATUS_PORT_UNREACHABLE, from.Socket.TryReceive(new byte[1], out _, out _));

        // The socket goes on.
        var other = _world.Datagram(Loopback(family));
        Assert.Equal(STATUS_SUCCESS, from.Send(destination, 3));
        Assert.Equal(STATUS_SUCCESS, from.Send(other.Local, 4));
        Assert.Equal([4], other.Receive().Bytes);
        other.Send(from.Local, 5);
        Assert.Equal(STATUS_PORT_UNREACHABLE, from.Receive(new byte[1], out _, out _));
        Assert.Equal([5], from.Receive().Bytes);
    }

    private static void Take(TestDatagramSocket to, int room, byte[] bytes, int segmentBytes)
    {
        var datagram = to.Receive(room);
        Assert.Equal(bytes, datagram.Bytes);
        Assert.Equal(segmentBytes, datagram.Info.SegmentBytes);
        Assert.False(datagram.Info.IsTruncated);
    }

    // What is sent to the member itself afterwards arrives first, so what came before was not heard.
    private static void AssertHearsNothing(
        TestDatagramSocket member, TestDatagramSocket from, EndpointAddress group, EndpointAddress own)
    {
        from.Send(group, 98);
        from.Send(own, 99);
        Assert.Equal([99], member.Receive().Bytes);
    }

    private (TestDatagramSocket From, TestDatagramSocket To) Pair(ushort family) =>
        (_world.Datagram(Loopback(family)), _world.Datagram(Loopback(family)));
}
