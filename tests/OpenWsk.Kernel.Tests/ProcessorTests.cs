// A world with two processors: what drivers are told about them, which one a DPC runs on, and calls on all of
// them. On the host's threads, where both really run at once. It knows nothing about sockets.
namespace OpenWsk.Kernel.Tests;

public sealed class ProcessorTests : IDisposable
{
    private readonly KernelWorld _world = KernelWorld.OnHost(2).Observe();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Drivers_are_told_of_every_processor()
    {
        var mask = _world.New<nuint>();
        Assert.Equal(2ul, _world.Call("KeQueryActiveProcessorCount", mask.Address));
        Assert.Equal((nuint)3, mask.Value);
        Assert.Equal(2ul, _world.Call("KeQueryActiveProcessorCountEx", 0xFFFF));
        Assert.Equal(0ul, _world.Call("KeQueryActiveProcessorCountEx", 1));
        Assert.Equal(2ul, _world.Call("KeQueryMaximumProcessorCount"));
        Assert.Equal(3ul, _world.Call("KeQueryActiveProcessors"));
        Assert.Equal(3ul, _world.Call("KeQueryGroupAffinity", 0));
        var number = _world.New<PROCESSOR_NUMBER>();
        Assert.Equal(0ul, _world.Call("KeGetProcessorNumberFromIndex", 1, number.Address));
        Assert.Equal(1, number.Value.Number);
        Assert.Equal(1ul, _world.Call("KeGetProcessorIndexFromNumber", number.Address));
        number.Value.Number = 2;
        Assert.Equal(uint.MaxValue, (uint)_world.Call("KeGetProcessorIndexFromNumber", number.Address));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER,
            (uint)_world.Call("KeGetProcessorNumberFromIndex", 2, number.Address));
    }

    [Fact]
    public void A_dpc_runs_on_its_target_and_else_where_it_was_queued()
    {
        Assert.Equal([0], RunOn(null));
        Assert.Equal([1], RunOn(1));
        Assert.Equal([0], RunOn(0));
        // A DPC of processor 1 queues one without a target.
        var inner = Dpc(out var seen);
        var outer = NewDpc(_ => _world.Call("KeInsertQueueDpc", inner, 0, 0));
        _world.Call("KeSetTargetProcessorDpc", outer, 1);
        _world.Call("KeInsertQueueDpc", outer, 0, 0);
        _world.Call("KeFlushQueuedDpcs");
        Assert.Equal([1], seen);
    }

    [Fact]
    public void A_processor_that_is_not_there_is_no_target()
    {
        var dpc = Dpc(out var seen);
        _world.Call("KeSetTargetProcessorDpc", dpc, 2);
        Assert.Equal(["PARAMETER"], _world.Breaches);
        var number = _world.New<PROCESSOR_NUMBER>();
        number.Value.Number = 2;
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER,
            (uint)_world.Call("KeSetTargetProcessorDpcEx", dpc, number.Address));
        _world.Call("KeInsertQueueDpc", dpc, 0, 0);
        _world.Call("KeFlushQueuedDpcs");
        Assert.Equal([0], seen);
    }

    [Fact]
    public void A_timers_dpc_runs_on_its_target()
    {
        var dpc = Dpc(out var seen);
        _world.Call("KeSetTargetProcessorDpc", dpc, 1);
        var timer = (ulong)_world.Memory(64);
        _world.Call("KeInitializeTimer", timer);
        _world.Call("KeSetTimer", timer, unchecked((ulong)-10_000L), dpc);
        WaitTests.Wait(_world, (nuint)timer, null);
        _world.Call("KeFlushQueuedDpcs");
        Assert.Equal([1], seen);
    }

    [Fact]
    public void A_bound_thread_sees_the_processor_that_it_is_bound_to()
    {
        Assert.Equal(0ul, _world.Call("KeGetCurrentProcessorNumberEx", 0));
        Assert.Equal(0ul, _world.Call("KeSetSystemAffinityThreadEx", 2));
        Assert.Equal(1ul, _world.Call("KeGetCurrentProcessorNumberEx", 0));
        Assert.Equal(1u, GuestMemory.Read<uint>(_world.Executive.CurrentThread.Kpcr + 0x1A4));
        Assert.Equal(1, GuestMemory.Read<byte>(_world.Executive.CurrentThread.Kpcr + 0x184));
        Assert.Equal([1], RunOn(null));
        _world.Call("KeRevertToUserAffinityThreadEx", 0);
        Assert.Equal(0ul, _world.Call("KeGetCurrentProcessorNumberEx", 0));
    }

    [Fact]
    public void A_generic_call_runs_on_every_processor_and_meets_in_its_barrier()
    {
        var seen = new List<string>();
        var routine = _world.Callback(a =>
        {
            var isOne = _world.Call("KeSignalCallDpcSynchronize", a[3]);
            lock (seen)
                seen.Add($"{Number} at {_world.Call("KeGetCurrentIrql")}, context {a[1]}");
            isOne += _world.Call("KeSignalCallDpcSynchronize", a[3]);
            lock (seen)
                seen.Add($"count {isOne is 0 or 1 or 2}");
            _world.Call("KeSignalCallDpcDone", a[2]);
            return 0;
        });
        _world.Call("KeGenericCallDpc", routine, 7);
        Assert.Equal(["0 at 2, context 7", "1 at 2, context 7"], seen.Take(2).Order());
        Assert.Equal(4, seen.Count);
        Assert.Empty(_world.Breaches);
    }

    [Fact]
    public void An_interrupt_comes_between_whatever_the_processors_do()
    {
        using var isHeld = new ManualResetEvent(false);
        using var mayGoOn = new ManualResetEvent(false);
        var holder = NewDpc(_ =>
        {
            isHeld.Set();
            Assert.True(mayGoOn.WaitOne(TimeSpan.FromMinutes(2)));
            return 0;
        });
        _world.Call("KeSetTargetProcessorDpc", holder, 1);
        _world.Call("KeInsertQueueDpc", holder, 0, 0);
        Assert.True(isHeld.WaitOne(TimeSpan.FromMinutes(2)));
        var seen = new List<string>();
        var routine = _world.Callback(a =>
        {
            lock (seen)
                seen.Add($"{Number} at {_world.Call("KeGetCurrentIrql")}, context {a[0]}");
            return Number;
        });
        Assert.Equal(0ul, _world.Call("KeIpiGenericCall", routine, 9));
        mayGoOn.Set();
        Assert.Equal(["0 at 14, context 9", "1 at 14, context 9"], seen.Order());
        _world.Call("KeFlushQueuedDpcs");
    }

    [Fact]
    public void Flushing_waits_for_the_dpcs_of_every_processor()
    {
        for (var round = 0; round < 100; round++)
        {
            var first = Dpc(out var seenFirst);
            var second = Dpc(out var seenSecond);
            _world.Call("KeSetTargetProcessorDpc", second, 1);
            _world.Call("KeInsertQueueDpc", second, 0, 0);
            _world.Call("KeInsertQueueDpc", first, 0, 0);
            _world.Call("KeFlushQueuedDpcs");
            Assert.Equal([0], seenFirst);
            Assert.Equal([1], seenSecond);
        }
    }

    [Fact]
    public void An_item_after_one_whose_guest_was_stopped_still_runs()
    {
        using var isHeld = new ManualResetEvent(false);
        using var mayGoOn = new ManualResetEvent(false);
        var last = new Item(() => { });
        _world.Executive.Scheduler.Post(new Item(() =>
        {
            isHeld.Set();
            Assert.True(mayGoOn.WaitOne(TimeSpan.FromMinutes(2)));
        }));
        Assert.True(isHeld.WaitOne(TimeSpan.FromMinutes(2)));
        byte irql = 99;
        _world.Executive.Scheduler.Post(new Item(() =>
        {
            _world.Executive.CurrentThread.Irql = Irql.Passive;
            throw _world.Executive.Stop("a test stops it");
        }));
        _world.Executive.Scheduler.Post(new Item(() => irql = _world.Executive.CurrentThread.Irql));
        _world.Executive.Scheduler.Post(last);
        mayGoOn.Set();
        Assert.True(last.HasRun.WaitOne(TimeSpan.FromMinutes(2)));
        Assert.Equal(Irql.Dispatch, irql);
    }

    private ulong Number => _world.Call("KeGetCurrentProcessorNumberEx", 0);

    private List<ulong> RunOn(byte? target)
    {
        var dpc = Dpc(out var seen);
        if (target is { } number)
            _world.Call("KeSetTargetProcessorDpc", dpc, number);
        _world.Call("KeInsertQueueDpc", dpc, 0, 0);
        _world.Call("KeFlushQueuedDpcs");
        return seen;
    }

    private ulong Dpc(out List<ulong> seen)
    {
        var numbers = seen = [];
        return NewDpc(_ =>
        {
            numbers.Add(Number);
            return 0;
        });
    }

    private ulong NewDpc(Func<ulong[], ulong> routine)
    {
        var dpc = (ulong)_world.Memory(64);
        _world.Call("KeInitializeDpc", dpc, _world.Callback(routine), 0);
        return dpc;
    }

    private sealed class Item(Action body) : Ports.DispatchItem
    {
        public ManualResetEvent HasRun { get; } = new(false);

        public override void Run()
        {
            try
            {
                body();
            }
            finally
            {
                HasRun.Set();
            }
        }
    }
}
