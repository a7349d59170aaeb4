// WskBind and the two address getters on connection-oriented sockets. Rules BIND-01..06, 12..14, ADDR-01..10.
// Sharing of addresses: Sd/. Listening, datagram and stream sockets come with their own groups.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class BindTests
{
    private static WskSettings Inline => new() { Completion = CompletionMode.Inline };

    [ArmTheory]
    [Rule("BIND-01")]
    [Rule("IRP-22")]
    public void BIND_01_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_SUCCESS, world.Call(TestClient.Functions(socket).WskBind, socket, client.Any(), 0,
                irp));
            Assert.Equal((1, STATUS_SUCCESS, false), (irp.Completions, irp.Status, irp.PendingReturned));
            client.Close(socket);
        },
        Inline);

    [ArmTheory]
    [Rule("BIND-02")]
    [Rule("BIND-05", Twin.Obeyed)]
    [Rule("BIND-06", Twin.Obeyed)]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void BIND_02_a_pended_bind_ends_through_the_irp(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket(family);
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_PENDING,
                world.Call(TestClient.Functions(socket).WskBind, socket, client.Any(family), 0, irp));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, true), (irp.Completions, irp.PendingReturned));
            client.Close(socket);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("BIND-03")]
    [Rule("BIND-05", Twin.Violated)]
    [Rule("OPEN-09")]
    [InlineData(true)]
    [InlineData(false)]
    public void BIND_05_an_address_of_another_family_is_refused_and_reported(Arm arm, bool isNull) =>
        Refused(arm, "BIND-05", STATUS_INVALID_PARAMETER, (client, socket, irp) => client.World.Call(
            TestClient.Functions(socket).WskBind, socket, isNull ? 0 : client.Any(AF_INET6), 0, irp));

    [ArmTheory]
    [Rule("BIND-03")]
    [Rule("BIND-06", Twin.Violated)]
    [Rule("OPEN-07")]
    public void BIND_06_reserved_flags_are_refused_and_reported(Arm arm) =>
        Refused(arm, "BIND-06", STATUS_INVALID_PARAMETER, (client, socket, irp) => client.World.Call(
            TestClient.Functions(socket).WskBind, socket, client.Any(), 1, irp));

    [ArmTheory]
    [Rule("BIND-03")]
    [Rule("OPEN-05")]
    public void BIND_03_a_second_bind_fails(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();
        Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any()));

        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Bind(socket, client.Any()));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("BIND-12")]
    public void BIND_12_a_bound_socket_neither_listens_nor_connects(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            client.Bind(socket, client.Address(Loopback(AF_INET)));
            var bound = client.BoundTo(socket);

            Assert.Equal(
                STATUS_CONNECTION_REFUSED,
                client.Run(irp => client.SocketConnect(irp, client.Any(), client.Address(bound))));
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.RemoteAddress(socket).Status);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("BIND-13")]
    [Rule("BIND-14")]
    [Rule("ADDR-01")]
    [Rule("ADDR-08")]
    [Rule("ADDR-09")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void BIND_13_the_port_comes_with_the_bind_and_the_address_with_the_connection(
        Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            var socket = client.Socket(family);
            client.Bind(socket, client.Any(family));
            var bound = client.BoundTo(socket);

            Assert.True(bound.IsWildcard);
            Assert.NotEqual(0, bound.Port);
            Assert.Equal(STATUS_SUCCESS, client.ConnectTo(socket, client.Address(listener.Address)));
            using var peer = listener.Accept();
            Assert.Equal(Loopback(family).WithPort(bound.Port), client.BoundTo(socket));
            Assert.Equal(client.BoundTo(socket), peer.RemoteAddress);
            Assert.Equal((STATUS_SUCCESS, listener.Address), client.RemoteAddress(socket));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("ADDR-02")]
    [Rule("ADDR-10")]
    public void ADDR_02_addresses_before_bind_and_connection_are_refused(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.LocalAddress(socket).Status);
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.RemoteAddress(socket).Status);
            client.Bind(socket, client.Any());

            Assert.Equal(STATUS_SUCCESS, client.LocalAddress(socket).Status);
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.RemoteAddress(socket).Status);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("ADDR-04")]
    [Rule("ADDR-01")]
    public void ADDR_04_a_pended_getter_writes_one_sockaddr_and_no_more(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            client.Bind(socket, client.Address(Loopback(AF_INET)));
            var memory = client.Memory(32);
            GuestMemory.Span(memory, 32).Fill(0xEE);
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_PENDING, world.Call(TestClient.Functions(socket).WskGetLocalAddress, socket, memory,
                irp));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(AF_INET, GuestMemory.Read<ushort>(memory));
            Assert.All(GuestMemory.Span(memory + 16, 16).ToArray(), b => Assert.Equal(0xEE, b));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("ADDR-05", Twin.Obeyed)]
    [Rule("ADDR-12", Twin.Obeyed)]
    public void ADDR_05_addresses_in_non_paged_pool_are_right(Arm arm) => AsksInto(arm, 0x40, []);

    [ArmTheory]
    [Rule("ADDR-05", Twin.Violated)]
    [Rule("ADDR-12", Twin.Violated)]
    public void ADDR_05_addresses_in_paged_pool_are_reported(Arm arm) =>
        AsksInto(arm, 0x100, ["ADDR-05", "ADDR-12"]);

    private static void AsksInto(Arm arm, ulong poolFlags, string[] breaches) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var routines = world.Executive.Routines;
            var memory = routines.Get(Kernel.Libraries.Ntoskrnl, "ExAllocatePool2")
                .Invoke(world.Executive, [poolFlags, 32, 0x74736554]);
            var functions = TestClient.Functions(pair.Socket);
            foreach (var function in new[] { functions.WskGetLocalAddress, functions.WskGetRemoteAddress })
            {
                Assert.Equal(
                    STATUS_SUCCESS, pair.Client.Run(irp => world.Call(function, pair.Socket, memory, irp)));
            }
            routines.Get(Kernel.Libraries.Ntoskrnl, "ExFreePoolWithTag").Invoke(world.Executive, [memory, 0]);
            Assert.Equal(breaches, world.Breaches);
        });

    private static void Refused(
        Arm arm, string rule, NTSTATUS expected, Func<TestClient, nuint, TestIrp, NTSTATUS> call) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();

            Assert.Equal(expected, client.Run(irp => call(client, socket, irp)));
            Assert.Equal([rule], world.Breaches);
            // Still unbound: a right bind works.
            Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any()));
            client.Close(socket);
        });

    private static EndpointAddress Loopback(ushort family) =>
        EndpointAddress.From(family == AF_INET ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0);
}
