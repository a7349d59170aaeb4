// Attaching to WSK through the Network Module Registrar. Rules: group NMR, and IRQL-16.
// What a socket does afterwards is the same as by registration and tested there.
using OpenWsk.Abi;
using OpenWsk.Contract;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests.Nmr;

public sealed class NmrTests
{
    [ArmTheory]
    [Rule("NMR-01")]
    [Rule("NMR-18")]
    [Rule("IRQL-16")]
    public void NMR_01_the_client_is_attached_straight_away_when_wsk_is_registered(Arm arm) =>
        Run(arm, (_, client) =>
        {
            Assert.Equal(STATUS_SUCCESS, client.RegisterClient());
            Assert.Equal(["attach"], client.Calls);
            Assert.Equal(Irql.Passive, client.AttachIrql);
            client.End();
        });

    [ArmTheory]
    [Rule("NMR-01")]
    public void NMR_01_the_client_is_attached_when_wsk_registers_later(Arm arm) =>
        Run(arm, (world, client) =>
        {
            Assert.Equal(STATUS_SUCCESS, client.RegisterClient());
            Assert.Empty(client.Calls);
            world.Provider.MakeReady();
            Assert.Equal(["attach"], client.Calls);
            client.End();
        }, new WskSettings { IsReadyAtStart = false });

    [ArmTheory]
    [Rule("NMR-02")]
    public void NMR_02_the_provider_instance_carries_the_characteristics(Arm arm) =>
        Run(arm, (_, client) =>
        {
            client.RegisterClient();
            var instance = client.ProviderInstance.Value;
            Assert.Equal(client.NpiId.Value, instance.NpiId.Value);
            var characteristics = GuestMemory.Read<WSK_PROVIDER_CHARACTERISTICS>(
                instance.NpiSpecificCharacteristics);
            Assert.Equal(0x0100, characteristics.LowestVersion);
            Assert.Equal(0x0100, characteristics.HighestVersion);
            client.End();
        });

    [ArmTheory]
    [Rule("NMR-03")]
    public void NMR_03_an_attachment_gives_the_client_object_and_the_dispatch_table(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.RegisterClient();
            var socket = Connect(world, client, out var functions);
            using var irp = new TestIrp(world.Executive);
            world.Call(functions.Basic.WskCloseSocket, socket, irp);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            client.End();
        });

    [ArmTheory]
    [Rule("NMR-04")]
    public void NMR_04_an_unsupported_version_may_be_tried_again_in_the_same_callback(Arm arm) =>
        Run(arm, (_, client) =>
        {
            client.OnAttachProvider = () =>
            {
                client.ClientDispatch.Value.Version = 0x0900;
                Assert.Equal(STATUS_NOINTERFACE, client.Attach());
                client.ClientDispatch.Value.Version = 0x0100;
                return client.Attach();
            };
            client.RegisterClient();
            Assert.False(client.Npi.Value.Client.IsNull);
            client.End();
        });

    [ArmTheory]
    [Rule("NMR-05", Twin.Obeyed)]
    public void NMR_05_obeyed_when_the_callback_returns_the_status_of_its_last_attach(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.OnAttachProvider = () => STATUS_NOINTERFACE;
            client.RegisterClient();
            client.End();
            Assert.DoesNotContain("NMR-05", world.Breaches);
        });

    [ArmTheory]
    [Rule("NMR-05", Twin.Violated)]
    public void NMR_05_violated_when_the_callback_says_success_without_attaching(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.OnAttachProvider = () => STATUS_SUCCESS;
            client.RegisterClient();
            Assert.Contains("NMR-05", world.Breaches);
            client.End();
        });

    [ArmTheory]
    [Rule("NMR-09", Twin.Obeyed)]
    public void NMR_09_obeyed_by_the_documented_characteristics(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.RegisterClient();
            client.End();
            Assert.DoesNotContain("NMR-09", world.Breaches);
        });

    [ArmTheory]
    [Rule("NMR-09", Twin.Violated)]
    public void NMR_09_violated_by_a_version_other_than_zero(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.Characteristics.Value.Version = 1;
            Assert.Equal(STATUS_SUCCESS, client.RegisterClient());
            Assert.Contains("NMR-09", world.Breaches);
            client.End();
        });

    [ArmTheory]
    [Rule("NMR-10")]
    public void NMR_10_detach_is_called_once_though_both_sides_deregister(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.DetachAnswer = STATUS_PENDING;
            client.RegisterClient();
            Assert.Equal(STATUS_PENDING, client.Deregister());
            world.Provider.Withdraw();
            client.CompleteDetach();
            Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
            Assert.Single(client.Calls, "detach");
        });

    [ArmTheory]
    [Rule("NMR-12", Twin.Violated)]
    public void NMR_12_violated_by_completing_a_detachment_that_is_not_pending(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.RegisterClient();
            client.End();
            client.CompleteDetach();
            Assert.Contains("NMR-12", world.Breaches);
        });

    [ArmTheory]
    [Rule("NMR-12", Twin.Obeyed)]
    [Rule("NMR-15")]
    public void NMR_15_cleanup_comes_after_both_sides_have_detached(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.DetachAnswer = STATUS_PENDING;
            client.RegisterClient();
            client.Deregister();
            Assert.Equal(["attach", "detach"], client.Calls);
            client.CompleteDetach();
            Assert.Equal(["attach", "detach", "cleanup"], client.Calls);
            Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
            Assert.DoesNotContain("NMR-12", world.Breaches);
        });

    [ArmTheory]
    [Rule("NMR-13")]
    public void NMR_13_wsk_holds_the_detachment_until_the_sockets_are_closed(Arm arm) =>
        Run(arm, (world, client) =>
        {
            client.RegisterClient();
            var socket = Connect(world, client, out var functions);
            Assert.Equal(STATUS_PENDING, client.Deregister());
            Assert.DoesNotContain("cleanup", client.Calls);
            using var irp = new TestIrp(world.Executive);
            world.Call(functions.Basic.WskCloseSocket, socket, irp);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
            Assert.Contains("cleanup", client.Calls);
        });

    [ArmTheory]
    [Rule("NMR-16")]
    [Rule("NMR-17")]
    public void NMR_17_waiting_needs_a_handle_that_is_deregistering(Arm arm) =>
        Run(arm, (_, client) =>
        {
            client.RegisterClient();
            Assert.Equal(STATUS_INVALID_PARAMETER, client.WaitForDeregister());
            client.End();
            Assert.Equal(STATUS_INVALID_PARAMETER, client.WaitForDeregister());
        });

    private static void Run(
        Arm arm, Action<ContractWorld, NmrTestClient> body, WskSettings? settings = null) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new NmrTestClient(world);
            body(world, client);
            Assert.Equal(0, world.Provider.Captures);
        }, settings);

    private static nuint Connect(
        ContractWorld world, NmrTestClient client, out WSK_PROVIDER_CONNECTION_DISPATCH functions)
    {
        using var listener = world.Listen();
        using var irp = new TestIrp(world.Executive);
        var memory = world.Executive.Heap.Allocate(64);
        EndpointAddress.Wildcard(AF_INET).Write(new GuestPtr<SOCKADDR>(memory));
        listener.Address.Write(new GuestPtr<SOCKADDR>(memory + 32));
        world.Call(
            client.Npi.Value.Dispatch.Value.WskSocketConnect, client.Npi.Value.Client.Address, SOCK_STREAM,
            IPPROTO_TCP,
            memory, memory + 32, 0, 0, 0, 0, 0, 0, irp);
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        world.Executive.Heap.Free(memory);
        functions = TestClient.Functions(irp.Information);
        return irp.Information;
    }
}
