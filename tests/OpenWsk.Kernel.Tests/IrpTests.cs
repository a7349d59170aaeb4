// IRPs: layout after birth, the walk up the stack, cancelling, and what a driver gets for completing or
// freeing twice. Stack locations are set as the inlined macros of wdm.h set them. It knows nothing about WSK.
namespace OpenWsk.Kernel.Tests;

public sealed class IrpTests
{
    private const byte Always = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_allocated_irp_has_the_layout_that_macros_expect(int stackSize) =>
        KernelWorld.Simulate(world =>
        {
            var irp = Allocate(world, stackSize);
            ref var r = ref irp.Value;
            Assert.Equal(IO_TYPE_IRP, r.Type);
            Assert.Equal(208 + (72 * stackSize), r.Size);
            Assert.Equal(stackSize, r.StackCount);
            Assert.Equal(stackSize + 1, r.CurrentLocation);
            Assert.Equal(irp.Address + 208 + (nuint)(72 * stackSize), r.CurrentStackLocation.Address);
            Assert.Equal(irp.Address + 32, r.ThreadListEntry.Flink.Address);
            Assert.Equal(irp.Address + 32, r.ThreadListEntry.Blink.Address);
            Assert.Equal(0u, (uint)r.IoStatus.Status);
        });

    [Fact]
    [Rule("IRP-42")]
    public void IRP_42_an_irp_in_memory_of_the_driver_works_as_an_allocated_one() =>
        KernelWorld.Simulate(world =>
        {
            var irp = new GuestPtr<IRP>(world.Memory(280));
            GuestMemory.Span(irp.Address, 280).Fill(0xCC);
            world.Call("IoInitializeIrp", irp.Address, 280, 1);
            var calls = SetRoutine(world, irp, Always, NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
            Assert.False(IrpCompletion.Claim(world.Executive, irp).IsNull);
            Assert.Equal(1, world.Executive.Irps.InFlightCount);
            IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 7);
            Assert.Equal([0ul, irp.Address, 0x1234ul], Assert.Single(calls));
            Assert.Equal(0, world.Executive.Irps.InFlightCount);
            Assert.Empty(world.Breaches);
        });

    [Fact]
    [Rule("IRP-18")]
    [Rule("IRP-38")]
    [Rule("IRP-27")]
    public void IRP_18_the_claimed_location_keeps_the_routine_and_is_clear_when_it_runs() =>
        KernelWorld.Simulate(world =>
        {
            var irp = Allocate(world, 1);
            var below = irp.Value.CurrentStackLocation.At(-1);
            var device = ulong.MaxValue;
            var routine = world.Callback(a =>
            {
                device = a[0];
                Assert.Equal(0, below.Value.Control);
                Assert.Equal(0u, below.Value.CompletionRoutine);
                Assert.Equal(2, irp.Value.CurrentLocation);
                return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
            });
            below.Value.CompletionRoutine = routine;
            below.Value.Control = Always;
            var claimed = IrpCompletion.Claim(world.Executive, irp);
            Assert.Equal(below, claimed);
            Assert.Equal(routine, claimed.Value.CompletionRoutine);
            Assert.Equal(Always, claimed.Value.Control);
            IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
            Assert.Equal(0ul, device);
        });

    [Theory]
    [InlineData(SL_INVOKE_ON_SUCCESS, NTSTATUS.STATUS_SUCCESS, false, true)]
    [InlineData(SL_INVOKE_ON_SUCCESS, NTSTATUS.STATUS_CANCELLED, true, false)]
    [InlineData(SL_INVOKE_ON_ERROR, NTSTATUS.STATUS_CONNECTION_REFUSED, false, true)]
    [InlineData(SL_INVOKE_ON_ERROR, NTSTATUS.STATUS_SUCCESS, false, false)]
    [InlineData(SL_INVOKE_ON_CANCEL, NTSTATUS.STATUS_CANCELLED, true, true)]
    [InlineData(SL_INVOKE_ON_CANCEL, NTSTATUS.STATUS_SUCCESS, true, true)]
    [InlineData(SL_INVOKE_ON_CANCEL, NTSTATUS.STATUS_CANCELLED, false, false)]
    [InlineData(SL_INVOKE_ON_SUCCESS, NTSTATUS.STATUS_TIMEOUT, false, true)]
    [InlineData(SL_INVOKE_ON_ERROR, NTSTATUS.STATUS_BUFFER_OVERFLOW, false, true)]
    [Rule("IRP-25")]
    [Rule("IRP-26")]
    public void IRP_26_control_bits_decide_whether_the_routine_runs(
        byte control, NTSTATUS status, bool isCancelled, bool isCalled) => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        var calls = SetRoutine(world, irp, control, NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        IrpCompletion.Claim(world.Executive, irp);
        irp.Value.Cancel = isCancelled ? (byte)1 : (byte)0;
        IrpCompletion.Complete(world.Executive, irp, status, 0);
        Assert.Equal(isCalled ? 1 : 0, calls.Count);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Rule("IRP-21")]
    [Rule("IRP-22")]
    public void IRP_21_pending_returned_is_set_when_and_only_when_marked(bool isPended) =>
        KernelWorld.Simulate(world =>
        {
            var irp = Allocate(world, 1);
            byte seen = 0xFF;
            SetRoutine(world, irp, Always, world.Callback(_ =>
            {
                seen = irp.Value.PendingReturned;
                return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
            }));
            IrpCompletion.Claim(world.Executive, irp);
            if (isPended)
                IrpCompletion.MarkPending(irp);
            IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
            Assert.Equal(isPended ? 1 : 0, seen);
        });

    [Fact]
    [Rule("IRP-12")]
    [Rule("IRP-13")]
    public void IRP_13_completion_goes_up_the_stack_and_takes_pending_along() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 3);
        var top = SetRoutine(world, irp, Always, NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        var topLocation = IrpCompletion.Claim(world.Executive, irp);
        topLocation.Value.DeviceObject = 0xD0;
        IrpCompletion.Claim(world.Executive, irp).Value.DeviceObject = 0xD1;
        var middle = SetRoutine(world, irp, Always, NTSTATUS.STATUS_SUCCESS);
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.MarkPending(irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        Assert.Equal(0xD1ul, Assert.Single(middle)[0]);
        Assert.Equal(0ul, Assert.Single(top)[0]);
        Assert.Equal(4, irp.Value.CurrentLocation);
    });

    [Fact]
    [Rule("IRP-12")]
    public void IRP_12_where_no_routine_is_set_pending_is_carried_up() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 2);
        byte seen = 0;
        SetRoutine(world, irp, Always, world.Callback(_ =>
        {
            seen = irp.Value.PendingReturned;
            return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
        }));
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.MarkPending(irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        Assert.Equal(1, seen);
    });

    [Fact]
    [Rule("IRP-39", Twin.Obeyed)]
    [Rule("IRP-10", Twin.Obeyed)]
    [Rule("IRP-07", Twin.Obeyed)]
    [Rule("IRP-08")]
    [Rule("IRP-09")]
    public void IRP_09_the_routine_may_free_the_irp() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        SetRoutine(world, irp, Always, world.Callback(a =>
        {
            world.Call("IoFreeIrp", a[1]);
            return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
        }));
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        Assert.Equal(0, world.Executive.Irps.AllocatedCount);
        Assert.Empty(world.Breaches);
    });

    [Fact]
    [Rule("IRP-14", Twin.Obeyed)]
    public void IRP_14_the_driver_goes_on_with_the_completion_it_stopped() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 2);
        var top = SetRoutine(world, irp, Always, NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        IrpCompletion.Claim(world.Executive, irp);
        SetRoutine(world, irp, Always, NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        Assert.Empty(top);
        world.Call("IofCompleteRequest", irp.Address, 0);
        Assert.Single(top);
    });

    [Fact]
    [Rule("IRP-20")]
    public void IRP_20_the_second_completion_is_bug_check_44() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        SetRoutine(world, irp, Always, NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        var stop = Assert.Throws<GuestStoppedException>(
            () => IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0));
        Assert.StartsWith("MULTIPLE_IRP_COMPLETE_REQUESTS (0x44)", stop.Message, StringComparison.Ordinal);
    });

    [Fact]
    [Rule("IRP-11", Twin.Violated)]
    public void IRP_11_completing_an_irp_that_was_never_sent_is_reported() => KernelWorld.Simulate(world =>
    {
        world.Call("IofCompleteRequest", Allocate(world, 1).Address, 0);
        Assert.Equal("IRP-11", world.Breaches[0]);
    });

    [Fact]
    [Rule("IRP-37")]
    public void IRP_37_a_cancel_routine_at_completion_is_bug_check_48() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.SetCancelRoutine(irp, world.Callback(_ => 0));
        var stop = Assert.Throws<GuestStoppedException>(
            () => IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_CANCELLED, 0));
        Assert.StartsWith("CANCEL_STATE_IN_COMPLETED_IRP (0x48)", stop.Message, StringComparison.Ordinal);
    });

    [Fact]
    [Rule("IRP-07", Twin.Violated)]
    public void IRP_07_an_irp_that_nobody_keeps_is_reported() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        irp.Value.UserEvent = 0x10;
        irp.Value.UserIosb = 0x20;
        SetRoutine(world, irp, Always, NTSTATUS.STATUS_SUCCESS);
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        Assert.Equal(["IRP-07"], world.Breaches);
    });

    [Fact]
    public void IRP_02_an_irp_without_a_free_location_cannot_be_claimed() => KernelWorld.Simulate(world =>
    {
        Assert.True(IrpCompletion.Claim(world.Executive, Allocate(world, 0)).IsNull);
        var irp = Allocate(world, 1);
        Assert.False(IrpCompletion.Claim(world.Executive, irp).IsNull);
        Assert.True(IrpCompletion.Claim(world.Executive, irp).IsNull);
        Assert.True(IrpCompletion.Claim(world.Executive, new GuestPtr<IRP>(world.Memory(512))).IsNull);
    });

    [Fact]
    [Rule("IRP-03", Twin.Obeyed)]
    [Rule("IRP-40")]
    public void IRP_40_reuse_makes_it_new_and_stores_the_status() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 2);
        irp.Value.AllocationFlags = 4;
        SetRoutine(world, irp, Always, NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 9);
        world.Call("IoReuseIrp", irp.Address, (uint)NTSTATUS.STATUS_UNSUCCESSFUL);
        ref var r = ref irp.Value;
        Assert.Equal(NTSTATUS.STATUS_UNSUCCESSFUL, r.IoStatus.Status);
        Assert.Equal(0u, r.IoStatus.Information);
        Assert.Equal(3, r.CurrentLocation);
        Assert.Equal(4, r.AllocationFlags);
        Assert.Equal(0u, r.CurrentStackLocation.At(-1).Value.CompletionRoutine);
        Assert.Empty(world.Breaches);
    });

    [Fact]
    [Rule("IRP-03", Twin.Violated)]
    public void IRP_03_sending_a_used_irp_without_reuse_is_reported() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        SetRoutine(world, irp, Always, NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        IrpCompletion.Claim(world.Executive, irp);
        Assert.Equal(["IRP-03"], world.Breaches);
    });

    [Theory]
    [Rule("IRP-39", Twin.Violated)]
    [InlineData("IoReuseIrp", 0ul)]
    [InlineData("IoInitializeIrp", 280ul)]
    public void IRP_39_initialising_a_pending_irp_is_reported(string routine, ulong second) =>
        KernelWorld.Simulate(world =>
        {
            var irp = Allocate(world, 1);
            IrpCompletion.Claim(world.Executive, irp);
            world.Call(routine, routine == "IoReuseIrp" ? [irp.Address, second] : [irp.Address, second, 1]);
            Assert.Equal(["IRP-39"], world.Breaches);
        });

    [Fact]
    [Rule("IRP-10", Twin.Violated)]
    public void IRP_10_freeing_twice_stops_the_guest() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        world.Call("IoFreeIrp", irp.Address);
        var stop = Assert.Throws<GuestStoppedException>(() => world.Call("IoFreeIrp", irp.Address));
        Assert.StartsWith("MULTIPLE_IRP_COMPLETE_REQUESTS (0x44)", stop.Message, StringComparison.Ordinal);
        Assert.Equal(["IRP-10"], world.Breaches);
    });

    [Fact]
    [Rule("IRP-10", Twin.Violated)]
    public void IRP_10_freeing_a_pending_irp_stops_the_guest() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        IrpCompletion.Claim(world.Executive, irp);
        var stop = Assert.Throws<GuestStoppedException>(() => world.Call("IoFreeIrp", irp.Address));
        Assert.StartsWith("DRIVER_VERIFIER_IOMANAGER_VIOLATION (0xC9)", stop.Message,
            StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(Irql.Passive)]
    [InlineData(Irql.Apc)]
    [InlineData(Irql.Dispatch)]
    [Rule("IRP-31")]
    public void IRP_31_cancel_calls_the_routine_with_the_lock_held_at_dispatch(byte irql) =>
        KernelWorld.Simulate(world =>
        {
            world.Call("KfRaiseIrql", irql);
            var irp = Allocate(world, 1);
            IrpCompletion.Claim(world.Executive, irp);
            byte irqlInside = 0;
            IrpCompletion.SetCancelRoutine(irp, world.Callback(a =>
            {
                irqlInside = world.Executive.CurrentThread.Irql;
                Assert.Equal(irp.Address, a[1]);
                Assert.Equal(1, irp.Value.Cancel);
                Assert.Equal(0u, irp.Value.CancelRoutine);
                IrpCancellation.ReleaseLock(world.Executive, irp.Value.CancelIrql);
                return 0;
            }));
            Assert.Equal(1ul, world.Call("IoCancelIrp", irp.Address));
            Assert.Equal(Irql.Dispatch, irqlInside);
            Assert.Equal(irql, world.Executive.CurrentThread.Irql);
            Assert.Equal(0ul, world.Call("IoCancelIrp", irp.Address));
            Assert.Equal(1, irp.Value.Cancel);
        });

    [Fact]
    public void A_routine_that_changes_the_irql_is_reported_and_undone() => KernelWorld.Simulate(world =>
    {
        var irp = Allocate(world, 1);
        SetRoutine(world, irp, Always, world.Callback(_ =>
        {
            world.Call("KfRaiseIrql", Irql.Dispatch);
            return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
        }));
        IrpCompletion.Claim(world.Executive, irp);
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        Assert.Equal(["IRQL"], world.Breaches);
        Assert.Equal(Irql.Passive, world.Executive.CurrentThread.Irql);
    });

    [Fact]
    public void Allocation_use_and_freeing_of_an_irp_allocate_no_managed_memory()
    {
        using var world = KernelWorld.OnSim();
        world.Run(() =>
        {
            var x = world.Executive;
            var routine = x.Code.Register(_ => (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
            Allocations.AssertNone(() =>
            {
                var irp = IrpRoutines.IoAllocateIrp(x, 1, 0);
                ref var next = ref irp.Value.CurrentStackLocation.At(-1).Value;
                next.CompletionRoutine = routine;
                next.Control = Always;
                IrpCompletion.Claim(x, irp);
                IrpCompletion.MarkPending(irp);
                IrpCompletion.Complete(x, irp, NTSTATUS.STATUS_SUCCESS, 1);
                IrpRoutines.IoFreeIrp(x, irp);
            });
        });
    }

    [Fact]
    public void An_irp_of_the_driver_that_is_initialised_while_pending_is_forgotten() =>
        KernelWorld.Simulate(world =>
        {
            var irp = new GuestPtr<IRP>(world.Memory(280));
            world.Call("IoInitializeIrp", irp.Address, 280, 1);
            IrpCompletion.Claim(world.Executive, irp);
            world.Call("IoInitializeIrp", irp.Address, 280, 1);
            Assert.Equal(["IRP-39"], world.Breaches);
            Assert.Empty(world.Executive.Irps.Snapshot());
        });

    private static GuestPtr<IRP> Allocate(KernelWorld world, int stackSize) =>
        new((nuint)world.Call("IoAllocateIrp", (ulong)stackSize, 0));

    private static List<ulong[]> SetRoutine(
        KernelWorld world, GuestPtr<IRP> irp, byte control, NTSTATUS result)
    {
        var calls = new List<ulong[]>();
        SetRoutine(world, irp, control, world.Callback(a =>
        {
            calls.Add(a);
            return (uint)result;
        }));
        return calls;
    }

    private static void SetRoutine(KernelWorld world, GuestPtr<IRP> irp, byte control, nuint routine)
    {
        ref var next = ref irp.Value.CurrentStackLocation.At(-1).Value;
        next.CompletionRoutine = routine;
        next.Context = 0x1234;
        next.Control = control;
    }
}
