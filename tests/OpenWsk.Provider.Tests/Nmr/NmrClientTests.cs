// What a client of the Network Module Registrar owes. Rules NMR-06..08, NMR-11, NMR-14. What the registrar
// does: NmrTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests.Nmr;

public sealed class NmrClientTests
{
    [ArmTheory]
    [Rule("NMR-06", Twin.Violated)]
    public void NMR_06_keeping_memory_after_a_failed_attachment_is_reported(Arm arm) =>
        Declines(arm, frees: false, "NMR-06");

    [ArmTheory]
    [Rule("NMR-06", Twin.Obeyed)]
    public void NMR_06_freeing_it_is_fine(Arm arm) => Declines(arm, frees: true);

    [ArmTheory]
    [Rule("NMR-07", Twin.Violated)]
    public void NMR_07_a_binding_handle_that_was_not_kept_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new NmrTestClient(world) { DetachAnswer = STATUS_PENDING };
            client.RegisterClient();
            client.Deregister();
            world.Call(Libraries.Netio, "NmrClientDetachProviderComplete", client.Handle);
            Assert.Equal(["NMR-07"], world.Breaches);
            client.CompleteDetach();
            Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
        });

    [ArmTheory]
    [Rule("NMR-07", Twin.Obeyed)]
    [Rule("NMR-11", Twin.Obeyed)]
    [Rule("NMR-14", Twin.Obeyed)]
    public void NMR_07_the_kept_handles_and_pointers_are_used(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new NmrTestClient(world) { DetachAnswer = STATUS_PENDING };
        client.RegisterClient();
        Assert.Equal(STATUS_BUFFER_OVERFLOW, Ask(world, client));
        client.Deregister();
        client.CompleteDetach();
        Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("NMR-08", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void NMR_08_freeing_what_describes_a_registered_client_is_reported(Arm arm, bool isIdentifier) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new NmrTestClient(world);
            var block = new PagedBlock(world, isPaged: false);
            ref var instance = ref client.Characteristics.Value.ClientRegistrationInstance;
            if (isIdentifier)
            {
                GuestMemory.Write(block.Address, client.NpiId.Value);
                instance.NpiId = new(block.Address);
            }
            else
            {
                instance.ModuleId = new(block.Address);
            }
            client.RegisterClient();
            block.Dispose();
            Assert.Equal(["NMR-08"], world.Breaches);
            client.End();
        });

    [ArmTheory]
    [Rule("NMR-08", Twin.Obeyed)]
    public void NMR_08_freeing_it_after_the_deregistration_is_fine(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new NmrTestClient(world);
        var block = new PagedBlock(world, isPaged: false);
        client.Characteristics.Value.ClientRegistrationInstance.ModuleId = new(block.Address);
        client.RegisterClient();
        client.End();
        block.Dispose();
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("NMR-11", Twin.Violated)]
    public void NMR_11_detaching_while_a_call_runs_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new NmrTestClient(world);
        client.RegisterClient();
        var isIn = false;
        world.Watch = e =>
        {
            // From inside the call, as another thread would do it meanwhile.
            if (isIn || e.Kind != KernelEventKind.Breach)
                return;
            isIn = true;
            client.Deregister();
        };
        // A missing IRP is reported from inside the call.
        world.Call(
            client.Npi.Value.Dispatch.Value.WskControlClient, client.Npi.Value.Client.Address,
            WSK_TRANSPORT_LIST_CHANGE, 0, 0, 0, 0, 0, 0);
        world.Watch = null;
        Assert.Equal(["CTLC-16", "NMR-11"], world.Breaches);
        Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
    });

    [ArmTheory]
    [Rule("NMR-14", Twin.Violated)]
    public void NMR_14_a_call_after_the_detachment_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new NmrTestClient(world) { DetachAnswer = STATUS_PENDING };
        client.RegisterClient();
        using var irp = new TestIrp(world.Executive);
        world.Call(
            client.Npi.Value.Dispatch.Value.WskSocket, client.Npi.Value.Client.Address, AF_INET, SOCK_STREAM,
            IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, 0, 0, 0, 0, 0, irp);
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        var socket = irp.Information;
        client.Deregister();

        Assert.Equal(STATUS_INVALID_HANDLE, Ask(world, client));
        Assert.Equal(["NMR-14"], world.Breaches);
        irp.Reuse();
        world.Call(TestClient.Functions(socket).Basic.WskCloseSocket, socket, irp);
        irp.Wait();
        client.CompleteDetach();
        Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
    });

    private static void Declines(Arm arm, bool frees, params string[] expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new NmrTestClient(world);
            var block = default(PagedBlock);
            client.OnAttachProvider = () =>
            {
                block = new PagedBlock(world, isPaged: false);
                if (frees)
                    block.Dispose();
                return STATUS_NOINTERFACE;
            };
            client.RegisterClient();
            Assert.Equal(expected, world.Breaches);
            if (!frees)
                block!.Dispose();
            client.End();
        });

    private static NTSTATUS Ask(ContractWorld world, NmrTestClient client)
    {
        var returned = world.Executive.Heap.Allocate(8);
        var status = world.Call(
            client.Npi.Value.Dispatch.Value.WskControlClient, client.Npi.Value.Client.Address,
            WSK_TRANSPORT_LIST_QUERY, 0, 0, 0, 0, returned, 0);
        world.Executive.Heap.Free(returned);
        return status;
    }
}
