// WskSocketConnect that fails on the way: refused, unreachable, no answer, a local address in use. Nothing is
// left to close, and the local address is free again. Cancellation: SocketConnectCancelTests.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketConnectFailureTests
{
    private static readonly EndpointAddress s_loopback = EndpointAddress.From(IPAddress.Loopback, 0);

    [ArmTheory]
    [Rule("SCONN-32")]
    [Rule("SCONN-27")]
    [Rule("SCONN-30")]
    [Rule("SCONN-39")]
    [Rule("OPEN-12")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SCONN_32_a_refusal_ends_the_irp_with_its_status(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var irp = client.Irp();
            var remote = client.Address(world.ClosedPort(family));

            Assert.Equal(STATUS_PENDING, client.SocketConnect(irp, client.Any(family), remote));
            Assert.Equal(STATUS_CONNECTION_REFUSED, irp.Wait());
            Assert.Equal((1, true, (nuint)0), (irp.Completions, irp.PendingReturned, irp.Information));
            Assert.Equal(0, world.Provider.OpenSockets);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory(Arm.Sim)]
    [Rule("SCONN-32")]
    [Rule("SCONN-39")]
    [Rule("OPEN-12")]
    [InlineData("203.0.113.1", STATUS_NETWORK_UNREACHABLE)]
    [InlineData("203.0.113.2", STATUS_HOST_UNREACHABLE)]
    [InlineData("203.0.113.3", STATUS_IO_TIMEOUT)]
    [InlineData("2001:db8::1", STATUS_NETWORK_UNREACHABLE)]
    [InlineData("2001:db8::2", STATUS_HOST_UNREACHABLE)]
    [InlineData("2001:db8::3", STATUS_IO_TIMEOUT)]
    public void SCONN_32_what_cannot_be_reached_ends_the_irp_with_its_status(
        Arm arm, string address, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            foreach (var prefix in new[] { "203.0.113.", "2001:db8::" })
            {
                world.Network!.RemoveRoute(prefix + "1");
                world.Network.AnswerUnreachable(prefix + "2");
                world.Network.BlackHole(prefix + "3");
            }
            using var client = new TestClient(world);
            var remote = EndpointAddress.From(IPAddress.Parse(address), 80);
            var status = client.Run(irp =>
                client.SocketConnect(irp, client.Any(remote.Family), client.Address(remote)));

            Assert.Equal(expected, status);
            Assert.Equal(0, world.Provider.OpenSockets);
        });

    [ArmTheory]
    [Rule("SCONN-30")]
    public void SCONN_30_after_a_failure_the_local_address_is_free_again(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var local = client.FreePort(s_loopback);
            var closed = client.Address(world.ClosedPort());
            for (var i = 0; i < 2; i++)
            {
                Assert.Equal(
                    STATUS_CONNECTION_REFUSED,
                    client.Run(irp => client.SocketConnect(irp, client.Address(local), closed)));
                var socket = client.Socket();
                Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Address(local)));
                Assert.Equal(STATUS_SUCCESS, client.Close(socket));
            }
        });

    [ArmTheory]
    [Rule("SCONN-31")]
    [Rule("SCONN-30")]
    [Rule("DIFF-22")]
    [InlineData(0u, false, STATUS_ADDRESS_ALREADY_EXISTS)]
    [InlineData(SO_EXCLUSIVEADDRUSE, false, STATUS_ADDRESS_ALREADY_EXISTS)]
    [InlineData(SO_REUSEADDR, false, STATUS_ACCESS_DENIED)]
    [InlineData(SO_EXCLUSIVEADDRUSE, true, STATUS_ACCESS_DENIED)]
    [InlineData(0u, true, STATUS_ACCESS_DENIED)]
    public void SCONN_31_a_bind_conflict_has_the_status_of_a_bind(
        Arm arm, uint firstOption, bool isWildcard, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var first = client.Socket();
            if (firstOption != 0)
                Assert.Equal(STATUS_SUCCESS, client.SetOption(first, firstOption, 1));
            var bound = isWildcard ? EndpointAddress.Wildcard(AF_INET) : s_loopback;
            Assert.Equal(STATUS_SUCCESS, client.Bind(first, client.Address(bound)));
            var taken = client.Address(s_loopback.WithPort(client.BoundTo(first).Port));
            var second = client.Socket();

            Assert.Equal(expected, client.Bind(second, taken));
            Assert.Equal(
                expected, client.Run(irp => client.SocketConnect(irp, taken,
                client.Address(listener.Address))));
            Assert.Equal(2, world.Provider.OpenSockets);
            client.Close(second);
            client.Close(first);
        });

    [ArmTheory]
    [Rule("SCONN-31")]
    [Rule("OPEN-10")]
    [InlineData("198.51.100.7")]
    [InlineData("2001:db8::7")]
    public void SCONN_31_an_address_that_is_not_local_fails_as_in_a_bind(Arm arm, string address) =>
        ContractWorld.Run(arm, world =>
        {
            var local = EndpointAddress.From(IPAddress.Parse(address), 0);
            using var listener = world.Listen(local.Family);
            using var client = new TestClient(world);
            var socket = client.Socket(local.Family);

            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, client.Bind(socket, client.Address(local)));
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, client.Run(irp => client.SocketConnect(
                irp, client.Address(local), client.Address(listener.Address))));
            client.Close(socket);
        });
}
