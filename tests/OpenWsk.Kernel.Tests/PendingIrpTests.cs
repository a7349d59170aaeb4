// The trip of every WSK call without WSK: a driver thread sends an IRP, the dispatcher completes it, the
// completion routine sets an event only when the IRP was pended, the thread waits and goes on. From one
// thread and from eight. It knows nothing about sockets.
using OpenWsk.Ports;

namespace OpenWsk.Kernel.Tests;

public sealed class PendingIrpTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [Rule("IRP-24")]
    public void IRP_24_completions_meet_their_waiters_and_nothing_is_left(int threadCount)
    {
        using var world = KernelWorld.OnHost();
        var x = world.Executive;
        var heapBlocks = 0;
        for (var round = 0; round < 2; round++)
        {
            WaitTests.Join(world, WaitTests.Start(world, threadCount, _ => SendMany(x, count: 2000)));
            Assert.True(x.GuestThreads.WaitUntilIdle(IParker.Never));
            Assert.Empty(x.CollectLeftovers());
            if (round == 0)
                heapBlocks = x.Heap.Count;
        }
        // Each thread that a test starts costs the block its handle was stored in; threads' own blocks may
        // linger.
        Assert.InRange(x.Heap.Count - heapBlocks, 0, 4 * threadCount);
        Assert.Null(x.StopReason);
    }

    [Fact]
    public void A_sent_and_completed_irp_costs_no_managed_memory()
    {
        using var world = KernelWorld.OnSim();
        world.Run(() =>
        {
            using var trip = new Trip(world.Executive);
            Allocations.AssertNone(trip.Send);
        });
    }

    private static void SendMany(Executive x, int count)
    {
        using var trip = new Trip(x);
        for (var i = 0; i < count; i++)
            trip.Send();
        Assert.Equal(count, trip.CompletionCount);
        Assert.Equal(0, trip.WrongCount);
    }

    // One thread's IRP with its event, as drivers keep them.
    private sealed class Trip : DispatchItem, IDisposable
    {
        private readonly Executive _x;
        private readonly ManagedEvent _done;
        private readonly nuint _routine;
        private GuestPtr<IRP> _irp;

        public Trip(Executive x)
        {
            _x = x;
            _done = new ManagedEvent(x, EVENT_TYPE.SynchronizationEvent);
            _routine = x.Code.Register(_ => OnCompleted());
        }

        public int CompletionCount { get; private set; }

        // Counted and not asserted, because assertions allocate.
        public int WrongCount { get; private set; }

        public void Send()
        {
            _irp = IrpRoutines.IoAllocateIrp(_x, 1, 0);
            ref var next = ref _irp.Value.CurrentStackLocation.At(-1).Value;
            next.Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
            next.CompletionRoutine = _routine;
            IrpCompletion.Claim(_x, _irp);
            IrpCompletion.MarkPending(_irp);
            _x.Scheduler.Post(this);
            WaitRoutines.KeWaitForSingleObject(_x, _done.Address, 0, 0, 0, default);
            WrongCount += _irp.Value.IoStatus.Information == 1 ? 0 : 1;
            IrpRoutines.IoFreeIrp(_x, _irp);
        }

        public override void Run() => IrpCompletion.Complete(_x, _irp, NTSTATUS.STATUS_SUCCESS, 1);

        public void Dispose()
        {
            _x.Code.Unregister(_routine);
            _done.Dispose();
        }

        private ulong OnCompleted()
        {
            WrongCount += _x.CurrentThread.Irql == Irql.Dispatch ? 0 : 1;
            CompletionCount++;
            if (_irp.Value.PendingReturned != 0)
                _done.Set();
            return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
        }
    }
}
