// WskSocketConnect with arguments that it refuses before anything starts: each gives its status, by return
// and by IRP, leaves no socket, and the client's mistakes are reported. Failures of the network:
// SocketConnectFailureTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketConnectRefusalTests
{
    [ArmTheory]
    [Rule("SCONN-05")]
    [Rule("SCONN-28")]
    [Rule("SCONN-39")]
    [Rule("DIFF-18")]
    [Rule("OPEN-08")]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_UDP, STATUS_NOT_IMPLEMENTED)]
    [InlineData(AF_INET6, SOCK_DGRAM, IPPROTO_UDP, STATUS_NOT_IMPLEMENTED)]
    [InlineData(AF_INET, SOCK_RAW, 0u, STATUS_NOT_IMPLEMENTED)]
    [InlineData(AF_INET6, SOCK_RAW, 89u, STATUS_NOT_IMPLEMENTED)]
    [InlineData(AF_INET, SOCK_STREAM, 0u, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(AF_INET, SOCK_STREAM, IPPROTO_UDP, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_TCP, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(AF_INET, (ushort)77, 0u, STATUS_PROTOCOL_UNREACHABLE)]
    public void SCONN_05_combinations_without_connections_fail(
        Arm arm, ushort family, ushort type, uint protocol, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            var status = client.Run(irp => client.SocketConnect(
                irp, client.Any(family), client.Address(listener.Address), type, protocol));

            Assert.Equal(expected, status);
            Assert.Equal(0, world.Provider.OpenSockets);
        });

    [ArmTheory]
    [Rule("SCONN-13", Twin.Violated)]
    [Rule("OPEN-07")]
    [InlineData(1u)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(0x8000_0000u)]
    public void SCONN_13_reserved_flags_are_refused_and_reported(Arm arm, uint flags) =>
        RefusedWith(arm, "SCONN-13", STATUS_INVALID_PARAMETER, (client, irp, remote) =>
            client.SocketConnect(irp, client.Any(), remote, flags: flags));

    [ArmTheory]
    [Rule("SCONN-07", Twin.Violated)]
    public void SCONN_07_a_null_local_address_is_refused_and_reported(Arm arm) =>
        RefusedWith(arm, "SCONN-07", STATUS_INVALID_PARAMETER, (client, irp, remote) =>
            client.SocketConnect(irp, 0, remote));

    [ArmTheory]
    [Rule("SCONN-07", Twin.Violated)]
    [InlineData((ushort)0)]
    [InlineData((ushort)1)]
    [InlineData((ushort)17)]
    public void SCONN_07_a_local_address_of_no_known_family_is_refused_and_reported(Arm arm, ushort family) =>
        RefusedWith(arm, "SCONN-07", STATUS_PROTOCOL_UNREACHABLE, (client, irp, remote) =>
        {
            var local = client.Any();
            GuestMemory.Write((nuint)local, family);
            return client.SocketConnect(irp, local, remote);
        });

    [ArmTheory]
    [Rule("SCONN-08", Twin.Violated)]
    public void SCONN_08_a_null_remote_address_is_refused_and_reported(Arm arm) =>
        RefusedWith(arm, "SCONN-08", STATUS_INVALID_PARAMETER, (client, irp, _) =>
            client.SocketConnect(irp, client.Any(), 0));

    [ArmTheory]
    [Rule("SCONN-08", Twin.Violated)]
    [Rule("OPEN-09")]
    public void SCONN_08_addresses_of_two_families_are_refused_and_reported(Arm arm) =>
        RefusedWith(arm, "SCONN-08", STATUS_INVALID_PARAMETER, (client, irp, remote) =>
            client.SocketConnect(irp, client.Any(AF_INET6), remote));

    [ArmTheory]
    [Rule("SCONN-03", Twin.Violated)]
    [Rule("OPEN-04")]
    [Rule("OBS-03")]
    [InlineData(false)]
    [InlineData(true)]
    public void SCONN_03_a_client_that_was_not_captured_is_refused_and_reported(Arm arm, bool isNull) =>
        RefusedWith(arm, "SCONN-03", STATUS_INVALID_HANDLE, (client, irp, remote) => client.World.Call(
            client.Table.WskSocketConnect, isNull ? 0 : client.Registration.Address, SOCK_STREAM, IPPROTO_TCP,
            client.Any(), remote, 0, 0, 0, 0, 0, 0, irp));

    [ArmTheory]
    [Rule("SCONN-22", Twin.Violated)]
    public void SCONN_22_a_descriptor_that_is_not_cached_is_refused_and_reported(Arm arm) =>
        RefusedWith(arm, "SCONN-22", STATUS_INVALID_PARAMETER, (client, irp, remote) =>
            client.SocketConnect(
                irp, client.Any(), remote, descriptor: TestDescriptor.Write(client, [(true, "S-1-1-0")])));

    [ArmTheory]
    [Rule("SCONN-25", Twin.Violated)]
    [Rule("OPEN-03")]
    public void SCONN_25_a_call_without_irp_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var status = world.Call(
                client.Table.WskSocketConnect, client.Client, SOCK_STREAM, IPPROTO_TCP, client.Any(),
                client.Address(listener.Address), 0, 0, 0, 0, 0, 0, 0);

            Assert.Equal(STATUS_INVALID_PARAMETER, status);
            Assert.Equal(["SCONN-25"], world.Breaches);
            Assert.Equal(0, world.Provider.OpenSockets);
        });

    // The IRP completes inside the call, once, with what the call returns; nothing of a socket is left.
    private static void RefusedWith(
        Arm arm, string rule, NTSTATUS expected, Func<TestClient, TestIrp, ulong, NTSTATUS> call) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var irp = client.Irp();
            var returned = call(client, irp, client.Address(listener.Address));

            Assert.Equal(expected, returned);
            Assert.True(irp.IsCompleted);
            Assert.Equal((1, expected, (nuint)0), (irp.Completions, irp.Status, irp.Information));
            Assert.False(irp.PendingReturned);
            Assert.Equal([rule], world.Breaches);
            Assert.Equal(0, world.Provider.OpenSockets);
        });
}
