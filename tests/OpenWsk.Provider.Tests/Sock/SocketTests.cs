// WskSocket for connection-oriented sockets: categories, combinations, context and table. Rules SOCK-01..41
// as far as they concern that category; descriptors and contexts: Sd/. The other categories come with their
// groups.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketTests
{
    [ArmTheory]
    [Rule("SOCK-01")]
    [Rule("SOCK-02")]
    [Rule("SOCK-09")]
    [Rule("SOCK-17")]
    [Rule("SOCK-27")]
    [Rule("SOCK-38")]
    [Rule("SOCK-11", Twin.Obeyed)]
    [Rule("SOCK-37", Twin.Obeyed)]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SOCK_01_a_connection_socket_comes_through_the_irp_with_its_table(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            using var irp = client.Irp();

            Assert.Equal(STATUS_PENDING, Socket(client, irp, family: family));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, true), (irp.Completions, irp.PendingReturned));
            var other = client.Connect(listener.Address);
            var table = new GuestPtr<WSK_SOCKET>(irp.Information).Value.Dispatch;
            Assert.Equal(new GuestPtr<WSK_SOCKET>(other).Value.Dispatch, table);
            client.Close(other);
            Assert.Equal(table, new GuestPtr<WSK_SOCKET>(irp.Information).Value.Dispatch);
            client.Close(irp.Information);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SOCK-03")]
    [Rule("SOCK-04")]
    [Rule("SOCK-17")]
    [Rule("SOCK-41")]
    [Rule("OPEN-08")]
    [InlineData(AF_INET, SOCK_STREAM, 0u, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(AF_INET6, SOCK_STREAM, 0u, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(AF_INET, SOCK_STREAM, IPPROTO_UDP, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_TCP, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData((ushort)99, SOCK_STREAM, IPPROTO_TCP, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData((ushort)0, SOCK_STREAM, IPPROTO_TCP, STATUS_PROTOCOL_UNREACHABLE)]
    public void SOCK_03_a_combination_without_transport_fails_and_leaves_nothing(
        Arm arm, ushort family, ushort type, uint protocol, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var irp = client.Irp();

            Assert.Equal(expected, Socket(client, irp, family, type, protocol));
            Assert.Equal((1, expected, (nuint)0), (irp.Completions, irp.Status, irp.Information));
            Assert.Equal(0, world.Provider.OpenSockets);
        });

    [ArmTheory]
    [Rule("SOCK-11", Twin.Violated)]
    [Rule("OPEN-07")]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET | WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET | WSK_FLAG_STREAM_SOCKET | WSK_FLAG_DATAGRAM_SOCKET)]
    public void SOCK_11_two_categories_are_refused_and_reported(Arm arm, uint flags) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);

            Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => Socket(client, irp, flags: flags)));
            Assert.Equal(["SOCK-11"], world.Breaches);
        });

    [ArmTheory]
    [Rule("OPEN-04")]
    [Rule("OBS-03")]
    public void OPEN_04_a_null_client_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var status = client.Run(irp => world.Call(
            client.Table.WskSocket, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET,
            0, 0, 0, 0, 0, irp));

        Assert.Equal(STATUS_INVALID_HANDLE, status);
    });

    [ArmTheory]
    [Rule("SOCK-21")]
    [Rule("SOCK-22")]
    [Rule("SOCK-23", Twin.Obeyed)]
    [Rule("SOCK-26", Twin.Obeyed)]
    public void SOCK_22_the_context_comes_back_once_callbacks_are_enabled(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            const ulong context = 0xFFFF_B000_0000_0008;
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var events = new TestEvents(world.Executive);
            using var irp = client.Irp();
            Socket(client, irp, context: context, dispatch: events.Table);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            var socket = irp.Information;
            client.Bind(socket, client.Any());
            client.ConnectTo(socket, client.Address(listener.Address));
            using var peer = listener.Accept();
            peer.Send("ab"u8);
            Assert.Equal("a"u8.ToArray(), client.Receive(socket, 1).Data);
            Assert.Empty(events.Receives);
            client.SetEvents(socket, WSK_EVENT_RECEIVE);
            events.WaitForBytes(1);

            Assert.Equal("b"u8.ToArray(), events.Shown);
            Assert.Equal(context, events.Receives[0].Context);
            client.Close(socket);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SOCK-23", Twin.Violated)]
    public void SOCK_23_a_context_in_paged_pool_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var routines = world.Executive.Routines;
        var context = routines.Get(Kernel.Libraries.Ntoskrnl, "ExAllocatePool2")
            .Invoke(world.Executive, [0x100, 64, 0x74736554]);
        using var irp = client.Irp();
        Socket(client, irp, context: context);
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        client.Close(irp.Information);
        routines.Get(Kernel.Libraries.Ntoskrnl, "ExFreePoolWithTag").Invoke(world.Executive, [context, 0]);

        Assert.Equal(["SOCK-23"], world.Breaches);
    });

    [ArmTheory]
    [Rule("SOCK-26", Twin.Violated)]
    public void SOCK_26_a_table_of_no_code_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var table = client.Memory(24);
        GuestMemory.Write(table + 8, 0x1234ul);
        using var irp = client.Irp();
        Socket(client, irp, dispatch: table);
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        client.Close(irp.Information);

        Assert.Equal(["SOCK-26"], world.Breaches);
    });

    private static NTSTATUS Socket(
        TestClient client,
        ulong irp,
        ushort family = AF_INET,
        ushort type = SOCK_STREAM,
        uint protocol = IPPROTO_TCP,
        uint flags = WSK_FLAG_CONNECTION_SOCKET,
        ulong context = 0,
        ulong dispatch = 0) =>
        client.World.Call(
            client.Table.WskSocket, client.Client, family, type, protocol, flags, context, dispatch, 0, 0, 0,
            irp);
}
