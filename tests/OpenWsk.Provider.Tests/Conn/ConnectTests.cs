// WskConnect and WskConnectEx on a bound connection-oriented socket. Rules CONN-01..07, 09..15, 17, 19, 22,
// 23. The same in one call: Sconn/.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ConnectTests
{
    private static WskSettings Inline => new() { Completion = CompletionMode.Inline };

    [ArmTheory]
    [Rule("CONN-01")]
    [Rule("IRP-22")]
    public void CONN_01_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = Bound(client);
            using var irp = client.Irp();

            Assert.Equal(STATUS_SUCCESS, Connect(client, socket, client.Address(listener.Address), irp));
            Assert.Equal((1, STATUS_SUCCESS, false), (irp.Completions, irp.Status, irp.PendingReturned));
            client.Close(socket);
        },
        Inline,
        (transport, executive) => new EagerTransport(transport, executive));

    [ArmTheory]
    [Rule("CONN-02")]
    [Rule("CONN-09")]
    [Rule("CONN-05", Twin.Obeyed)]
    [Rule("CONN-06", Twin.Obeyed)]
    [Rule("CONN-07", Twin.Obeyed)]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void CONN_02_a_pended_connect_ends_through_the_irp_and_data_flows(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            var socket = Bound(client, family);
            using var irp = client.Irp();
            Assert.Equal(STATUS_PENDING, Connect(client, socket, client.Address(listener.Address), irp));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, true), (irp.Completions, irp.PendingReturned));
            using var peer = listener.Accept();

            client.Send(socket, "ping"u8);
            Assert.Equal("ping"u8.ToArray(), peer.Receive(4));
            peer.Send("pong"u8);
            Assert.Equal("pong"u8.ToArray(), client.Receive(socket, 9).Data);
            peer.ShutdownSend();
            Assert.Equal(STATUS_SUCCESS, client.Disconnect(socket));
            client.Close(socket);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("CONN-04")]
    [Rule("CONN-05", Twin.Violated)]
    [Rule("OBS-14")]
    [Rule("OPEN-05")]
    public void CONN_05_an_unbound_socket_is_refused_and_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        var socket = client.Socket();

        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.ConnectTo(socket, client.Address(listener.Address)));
        Assert.Equal(["CONN-05"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("CONN-06", Twin.Violated)]
    [Rule("OPEN-09")]
    [InlineData(false)]
    [InlineData(true)]
    public void CONN_06_an_address_of_another_family_is_refused_and_reported(Arm arm, bool isNull) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(AF_INET6);
            using var client = new TestClient(world);
            var socket = Bound(client);

            Assert.Equal(
                STATUS_INVALID_PARAMETER,
                client.ConnectTo(socket, isNull ? 0 : client.Address(listener.Address)));
            Assert.Equal(["CONN-06"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CONN-07", Twin.Violated)]
    [Rule("OPEN-07")]
    public void CONN_07_reserved_flags_are_refused_and_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        var socket = Bound(client);
        var status = client.Run(irp => world.Call(
            TestClient.Functions(socket).WskConnect, socket, client.Address(listener.Address), 2, irp));

        Assert.Equal(STATUS_INVALID_PARAMETER, status);
        Assert.Equal(["CONN-07"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("CONN-10")]
    [Rule("CONN-13")]
    [Rule("CONN-15")]
    [Rule("CONN-19")]
    [Rule("CONN-17", Twin.Obeyed)]
    [InlineData(1)]
    [InlineData(65535)]
    public void CONN_10_connect_ex_sends_its_buffer(Arm arm, int length) => ContractWorld.Run(arm, world =>
    {
        var data = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
        using var listener = world.Listen();
        using var client = new TestClient(world);
        var socket = Bound(client);
        var buffer = new TestBuffer(world.Executive, data);
        using var irp = client.Irp();
        ConnectEx(client, socket, client.Address(listener.Address), buffer, 0, irp);
        using var peer = listener.Accept();
        var received = peer.Receive(length);

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        // The MDL may go now; nothing of it is needed any more.
        buffer.Dispose();
        Assert.Equal(data, received);
        client.Send(socket, "next"u8);
        Assert.Equal("next"u8.ToArray(), peer.Receive(4));
        client.Close(socket);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CONN-11")]
    public void CONN_11_connect_ex_without_buffer_only_connects(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        var socket = Bound(client);

        Assert.Equal(STATUS_SUCCESS, client.Run(irp =>
            ConnectEx(client, socket, client.Address(listener.Address), 0, 0, irp)));
        using var peer = listener.Accept();
        peer.ShutdownSend();
        Assert.Equal(STATUS_SUCCESS, client.Disconnect(socket));
        Assert.True(peer.ReadsEnd());
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("CONN-12")]
    [Rule("CONN-14")]
    [InlineData(65536, 0u, STATUS_BUFFER_OVERFLOW)]
    [InlineData(1, 1u, STATUS_INVALID_PARAMETER)]
    [InlineData(0, 0x8000_0000u, STATUS_INVALID_PARAMETER)]
    public void CONN_12_connect_ex_refuses_long_buffers_and_flags(
        Arm arm, int length, uint flags, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = Bound(client);
            using var buffer = new TestBuffer(world.Executive, new byte[Math.Max(length, 1)]);

            Assert.Equal(expected, client.Run(irp => ConnectEx(
                client, socket, client.Address(listener.Address), length == 0 ? 0 : (ulong)buffer, flags,
                irp)));
            Assert.Equal(STATUS_SUCCESS, client.ConnectTo(socket, client.Address(listener.Address)));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CONN-17", Twin.Violated)]
    public void CONN_17_connect_ex_on_an_unbound_socket_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = client.Socket();

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Run(irp =>
                ConnectEx(client, socket, client.Address(listener.Address), 0, 0, irp)));
            Assert.Equal(["CONN-17"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CONN-22")]
    public void CONN_22_a_cancelled_connect_ends_and_can_be_tried_again(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = Bound(client);
            using (var irp = client.Irp())
            {
                Assert.Equal(STATUS_PENDING, Connect(client, socket, client.Address(world.Silent()), irp));
                Assert.True(irp.Cancel());
                Assert.Equal(STATUS_CANCELLED, irp.Wait());
                Assert.Equal((1, (nuint)0), (irp.Completions, irp.Information));
            }
            Assert.Equal(STATUS_SUCCESS, client.ConnectTo(socket, client.Address(listener.Address)));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CONN-23")]
    [Rule("CONN-04")]
    public void CONN_23_a_refused_connect_says_so_and_can_be_tried_again(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = Bound(client);

            Assert.Equal(
                STATUS_CONNECTION_REFUSED, client.ConnectTo(socket, client.Address(world.ClosedPort())));
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.RemoteAddress(socket).Status);
            Assert.Equal(STATUS_SUCCESS, client.ConnectTo(socket, client.Address(listener.Address)));
            client.Close(socket);
        });

    [ArmTheory(Arm.Sim)]
    [Rule("CONN-23")]
    public void CONN_23_no_answer_in_time_is_a_timeout(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = Bound(client);

        Assert.Equal(STATUS_IO_TIMEOUT, client.ConnectTo(socket, client.Address(world.Silent())));
        client.Close(socket);
    });

    private static nuint Bound(TestClient client, ushort family = AF_INET)
    {
        var socket = client.Socket(family);
        Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any(family)));
        return socket;
    }

    private static NTSTATUS Connect(TestClient client, nuint socket, ulong remote, ulong irp) =>
        client.World.Call(TestClient.Functions(socket).WskConnect, socket, remote, 0, irp);

    private static NTSTATUS ConnectEx(
        TestClient client, nuint socket, ulong remote, ulong buffer, uint flags, ulong irp) =>
        client.World.Call(TestClient.Functions(socket).WskConnectEx, socket, remote, buffer, flags, irp);
}
