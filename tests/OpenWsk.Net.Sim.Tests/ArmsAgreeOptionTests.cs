// What the port promises of options, on every arm: the same names with the same defaults, the same
// refusals. What they do in the model is in SocketOptionTests, DatagramControlTests and MulticastTests.
using System.Buffers.Binary;
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class ArmsAgreeOptionTests
{
    // Sizes of buffers are the transport's own; the least that any system takes is above 4096.
    private const uint Bytes = 8192;

    [ArmTheory]
    [InlineData(SOL_SOCKET, SO_KEEPALIVE, 0u, 1u)]
    [InlineData(SOL_SOCKET, SO_PORT_SCALABILITY, 0u, 1u)]
    [InlineData(SOL_SOCKET, SO_RANDOMIZE_PORT, 0u, 1u)]
    [InlineData(SOL_SOCKET, SO_REUSE_UNICASTPORT, 0u, 1u)]
    [InlineData(SOL_SOCKET, SO_PAUSE_ACCEPT, 0u, 1u)]
    [InlineData(SOL_SOCKET, SO_COMPARTMENT_ID, 1u, 1u)]
    [InlineData(IPPROTO_TCP, TCP_NODELAY, 0u, 1u)]
    [InlineData(IPPROTO_TCP, TCP_KEEPALIVE, 7200u, 60u)]
    [InlineData(IPPROTO_TCP, TCP_KEEPINTVL, 1u, 5u)]
    [InlineData(IPPROTO_TCP, TCP_KEEPCNT, 10u, 3u)]
    [InlineData(IPPROTO_TCP, TCP_FASTOPEN, 0u, 1u)]
    [InlineData(IPPROTO_TCP, TCP_BSDURGENT, 1u, 0u)]
    [InlineData(IPPROTO_IP, IP_TOS, 0u, 0x20u)]
    [InlineData(IPPROTO_IP, IP_DONTFRAGMENT, 0u, 1u)]
    public void Stream_options_have_one_default(Arm arm, uint level, uint name, uint value, uint other) =>
        ArmWorld.Run(arm, world => CheckOption(world.NewSocket().Port, level, name, value, other));

    [ArmTheory]
    [InlineData(SOL_SOCKET, SO_BROADCAST, 0u, 1u)]
    [InlineData(SOL_SOCKET, SO_COMPARTMENT_ID, 1u, 1u)]
    [InlineData(IPPROTO_IP, IP_TOS, 0u, 0x20u)]
    [InlineData(IPPROTO_IP, IP_MULTICAST_TTL, 1u, 4u)]
    [InlineData(IPPROTO_IP, IP_MULTICAST_LOOP, 1u, 0u)]
    [InlineData(IPPROTO_IP, IP_DONTFRAGMENT, 0u, 1u)]
    [InlineData(IPPROTO_IP, IP_PKTINFO, 0u, 1u)]
    [InlineData(IPPROTO_IP, IP_HOPLIMIT, 0u, 1u)]
    [InlineData(IPPROTO_IP, IP_RECVIF, 0u, 1u)]
    [InlineData(IPPROTO_IP, IP_RECVDSTADDR, 0u, 1u)]
    [InlineData(IPPROTO_IP, IP_RECVTOS, 0u, 1u)]
    [InlineData(IPPROTO_IP, IP_ECN, 0u, 1u)]
    [InlineData(IPPROTO_IP, IP_RECVERR, 0u, 1u)]
    [InlineData(IPPROTO_UDP, UDP_NOCHECKSUM, 0u, 1u)]
    [InlineData(IPPROTO_UDP, UDP_SEND_MSG_SIZE, 0u, 1000u)]
    [InlineData(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 0u, 9000u)]
    public void Datagram_options_have_one_default(Arm arm, uint level, uint name, uint value, uint other) =>
        ArmWorld.Run(arm, world => CheckOption(
            new DatagramSocket(world.Scheduler, world.Transport).Port, level, name, value, other));

    [ArmTheory]
    [InlineData(SOL_SOCKET, SO_RCVBUF)]
    [InlineData(SOL_SOCKET, SO_SNDBUF)]
    public void Buffers_have_the_size_set(Arm arm, uint level, uint name) => ArmWorld.Run(arm, world =>
    {
        ITransportSocket[] sockets =
            [world.NewSocket().Port, new DatagramSocket(world.Scheduler, world.Transport).Port];
        foreach (var socket in sockets)
        {
            Assert.Equal(STATUS_SUCCESS, Set(socket, level, name, Bytes));
            Assert.Equal(Bytes, Get(socket, level, name));
            socket.Close();
        }
    });

    [ArmTheory]
    public void Refusals_are_the_same(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var stream = world.NewSocket().Port;
        var datagram = new DatagramSocket(world.Scheduler, world.Transport).Port;
        Assert.Equal(STATUS_NOT_SUPPORTED, Set(stream, SOL_SOCKET, 0x7777, 1));
        Assert.Equal(STATUS_NOT_SUPPORTED, Set(stream, SOL_SOCKET, SO_BROADCAST, 1));
        Assert.Equal(STATUS_NOT_SUPPORTED, Set(stream, IPPROTO_IPV6, IPV6_V6ONLY, 1));
        Assert.Equal(STATUS_NOT_SUPPORTED, Set(datagram, SOL_SOCKET, SO_KEEPALIVE, 1));
        Assert.Equal(STATUS_NOT_SUPPORTED, Set(datagram, IPPROTO_TCP, TCP_NODELAY, 1));
        Assert.Equal(STATUS_NOT_SUPPORTED, stream.GetOption(SOL_SOCKET, 0x7777, new byte[4], out _));
        Assert.Equal(STATUS_INVALID_PARAMETER, stream.SetOption(IPPROTO_IP, IP_TTL, new byte[3]));
        Assert.Equal(STATUS_INVALID_PARAMETER, Set(stream, IPPROTO_IP, IP_TTL, 0));
        Assert.Equal(STATUS_INVALID_PARAMETER, Set(stream, IPPROTO_IP, IP_TTL, 256));
        Assert.Equal(STATUS_BUFFER_TOO_SMALL, stream.GetOption(IPPROTO_IP, IP_TTL, new byte[3], out _));
        Assert.Equal(STATUS_INVALID_PARAMETER, Set(datagram, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 65_536));
        stream.Close();
        datagram.Close();
    });

    [ArmTheory]
    public void V6ONLY_is_the_default_and_comes_too_late_after_the_bind(Arm arm) => ArmWorld.Run(arm, world =>
    {
        var socket = new BlockingSocket(world.Scheduler, world.Transport, AF_INET6);
        Assert.Equal(1u, Get(socket.Port, IPPROTO_IPV6, IPV6_V6ONLY));
        Assert.Equal(STATUS_SUCCESS, socket.Bind("[::]:0"));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, Set(socket.Port, IPPROTO_IPV6, IPV6_V6ONLY, 0));
        socket.Port.Close();
    });

    [ArmTheory]
    public void What_a_listener_has_its_connections_have(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var listening = new ListeningSocket(world.Scheduler, world.Transport, "127.0.0.1:0");
        Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_RCVBUF, Bytes));
        Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_KEEPALIVE, 1));
        var client = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, client.Connect(listening.Endpoint));
        var accepted = listening.Accept();
        Assert.Equal(Bytes, accepted.Option(SOL_SOCKET, SO_RCVBUF));
        Assert.Equal(1u, accepted.Option(SOL_SOCKET, SO_KEEPALIVE));
        Assert.Equal(STATUS_SUCCESS, Set(accepted.Port, SOL_SOCKET, SO_KEEPALIVE, 0));
        Assert.Equal(1u, Get(listening.Socket, SOL_SOCKET, SO_KEEPALIVE));
        accepted.Port.Close();
        client.Port.Close();
        listening.Socket.Close();
    });

    [ArmTheory]
    public void A_paused_listener_lets_nobody_in(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var listening = new ListeningSocket(world.Scheduler, world.Transport, "127.0.0.1:0");
        Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_PAUSE_ACCEPT, 1));
        var client = world.NewSocket();
        var status = client.Connect(listening.Endpoint);
        if (status == STATUS_SUCCESS)
            status = client.Receive(new byte[1], out _);
        Assert.Contains(status, new[] { STATUS_CONNECTION_REFUSED, STATUS_CONNECTION_RESET });
        Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_PAUSE_ACCEPT, 0));
        var again = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, again.Connect(listening.Endpoint));
        Assert.Equal(again.Port.LocalAddress, listening.Accept().Port.RemoteAddress);
        client.Port.Close();
        again.Port.Close();
        listening.Socket.Close();
    });

    [ArmTheory]
    public void A_group_is_heard_by_its_member(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        const string group = "239.77.1.2";
        var member = new DatagramSocket(world.Scheduler, world.Transport);
        Assert.Equal(STATUS_SUCCESS, member.Bind("0.0.0.0:0"));
        byte[] value = [.. IPAddress.Parse(group).GetAddressBytes(), 127, 0, 0, 1];
        Assert.Equal(STATUS_SUCCESS, member.Port.SetOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, value));

        // 127.0.0.1 in network order: the interface that the group was joined on.
        Assert.Equal(STATUS_SUCCESS, member.SetOption(IPPROTO_IP, IP_MULTICAST_IF, 0x0100_007F));
        Assert.Equal(STATUS_SUCCESS, member.Send($"{group}:{member.Port.LocalAddress.Port}", [5]));
        Assert.Equal([5], member.Receive(out var info));
        Assert.True(info.IsMulticast);
        Assert.Equal(IPAddress.Parse(group), info.Destination.ToIPAddress());
        Assert.Equal(STATUS_SUCCESS, member.Port.SetOption(IPPROTO_IP, IP_DROP_MEMBERSHIP, value));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT,
            member.Port.SetOption(IPPROTO_IP, IP_DROP_MEMBERSHIP, value));
        member.Port.Close();
    });

    private static void CheckOption(ITransportSocket socket, uint level, uint name, uint value, uint other)
    {
        Assert.Equal(value, Get(socket, level, name));
        Assert.Equal(STATUS_SUCCESS, Set(socket, level, name, other));
        Assert.Equal(other, Get(socket, level, name));
        socket.Close();
    }

    private static NTSTATUS Set(ITransportSocket socket, uint level, uint name, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return socket.SetOption(level, name, bytes);
    }

    private static uint Get(ITransportSocket socket, uint level, uint name)
    {
        Span<byte> value = stackalloc byte[4];
        Assert.Equal(STATUS_SUCCESS, socket.GetOption(level, name, value, out var bytes));
        Assert.Equal(4, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(value);
    }
}
