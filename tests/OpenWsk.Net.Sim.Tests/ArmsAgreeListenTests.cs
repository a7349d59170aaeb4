// What the port promises of listeners, on every arm. Peers are sockets of the same transport over loopback,
// so that one text serves both. What only the model has (drops, times) is in ListenTests and
// ConditionalAcceptTests.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class ArmsAgreeListenTests
{
    [ArmTheory]
    public void Accepted_connections_move_bytes(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var listening = Listen(world);
        Assert.Equal(STATUS_PENDING, listening.Port.TryAccept(out _, out _));
        var client = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, client.Connect(listening.Endpoint));
        var accepted = listening.Accept();
        Assert.Equal(0ul, accepted.RequestId);
        Assert.Equal(client.Port.RemoteAddress, accepted.Port.LocalAddress);
        Assert.Equal(client.Port.LocalAddress, accepted.Port.RemoteAddress);
        Assert.Equal(STATUS_SUCCESS, client.Send("there"u8.ToArray()));
        var buffer = new byte[10];
        Assert.Equal(STATUS_SUCCESS, accepted.Receive(buffer, out var bytes));
        Assert.Equal("there"u8.ToArray(), buffer[..bytes]);
        Assert.Equal(STATUS_SUCCESS, accepted.Send("back"u8.ToArray()));
        Assert.Equal("back"u8.ToArray(), client.ReceiveExactly(4));
        accepted.Port.Close();
        Assert.Equal(STATUS_CONNECTION_RESET, client.Receive(buffer, out _));
        client.Port.Close();
        listening.Socket.Close();
    });

    [ArmTheory]
    public void Closing_resets_who_waits_and_refuses_who_comes(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var listening = Listen(world);
        var endpoint = listening.Endpoint;
        var taken = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, taken.Connect(endpoint));
        var accepted = listening.Accept();
        var waiting = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, waiting.Connect(endpoint));
        listening.Socket.Close();
        Assert.Equal(STATUS_CONNECTION_RESET, waiting.Receive(new byte[1], out _));
        Assert.Equal(STATUS_CONNECTION_REFUSED, world.NewSocket().Connect(endpoint));
        Assert.Equal(STATUS_SUCCESS, accepted.Send([1]));
        Assert.Equal([1], taken.ReceiveExactly(1));
        accepted.Port.Close();
        taken.Port.Close();
        waiting.Port.Close();
    });

    [ArmTheory]
    public void Listening_needs_a_bind_and_comes_once(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var settings = new ListenSettings(1, IsConditional: false);
        var listening = Listen(world);
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, listening.Socket.Listen(settings, listening, out _));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, world.NewSocket().Port.Listen(settings, listening, out _));
        listening.Socket.Close();
    });

    [ArmTheory]
    public void Accepted_requests_keep_their_number(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var listening = Listen(world, isConditional: true);
        var client = world.NewSocket();
        var connect = client.BeginConnect(listening.Endpoint);
        var request = listening.WaitForRequest();
        Assert.Equal(listening.Socket.LocalAddress, request.Local);
        Assert.Equal(STATUS_PENDING, listening.Port.TryAccept(out _, out _));
        Assert.True(listening.Port.Decide(request.Id, isAccepted: true));
        var accepted = listening.Accept();
        Assert.Equal(request.Id, accepted.RequestId);
        Assert.Equal(request.Remote, accepted.Port.RemoteAddress);
        Assert.Equal(STATUS_SUCCESS, connect.Wait());
        Assert.Equal(client.Port.LocalAddress, request.Remote);
        Assert.Empty(listening.Dropped);
        accepted.Port.Close();
        client.Port.Close();
        listening.Socket.Close();
    });

    [ArmTheory]
    public void A_rejected_request_ends_in_a_reset(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var listening = Listen(world, isConditional: true);
        var client = world.NewSocket();
        var connect = client.BeginConnect(listening.Endpoint);
        var request = listening.WaitForRequest();
        Assert.True(listening.Port.Decide(request.Id, isAccepted: false));
        if (listening.Port.JudgesBeforeHandshake)
        {
            Assert.Equal(STATUS_CONNECTION_REFUSED, connect.Wait());
        }
        else
        {
            Assert.Equal(STATUS_SUCCESS, connect.Wait());
            Assert.Equal(STATUS_CONNECTION_RESET, client.Receive(new byte[1], out _));
        }
        Assert.Equal(STATUS_PENDING, listening.Port.TryAccept(out _, out _));
        Assert.Empty(listening.Dropped);
        client.Port.Close();
        listening.Socket.Close();
    });

    [ArmTheory]
    public void Dual_stack_listeners_tell_IPv4_mapped(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var listening = new ListeningSocket(world.Scheduler, world.Transport, "[::]:0", isV6Only: 0);
        var port = listening.Socket.LocalAddress.Port;
        foreach (var (family, endpoint) in new[] { (AF_INET, "127.0.0.1"), (AF_INET6, "[::1]") })
        {
            var client = new BlockingSocket(world.Scheduler, world.Transport, family);
            Assert.Equal(STATUS_SUCCESS, client.Connect($"{endpoint}:{port}"));
            var accepted = listening.Accept();
            Assert.Equal(family == AF_INET, accepted.Port.RemoteAddress.IsV4Mapped);
            Assert.Equal(AF_INET6, accepted.Port.LocalAddress.Family);
            Assert.Equal(client.Port.LocalAddress.Port, accepted.Port.RemoteAddress.Port);
            accepted.Port.Close();
            client.Port.Close();
        }
        listening.Socket.Close();
    });

    private static ListeningSocket Listen(ArmWorld world, bool isConditional = false) =>
        new(world.Scheduler, world.Transport, "127.0.0.1:0", isConditional: isConditional);
}
