// What the owner of an IRP has to see to: its completion routine, room for one more location, and that the
// end may come before the call returns. Rules IRP-05, 06, 11, 24. How IRPs end: IrpTests.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class IrpOwnerTests
{
    [ArmTheory]
    [Rule("IRP-06", Twin.Obeyed)]
    [Rule("IRP-11", Twin.Obeyed)]
    public void IRP_06_a_routine_for_all_three_outcomes_is_right(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, "x"u8);

        Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Send(buffer, irp)));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("IRP-06", Twin.Violated)]
    [InlineData(SL_INVOKE_ON_SUCCESS)]
    [InlineData(SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR)]
    [InlineData(SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_CANCEL)]
    public void IRP_06_a_routine_for_some_outcomes_is_reported(Arm arm, byte control) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            using var irp = pair.Client.Irp();
            irp.Irp.Value.CurrentStackLocation.At(-1).Value.Control = control;
            pair.Send(buffer, irp);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(["IRP-06"], world.Breaches);
        });

    [ArmTheory]
    [Rule("IRP-05", Twin.Obeyed)]
    [Rule("IRP-12")]
    public void IRP_05_an_irp_from_above_with_a_location_left_is_used(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "down"u8);
            using var irp = new TestIrp(world.Executive, locations: 2);

            var returned = CallDriver(pair.Client, irp, passed => pair.Send(buffer, passed));
            Assert.Equal((STATUS_PENDING, STATUS_SUCCESS), (returned, irp.Wait()));
            Assert.Equal((1, (nuint)4, true), (irp.Completions, irp.Information, irp.PendingReturned));
            Assert.Equal("down"u8.ToArray(), pair.Peer.Receive(4));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("IRP-05", Twin.Violated)]
    public void IRP_05_an_irp_from_above_without_a_location_left_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "down"u8);
            using var irp = pair.Client.Irp();
            var refused = STATUS_SUCCESS;

            CallDriver(pair.Client, irp, passed =>
            {
                refused = pair.Send(buffer, passed);
                // It was not touched, so completing it is still this driver's.
                world.Call(Libraries.Ntoskrnl, "IofCompleteRequest", passed, 0);
                return refused;
            });
            Assert.Equal(STATUS_INVALID_PARAMETER, refused);
            Assert.Equal(1, irp.Completions);
            Assert.Equal(["IRP-05"], world.Breaches);
        });

    [ArmTheory]
    [Rule("IRP-24")]
    public void IRP_24_a_pended_irp_may_be_completed_before_its_call_returns(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            using var irp = pair.Client.Irp();
            var seen = STATUS_PENDING;
            // The call has done its work and is about to return: it is held until the IRP is completed.
            world.Watch = e =>
            {
                if (e.Kind == KernelEventKind.Return && e.Routine is Routine { Name: "WskSend" })
                    seen = irp.Wait();
            };
            var returned = pair.Send(buffer, irp);
            world.Watch = null;

            Assert.Equal((STATUS_PENDING, STATUS_SUCCESS), (returned, seen));
            Assert.Equal((1, (nuint)1, true), (irp.Completions, irp.Information, irp.PendingReturned));
        });

    // IoCallDriver to a device whose only dispatch routine is given, as a higher driver calls it.
    private static NTSTATUS CallDriver(TestClient client, TestIrp irp, Func<ulong, NTSTATUS> dispatch)
    {
        var world = client.World;
        var driver = new GuestPtr<DRIVER_OBJECT>(client.Memory(Unsafe.SizeOf<DRIVER_OBJECT>()));
        var code = world.Executive.Code.Register(arguments => (uint)dispatch(arguments[1]));
        driver.Value.MajorFunction[0] = code;
        var cell = client.Memory(8);
        world.Call(Libraries.Ntoskrnl, "IoCreateDevice", driver.Address, 0, 0, 0x22, 0, 0, cell);
        var device = GuestMemory.Read<ulong>(cell);
        var returned = world.Call(Libraries.Ntoskrnl, "IofCallDriver", device, irp);
        world.Call(Libraries.Ntoskrnl, "IoDeleteDevice", device);
        world.Executive.Code.Unregister(code);
        return returned;
    }
}
