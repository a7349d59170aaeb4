// Keep-alive: probes of an idle connection, what answers them and what ends. Times are virtual, so two
// hours pass at once. Which options there are is in SocketOptionTests.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class KeepAliveTests
{
    [Fact]
    public void Without_it_an_idle_connection_is_silent() => Idle((net, socket) =>
    {
        net.Sleep(100_000 * NetworkFixture.Second);
        Assert.Equal(3, net.Sent().Count());
        socket.Port.Close();
    });

    [Fact]
    public void A_peer_that_answers_keeps_the_connection() => Idle((net, socket) =>
    {
        Set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
        net.Sleep(7201 * NetworkFixture.Second);
        Assert.Equal(5, net.Sent().Count());
        var probe = net.Sent().ElementAt(3);
        Assert.Equal((TcpFlags.Ack, 0), (probe.Flags, probe.Payload.Length));
        Assert.Equal(net.Sent().ElementAt(4).Acknowledgment - 1, probe.Sequence);
        net.Sleep(10 * 7200 * NetworkFixture.Second);
        Assert.Equal(STATUS_PENDING, socket.Port.TryReceive(new byte[1], out _));
        Assert.Equal(25, net.Sent().Count());
        socket.Port.Close();
    });

    [Fact]
    public void A_peer_that_is_gone_ends_it_after_the_probes() => Idle((net, socket) =>
    {
        Set(socket, IPPROTO_TCP, TCP_KEEPALIVE, 60);
        Set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 5);
        Set(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
        Set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
        net.Network.AddRule(_ => PacketVerdict.Drop);
        Assert.Equal(STATUS_IO_TIMEOUT, socket.Receive(new byte[1], out _));
        Assert.Equal(75, net.NowNs / NetworkFixture.Second);
        Assert.Equal(1, net.SentCount(TcpFlags.Rst));
        socket.Port.Close();
    });

    [Fact]
    public void A_peer_that_has_forgotten_the_connection_resets_it() => Idle((net, socket) =>
    {
        Set(socket, IPPROTO_TCP, TCP_KEEPALIVE, 60);
        Set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
        net.There.ForgetConnections();
        Assert.Equal(STATUS_CONNECTION_RESET, socket.Receive(new byte[1], out _));
        Assert.Equal(60, net.NowNs / NetworkFixture.Second);
        socket.Port.Close();
    });

    [Fact]
    public void Traffic_puts_the_probe_off_and_switching_it_off_ends_it() => Idle((net, socket) =>
    {
        Set(socket, IPPROTO_TCP, TCP_KEEPALIVE, 60);
        Set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
        net.Sleep(50 * NetworkFixture.Second);
        Assert.Equal(STATUS_SUCCESS, socket.Send([1]));
        net.Sleep(50 * NetworkFixture.Second);
        Assert.Equal(5, net.Sent().Count());
        Set(socket, SOL_SOCKET, SO_KEEPALIVE, 0);
        net.Sleep(500 * NetworkFixture.Second);
        Assert.Equal(5, net.Sent().Count());
        socket.Port.Close();
    });

    private static void Idle(Action<NetworkFixture, BlockingSocket> body)
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.StartSilentServer("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            net.Sleep(NetworkFixture.Second / 2);
            body(net, socket);
        });
    }

    private static void Set(BlockingSocket socket, uint level, uint name, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Assert.Equal(STATUS_SUCCESS, socket.Port.SetOption(level, name, bytes));
    }
}
