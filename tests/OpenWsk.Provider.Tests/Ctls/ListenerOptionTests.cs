// Options of listening sockets and of both families: conditional accept, what accepted sockets inherit,
// IPV6_V6ONLY. Rules CTLS-18, 24, 27, 61. Inspecting connections: Inspect/.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ListenerOptionTests
{
    [ArmTheory]
    [Rule("CTLS-18")]
    [Rule("CTLS-33")]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void CTLS_18_conditional_accept_is_off_and_can_be_turned_on(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var events = new TestListenEvents(world.Executive);
            var table = events.Table;
            if (category == WSK_FLAG_STREAM_SOCKET)
            {
                table = client.Memory(16);
                GuestMemory.Write((nuint)table, events.Table);
            }
            var socket = client.Open(category, dispatch: table);

            Assert.Equal(0u, client.GetNumber(socket, SO_CONDITIONAL_ACCEPT));
            foreach (var value in new[] { 1u, 0u, 1u })
            {
                Assert.Equal(STATUS_SUCCESS, client.SetNumber(socket, SO_CONDITIONAL_ACCEPT, value));
                Assert.Equal(value, client.GetNumber(socket, SO_CONDITIONAL_ACCEPT));
            }
            Assert.Empty(world.Breaches);
            Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, client.Control(
                socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, SO_CONDITIONAL_ACCEPT, SOL_SOCKET, 4,
                client.Memory(4), 0, 0, 0, 0));
            Assert.Equal(["CTLS-16"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-24")]
    [InlineData(false)]
    [InlineData(true)]
    public void CTLS_24_keep_alive_of_the_listener_is_inherited_and_can_be_overridden(
        Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
            var client = listener.Client;
            listener.Connect();
            Assert.Equal(0u, client.GetNumber(listener.Accept(), SO_KEEPALIVE));
            Assert.Equal(STATUS_SUCCESS, client.SetNumber(listener.Socket, SO_KEEPALIVE, 1));
            listener.Connect();
            var accepted = listener.Accept();

            Assert.Equal(1u, client.GetNumber(accepted, SO_KEEPALIVE));
            Assert.Equal(STATUS_SUCCESS, client.SetNumber(accepted, SO_KEEPALIVE, 0));
            Assert.Equal(0u, client.GetNumber(accepted, SO_KEEPALIVE));
            Assert.Equal(1u, client.GetNumber(listener.Socket, SO_KEEPALIVE));
        });

    [ArmTheory]
    [Rule("CTLS-27")]
    [InlineData(false)]
    [InlineData(true)]
    public void CTLS_27_the_buffer_size_of_the_listener_is_inherited_and_can_be_overridden(
        Arm arm, bool isStream) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
        var client = listener.Client;
        Assert.Equal(STATUS_SUCCESS, client.SetNumber(listener.Socket, SO_RCVBUF, 40_000));
        listener.Connect();
        var accepted = listener.Accept();

        Assert.Equal(40_000u, client.GetNumber(accepted, SO_RCVBUF));
        Assert.Equal(STATUS_SUCCESS, client.SetNumber(accepted, SO_RCVBUF, 50_000));
        Assert.Equal(50_000u, client.GetNumber(accepted, SO_RCVBUF));
        Assert.Equal(40_000u, client.GetNumber(listener.Socket, SO_RCVBUF));
    });

    [ArmTheory]
    [Rule("CTLS-61")]
    [Rule("OPEN-45")]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void CTLS_61_v6_only_can_be_set_until_the_bind(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(category, AF_INET6);
            foreach (var value in new[] { 0u, 1u, 0u })
            {
                Assert.Equal(STATUS_SUCCESS, client.SetNumber(socket, IPV6_V6ONLY, value, IPPROTO_IPV6));
                Assert.Equal(value, client.GetNumber(socket, IPV6_V6ONLY, IPPROTO_IPV6));
            }
            Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any(AF_INET6)));
            Assert.Equal(
                STATUS_INVALID_DEVICE_STATE, client.SetNumber(socket, IPV6_V6ONLY, 1, IPPROTO_IPV6));
            Assert.Equal(0u, client.GetNumber(socket, IPV6_V6ONLY, IPPROTO_IPV6));
            client.Close(socket);
        });
}
