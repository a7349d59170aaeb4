// WskSocketConnect's owning process and thread, and its security descriptor: who may share the local address,
// and how long the cached descriptor must live. Rules SCONN-19..24. The sharing table itself: Sd/.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketConnectSecurityTests
{
    private const string Alice = "S-1-5-21-1-1000";
    private const string Bob = "S-1-5-21-1-1001";
    private const ulong Process = 0x1000;
    private const ulong Thread = 0x2000;

    private static readonly EndpointAddress s_loopback = EndpointAddress.From(IPAddress.Loopback, 0);

    [ArmTheory]
    [Rule("SCONN-19")]
    [InlineData(Alice, STATUS_SUCCESS)]
    [InlineData(Bob, STATUS_ACCESS_DENIED)]
    public void SCONN_19_the_owning_process_decides_whether_a_used_address_is_shared(
        Arm arm, string owner, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            world.Provider.Security.SetProcess((nuint)Process, owner);
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var first = Guarded(client, out var taken, out var descriptor);

            Assert.Equal(expected, ConnectFrom(client, taken, listener.Address, process: Process));
            client.Close(first);
            client.ReleaseDescriptor(descriptor);
        });

    [ArmTheory]
    [Rule("SCONN-19")]
    public void SCONN_19_without_owning_process_the_current_one_decides(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var first = Guarded(client, out var taken, out var descriptor);

            Assert.Equal(STATUS_ACCESS_DENIED, ConnectFrom(client, taken, listener.Address));
            world.Provider.Security.System = new HashSet<string> { Alice };
            Assert.Equal(STATUS_SUCCESS, ConnectFrom(client, taken, listener.Address));
            client.Close(first);
            client.ReleaseDescriptor(descriptor);
        });

    [ArmTheory]
    [Rule("SCONN-20")]
    [InlineData(Bob, Alice, STATUS_SUCCESS)]
    [InlineData(Alice, Bob, STATUS_ACCESS_DENIED)]
    [InlineData(Alice, "", STATUS_SUCCESS)]
    public void SCONN_20_an_impersonating_owning_thread_decides(
        Arm arm, string process, string impersonated, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            world.Provider.Security.SetProcess((nuint)Process, process);
            world.Provider.Security.SetThread(
                (nuint)Thread, impersonated.Length == 0 ? [] : [impersonated]);
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var first = Guarded(client, out var taken, out var descriptor);

            Assert.Equal(expected, ConnectFrom(client, taken, listener.Address, Process, Thread));
            client.Close(first);
            client.ReleaseDescriptor(descriptor);
        });

    [ArmTheory]
    [Rule("SCONN-21")]
    [Rule("SCONN-23")]
    [Rule("SCONN-22", Twin.Obeyed)]
    [Rule("SCONN-24", Twin.Obeyed)]
    [Rule("OPEN-47")]
    [InlineData(true, STATUS_SUCCESS)]
    [InlineData(false, STATUS_ACCESS_DENIED)]
    public void SCONN_21_the_descriptor_rules_later_binders_and_none_refuses_them(
        Arm arm, bool hasDescriptor, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var everybody = client.CacheDescriptor((true, "S-1-1-0"));
            using var irp = client.Irp();
            // A port that connecting chooses may be one of another program's connections as well.
            var taken = world.FreePort();
            client.SocketConnect(
                irp, client.Address(EndpointAddress.Wildcard(AF_INET, taken.Port)),
                client.Address(listener.Address), descriptor: hasDescriptor ? everybody : 0);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            // Bound to the wildcard at first, so a specific address is the checked case of the table.
            var second = client.Socket();

            Assert.Equal(expected, client.Bind(second, client.Address(taken)));
            client.Close(second);
            client.Close(irp.Information);
            Assert.Equal(STATUS_SUCCESS, client.ReleaseDescriptor(everybody));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SCONN-24", Twin.Violated)]
    public void SCONN_24_releasing_the_descriptor_while_the_irp_is_pending_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var everybody = client.CacheDescriptor((true, "S-1-1-0"));
            using var irp = client.Irp();
            client.SocketConnect(irp, client.Any(), client.Address(world.Silent()), descriptor: everybody);

            client.ReleaseDescriptor(everybody);
            Assert.Equal(["SCONN-24"], world.Breaches);
            irp.Cancel();
            Assert.Equal(STATUS_CANCELLED, irp.Wait());
        });

    [ArmTheory]
    [Rule("SCONN-24", Twin.Obeyed)]
    public void SCONN_24_the_descriptor_may_go_from_the_completion_on(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var everybody = client.CacheDescriptor((true, "S-1-1-0"));
            using var irp = client.Irp();
            irp.OnCompletion = () => client.ReleaseDescriptor(everybody);
            client.SocketConnect(irp, client.Any(), client.Address(listener.Address), descriptor: everybody);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            client.Close(irp.Information);
            Assert.Empty(world.Breaches);
        });

    // A socket bound to the wildcard whose descriptor lets Alice share; the address is a specific one of its
    // port.
    private static nuint Guarded(TestClient client, out EndpointAddress taken, out ulong descriptor)
    {
        descriptor = client.CacheDescriptor((true, Alice));
        var socket = client.Socket(descriptor: descriptor);
        Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any()));
        taken = s_loopback.WithPort(client.BoundTo(socket).Port);
        return socket;
    }

    private static NTSTATUS ConnectFrom(
        TestClient client, EndpointAddress local, EndpointAddress remote, ulong process = 0, ulong thread = 0)
    {
        using var irp = client.Irp();
        client.SocketConnect(
            irp, client.Address(local), client.Address(remote), process: process, thread: thread);
        var status = irp.Wait();
        if (status == STATUS_SUCCESS)
            Assert.Equal(STATUS_SUCCESS, client.Close(irp.Information));
        return status;
    }
}
