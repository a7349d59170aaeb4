// What the port promises of datagram sockets, on every arm, over loopback. What only the model has (queues,
// links, subnets) is in DatagramTests, DatagramControlTests and MulticastTests.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class ArmsAgreeDatagramTests
{
    [ArmTheory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    public void A_datagram_arrives_with_its_information(Arm arm, string bound) => ArmWorld.Run(arm, world =>
    {
        var receiver = Open(world, bound + ":0");
        var sender = Open(world, "127.0.0.1:0");
        var control = new DatagramControl { HopLimit = 33, TrafficClass = 0x40, Ecn = 1 };
        Assert.Equal(STATUS_SUCCESS, sender.Send(At(receiver), "hello"u8.ToArray(), control));
        Assert.Equal("hello"u8.ToArray(), receiver.Receive(out var info));
        Assert.Equal(sender.Port.LocalAddress, info.Source);
        Assert.Equal(Address.Of("127.0.0.1:0"), info.Destination);
        Assert.Equal(1u, info.InterfaceIndex);
        Assert.Equal<byte?>(33, info.HopLimit);
        Assert.Equal<byte?>(0x41, info.TrafficClass);
        Assert.Equal(0, info.SegmentBytes);
        Assert.False(info.IsTruncated || info.IsBroadcast || info.IsMulticast);
        Close(receiver, sender);
    });

    [ArmTheory]
    public void Empty_ones_long_ones_and_several_at_once(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var receiver = Open(world, "127.0.0.1:0");
        var sender = Open(world, "127.0.0.1:0");
        Assert.Equal(STATUS_PENDING, receiver.TryReceive(out _, out _));
        Assert.Equal(STATUS_SUCCESS,
            sender.SendAll(At(receiver), default, "one"u8.ToArray(), [], "three"u8.ToArray()));
        Assert.Equal("one"u8.ToArray(), receiver.Receive(out _));
        Assert.Empty(receiver.Receive(out _));
        Assert.Equal("thr"u8.ToArray(), receiver.Receive(out var info, size: 3));
        Assert.True(info.IsTruncated);
        Assert.Equal(STATUS_PENDING, receiver.TryReceive(out _, out _));
        Assert.Equal(STATUS_SUCCESS, sender.Send(At(receiver), new byte[65_507]));
        Assert.Equal(65_507, receiver.Receive(out _).Length);
        Assert.Equal(STATUS_INVALID_BUFFER_SIZE, sender.Send(At(receiver), new byte[65_508]));
        Close(receiver, sender);
    });

    [ArmTheory]
    public void Binding_as_for_streams(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var first = Open(world, "127.0.0.1:0");
        var taken = first.Port.LocalAddress.ToString();
        var second = new DatagramSocket(world.Scheduler, world.Transport);
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, second.Bind("203.0.113.1:0"));
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, second.Bind(taken));
        Assert.Equal(STATUS_SUCCESS, second.Bind(taken, isShared: true));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, first.Bind("127.0.0.1:0"));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, first.Send("127.0.0.1:0", [1]));
        Close(first, second);
    });

    [ArmTheory]
    public void Nobody_at_the_port_is_not_told(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var nobody = Open(world, "127.0.0.1:0");
        var endpoint = At(nobody);
        nobody.Port.Close();
        var sender = Open(world, "127.0.0.1:0");
        Assert.Equal(STATUS_SUCCESS, sender.Send(endpoint, [1]));
        Assert.Equal(STATUS_SUCCESS, sender.Send(At(sender), [2]));
        Assert.Equal([2], sender.Receive(out _));
        Close(sender);
    });

    [ArmTheory]
    public void A_source_that_is_not_ours_is_refused(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var socket = Open(world, "0.0.0.0:0");
        var control = new DatagramControl { Source = Address.Of("203.0.113.1:0") };
        var refused = socket.Send(At(socket), [1], control);

        // Linux does not tell a source that is not local from a destination that it cannot reach from there.
        Assert.Contains(refused, new[] { STATUS_INVALID_ADDRESS_COMPONENT, STATUS_NETWORK_UNREACHABLE });
        control = new DatagramControl { Source = Address.Of("127.0.0.1:0"), InterfaceIndex = 1 };
        Assert.Equal(STATUS_SUCCESS, socket.Send(At(socket), [1], control));
        Assert.Equal([1], socket.Receive(out _));
        Close(socket);
    });

    [ArmTheory]
    public void One_send_is_cut_into_datagrams(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var receiver = Open(world, "127.0.0.1:0");
        var sender = Open(world, "127.0.0.1:0");
        var control = new DatagramControl { SegmentBytes = 1000 };
        Assert.Equal(STATUS_SUCCESS, sender.Send(At(receiver), NetworkFixture.Pattern(2500), control));
        Assert.Equal(1000, receiver.Receive(out _).Length);
        Assert.Equal(1000, receiver.Receive(out _).Length);
        Assert.Equal(500, receiver.Receive(out _).Length);
        Close(receiver, sender);
    });

    [ArmTheory]
    public void A_broadcast_needs_permission(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var socket = Open(world, "0.0.0.0:0");
        Assert.Equal(STATUS_ACCESS_DENIED, socket.Send("255.255.255.255:9", [1]));
        Close(socket);
    });

    [ArmTheory]
    public void IPv6_has_its_own_information(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var receiver = Open(world, "[::]:0");
        var sender = Open(world, "[::1]:0");
        var control = new DatagramControl { HopLimit = 33, TrafficClass = 0x40 };
        var endpoint = $"[::1]:{receiver.Port.LocalAddress.Port}";
        Assert.Equal(STATUS_SUCCESS, sender.Send(endpoint, [1, 2], control));
        Assert.Equal([1, 2], receiver.Receive(out var info));
        Assert.Equal(sender.Port.LocalAddress, info.Source);
        Assert.Equal(Address.Of("[::1]:0"), info.Destination);
        Assert.Equal(1u, info.InterfaceIndex);
        Assert.Equal<byte?>(33, info.HopLimit);
        Assert.Equal<byte?>(0x40, info.TrafficClass);
        Close(receiver, sender);
    });

    private static DatagramSocket Open(ArmWorld world, string endpoint)
    {
        var socket = new DatagramSocket(world.Scheduler, world.Transport, Address.Of(endpoint).Family);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(endpoint));
        return socket;
    }

    private static string At(DatagramSocket socket) => $"127.0.0.1:{socket.Port.LocalAddress.Port}";

    private static void Close(params DatagramSocket[] sockets)
    {
        foreach (var socket in sockets)
            socket.Port.Close();
    }
}
