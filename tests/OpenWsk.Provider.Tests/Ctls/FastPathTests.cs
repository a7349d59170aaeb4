// SIO_LOOPBACK_FAST_PATH: what it answers, when it may come, and which options it leaves. Rules CTLS-52..56.
// Our loopback is no faster for it; see OPEN-52.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class FastPathTests
{
    [ArmTheory]
    [Rule("CTLS-52")]
    [Rule("CTLS-53")]
    [Rule("OPEN-52")]
    [Rule("CTLS-54", Twin.Obeyed)]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void CTLS_52_it_is_off_and_can_be_turned_on_and_off(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(category);

            Assert.False(IsOn(client, socket));
            Assert.Equal(STATUS_SUCCESS, client.Ioctl(socket, SIO_LOOPBACK_FAST_PATH, [1]));
            Assert.True(IsOn(client, socket));
            Assert.Equal(STATUS_SUCCESS, client.Ioctl(socket, SIO_LOOPBACK_FAST_PATH, [0]));
            Assert.False(IsOn(client, socket));
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-53")]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET, 0, STATUS_INVALID_BUFFER_SIZE)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET, 1, STATUS_NOT_SUPPORTED)]
    [InlineData(WSK_FLAG_BASIC_SOCKET, 1, STATUS_NOT_SUPPORTED)]
    public void CTLS_53_it_fails_only_by_size_and_by_kind_of_socket(
        Arm arm, uint category, int size, NTSTATUS expected) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(category);

        Assert.Equal(expected, client.Ioctl(socket, SIO_LOOPBACK_FAST_PATH, new byte[size]));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("CTLS-53")]
    [Rule("CTLS-54", Twin.Violated)]
    public void CTLS_54_after_the_connection_it_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);

            Assert.Equal(STATUS_NOT_SUPPORTED, pair.Client.Ioctl(pair.Socket, SIO_LOOPBACK_FAST_PATH, [1]));
            Assert.Equal(["CTLS-54"], world.Breaches);
            Assert.False(IsOn(pair.Client, pair.Socket));
        });

    [ArmTheory]
    [Rule("CTLS-54", Twin.Violated)]
    [Rule("OPEN-65")]
    public void CTLS_54_a_call_above_passive_level_is_done_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            var input = client.Memory(1);
            GuestMemory.Write<byte>(input, 1);
            using var irp = client.Irp();
            world.AtIrql(Irql.Dispatch, () => client.Control(
                socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, SIO_LOOPBACK_FAST_PATH, 0, 1, input, 0, 0, 0, irp));

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(["CTLS-54"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-55")]
    public void CTLS_55_it_has_no_effect_over_another_path(Arm arm)
    {
        var plan = default(PlannedTransport);
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                using var listener = world.Listen();
                var socket = client.Socket();
                Assert.Equal(STATUS_SUCCESS, client.Ioctl(socket, SIO_LOOPBACK_FAST_PATH, [1]));
                client.Bind(socket, client.Any());
                client.ConnectTo(socket, client.Address(listener.Address));
                using var peer = listener.Accept();

                // The same connection, once as it is and once with a peer that is elsewhere.
                Assert.True(IsOn(client, socket));
                plan!.Remote = EndpointAddress.From(System.Net.IPAddress.Parse("192.0.2.7"), 80);
                Assert.False(IsOn(client, socket));
                client.Close(socket);
            },
            wrap: (inner, executive) => plan = new PlannedTransport(inner, executive)
            {
                OnSetOption = (_, _, _) => STATUS_SUCCESS,
            });
    }

    [ArmTheory]
    [Rule("CTLS-56")]
    [InlineData(SOL_SOCKET, SO_EXCLUSIVEADDRUSE, true)]
    [InlineData(SOL_SOCKET, SO_PORT_SCALABILITY, true)]
    [InlineData(SOL_SOCKET, SO_RCVBUF, true)]
    [InlineData(SOL_SOCKET, SO_REUSEADDR, true)]
    [InlineData(IPPROTO_IP, IP_TTL, true)]
    [InlineData(IPPROTO_IP, IP_UNICAST_IF, true)]
    [InlineData(IPPROTO_IPV6, IPV6_UNICAST_HOPS, true)]
    [InlineData(IPPROTO_IPV6, IPV6_UNICAST_IF, true)]
    [InlineData(IPPROTO_IPV6, IPV6_V6ONLY, true)]
    [InlineData(IPPROTO_TCP, TCP_BSDURGENT, true)]
    [InlineData(SOL_SOCKET, SO_KEEPALIVE, false)]
    [InlineData(SOL_SOCKET, SO_SNDBUF, false)]
    [InlineData(IPPROTO_IP, IP_TOS, false)]
    [InlineData(IPPROTO_TCP, TCP_NODELAY, false)]
    [InlineData(IPPROTO_TCP, TCP_KEEPALIVE, false)]
    [InlineData(IPPROTO_TCP, TCP_FASTOPEN, false)]
    [InlineData(SOL_SOCKET, 0x7777u, false)]
    public void CTLS_56_only_the_listed_options_are_left(Arm arm, uint level, uint option, bool isLeft) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                var socket = client.Open(
                    WSK_FLAG_STREAM_SOCKET, level == IPPROTO_IPV6 ? AF_INET6 : AF_INET);
                Assert.Equal(STATUS_SUCCESS, client.SetNumber(socket, option, 1, level));
                Assert.Equal(STATUS_SUCCESS, client.Ioctl(socket, SIO_LOOPBACK_FAST_PATH, [1]));

                Assert.Equal(
                    isLeft ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED,
                    client.SetNumber(socket, option, 1, level));
                client.Close(socket);
            },
            wrap: (inner, executive) => new PlannedTransport(inner, executive)
            {
                OnSetOption = (_, _, _) => STATUS_SUCCESS,
            });

    // SO_KEEPALIVE is not among the options of the fast path (CTLS-56).
    private static bool IsOn(TestClient client, nuint socket) =>
        client.GetOption(socket, SO_KEEPALIVE).Status == STATUS_NOT_SUPPORTED;
}
