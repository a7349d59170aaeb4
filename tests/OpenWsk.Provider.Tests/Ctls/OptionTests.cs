// The options of WSK's pages on every category of socket: who has them, what they hold at first, what a set
// and a get do and say. Rules CTLS-06..09, 17..19, 21, 23, 26, 33, 34. What sharing does: Sd/.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class OptionTests
{
    private const uint Listen = WSK_FLAG_LISTEN_SOCKET;
    private const uint Datagram = WSK_FLAG_DATAGRAM_SOCKET;
    private const uint Connection = WSK_FLAG_CONNECTION_SOCKET;
    private const uint Stream = WSK_FLAG_STREAM_SOCKET;
    private const uint Basic = WSK_FLAG_BASIC_SOCKET;

    [ArmTheory]
    [Rule("CTLS-17")]
    [Rule("CTLS-33")]
    [InlineData(Datagram)]
    public void CTLS_17_broadcast_is_off_and_can_be_turned_on(Arm arm, uint category) =>
        IsFlag(arm, category, SO_BROADCAST);

    [ArmTheory]
    [Rule("CTLS-19")]
    [Rule("CTLS-33")]
    [InlineData(Listen)]
    [InlineData(Datagram)]
    [InlineData(Connection)]
    [InlineData(Stream)]
    public void CTLS_19_exclusive_use_is_off_and_can_be_turned_on(Arm arm, uint category) =>
        IsFlag(arm, category, SO_EXCLUSIVEADDRUSE);

    [ArmTheory]
    [Rule("CTLS-21")]
    [Rule("CTLS-33")]
    [InlineData(Listen)]
    [InlineData(Datagram)]
    [InlineData(Connection)]
    [InlineData(Stream)]
    public void CTLS_21_reuse_is_off_and_can_be_turned_on(Arm arm, uint category) =>
        IsFlag(arm, category, SO_REUSEADDR);

    [ArmTheory]
    [Rule("CTLS-23")]
    [Rule("CTLS-33")]
    [Rule("OPEN-42")]
    [InlineData(Listen)]
    [InlineData(Connection)]
    [InlineData(Stream)]
    public void CTLS_23_keep_alive_is_off_and_can_be_turned_on(Arm arm, uint category) =>
        IsFlag(arm, category, SO_KEEPALIVE);

    [ArmTheory]
    [Rule("CTLS-26")]
    [Rule("CTLS-33")]
    [InlineData(Listen)]
    [InlineData(Datagram)]
    [InlineData(Connection)]
    [InlineData(Stream)]
    public void CTLS_26_the_receive_buffer_has_a_size_that_can_be_set(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(category);

            Assert.NotEqual(0u, client.GetNumber(socket, SO_RCVBUF));
            Assert.Equal(STATUS_SUCCESS, client.SetNumber(socket, SO_RCVBUF, 32_768));
            Assert.Equal(32_768u, client.GetNumber(socket, SO_RCVBUF));
            NeedsIrp(client, socket, SO_RCVBUF);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-34")]
    [Rule("OPEN-42")]
    [InlineData(Listen, SO_BROADCAST)]
    [InlineData(Connection, SO_BROADCAST)]
    [InlineData(Stream, SO_BROADCAST)]
    [InlineData(Datagram, SO_CONDITIONAL_ACCEPT)]
    [InlineData(Connection, SO_CONDITIONAL_ACCEPT)]
    [InlineData(Datagram, SO_KEEPALIVE)]
    [InlineData(Basic, SO_BROADCAST)]
    [InlineData(Basic, SO_CONDITIONAL_ACCEPT)]
    [InlineData(Basic, SO_EXCLUSIVEADDRUSE)]
    [InlineData(Basic, SO_KEEPALIVE)]
    [InlineData(Basic, SO_RCVBUF)]
    [InlineData(Basic, SO_REUSEADDR)]
    [InlineData(Basic, SO_WSK_SECURITY)]
    public void CTLS_34_an_option_of_another_category_fails(Arm arm, uint category, uint option) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(category);

            Assert.Equal(
                STATUS_INVALID_DEVICE_REQUEST, client.SetOption(socket, SOL_SOCKET, option, new byte[8]));
            Assert.Equal(
                STATUS_INVALID_DEVICE_REQUEST, client.GetOption(socket, option, SOL_SOCKET, 8).Status);
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-06")]
    public void CTLS_06_the_request_type_tells_set_get_and_control_apart(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            Assert.Equal(STATUS_SUCCESS, client.SetNumber(socket, SO_REUSEADDR, 1));
            Assert.Equal(1u, client.GetNumber(socket, SO_REUSEADDR));

            // As an I/O control the number of an option is none, and the other way round.
            Assert.Equal(STATUS_NOT_SUPPORTED, client.Ioctl(socket, SO_REUSEADDR, new byte[4]));
            Assert.Equal(STATUS_NOT_SUPPORTED, client.SetNumber(socket, SIO_LOOPBACK_FAST_PATH, 1));
            Assert.Equal(STATUS_SUCCESS, client.Ioctl(socket, SIO_LOOPBACK_FAST_PATH, [1]));
            Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => client.Control(
                socket, WSK_CONTROL_SOCKET_TYPE.WskControlMax, SO_REUSEADDR, SOL_SOCKET, 0, 0, 0, 0, 0,
                irp)));
            Assert.Equal(1u, client.GetNumber(socket, SO_REUSEADDR));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-07")]
    [Rule("CTLS-09")]
    [InlineData(SOL_SOCKET, 0x7777u)]
    [InlineData(IPPROTO_TCP, 0x7777u)]
    [InlineData(IPPROTO_IP, 0x7777u)]
    [InlineData(77u, 1u)]
    public void CTLS_09_an_unknown_option_goes_to_the_transport_with_its_level(Arm arm, uint level, uint name)
    {
        var seen = new List<(uint, uint, string)>();
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                var socket = client.Socket();

                Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, level, name, [1, 2, 3]));
                Assert.Equal([(level, name, "010203")], seen);
                Assert.Equal(STATUS_NOT_SUPPORTED, client.GetOption(socket, name, level).Status);
                Assert.Empty(world.Breaches);
                client.Close(socket);
            },
            wrap: (inner, executive) => new PlannedTransport(inner, executive)
            {
                OnSetOption = (l, n, value) =>
                {
                    seen.Add((l, n, Convert.ToHexString(value)));
                    return STATUS_SUCCESS;
                },
            });
    }

    [ArmTheory]
    [Rule("CTLS-07")]
    public void CTLS_07_an_option_is_another_one_at_another_level(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();

        // SO_REUSEADDR is 4, and so is IP_TTL.
        Assert.Equal(STATUS_SUCCESS, client.SetNumber(socket, IP_TTL, 9, IPPROTO_IP));
        Assert.Equal(9u, client.GetNumber(socket, IP_TTL, IPPROTO_IP));
        Assert.Equal(0u, client.GetNumber(socket, SO_REUSEADDR));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("CTLS-08")]
    [InlineData(0u)]
    [InlineData(SOL_SOCKET)]
    [InlineData(IPPROTO_TCP)]
    public void CTLS_08_the_level_of_an_io_control_does_not_matter(Arm arm, uint level) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();

            Assert.Equal(STATUS_SUCCESS, client.Ioctl(socket, SIO_LOOPBACK_FAST_PATH, [1], level));
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-09")]
    public void CTLS_09_an_unknown_io_control_goes_to_the_transport(Arm arm)
    {
        const uint code = 0xD8000001;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                var socket = client.Socket();
                var input = client.Memory(2);
                GuestMemory.Write(input, (ushort)0x0605);

                var (status, returned, output) = client.QueryInline(socket, code, 4, 2, input);
                Assert.Equal((STATUS_SUCCESS, 3ul), (status, returned));
                Assert.Equal([5, 6, 9, 0], GuestMemory.Span(output, 4).ToArray());
                Assert.Equal(STATUS_NOT_SUPPORTED, client.Ioctl(socket, code + 1));
                client.Close(socket);
            },
            wrap: (inner, executive) => new PlannedTransport(inner, executive)
            {
                OnIoControl = (seen, input) => seen == code ? [.. input, 9] : null,
            });
    }

    private static void IsFlag(Arm arm, uint category, uint option) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(category);

        Assert.Equal(0u, client.GetNumber(socket, option));
        foreach (var value in new[] { 1u, 0u, 1u })
        {
            Assert.Equal(STATUS_SUCCESS, client.SetNumber(socket, option, value));
            Assert.Equal(value, client.GetNumber(socket, option));
        }
        Assert.Equal(STATUS_INVALID_PARAMETER, client.SetOption(socket, SOL_SOCKET, option, new byte[3]));
        Assert.Equal(STATUS_BUFFER_TOO_SMALL, client.GetOption(socket, option, SOL_SOCKET, 3).Status);
        Assert.Empty(world.Breaches);
        NeedsIrp(client, socket, option);
        client.Close(socket);
    });

    private static void NeedsIrp(TestClient client, nuint socket, uint option)
    {
        var memory = client.Memory(8);
        Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, option, SOL_SOCKET, 4, memory, 0, 0, 0, 0));
        Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskGetOption, option, SOL_SOCKET, 0, 0, 4, memory, 0, 0));
        Assert.Equal(["CTLS-16", "CTLS-16"], client.World.Breaches);
    }
}
