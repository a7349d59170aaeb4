// Deferred procedure calls: a driver's KDPC is queued at most once and runs at DISPATCH_LEVEL on the
// dispatcher of its processor, or of the one that queues it. The queue is the scheduler's; this knows which
// KDPCs are in it. Items are used again, so queueing allocates nothing. It knows nothing about timers: see
// TimerService.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>The DPCs of one world.</summary>
public sealed class DpcService : IEndingWatch
{
    // What marks a processor in KDPC.Number (public symbols of x64).
    private const ushort TargetSet = 0x500;

    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, DpcItem> _queued = [];
    private readonly Stack<DpcItem> _spare = new();

    internal DpcService(Executive executive)
    {
        _executive = executive;
        executive.AddEndingWatch(this);
    }

    /// <summary>Number of DPCs that wait for their turn.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _queued.Count;
        }
    }

    /// <summary>The queued DPCs with the stacks that queued them, in the order of addresses.</summary>
    public IReadOnlyList<QueuedDpc> Queued
    {
        get
        {
            lock (_gate)
            {
                return [.. _queued.OrderBy(queued => queued.Key)
                    .Select(queued => new QueuedDpc(queued.Key, queued.Value.QueuedStack))];
            }
        }
    }

    /// <summary>What KDPC.Number is for a DPC that runs on one processor.</summary>
    public static ushort Target(int processor) => (ushort)(TargetSet + processor);

    /// <summary>Queues a KDPC with its arguments; false when it is queued already.</summary>
    public bool Queue(nuint dpc, nuint argument1, nuint argument2)
    {
        DpcItem item;
        var stack = _executive.Pool.CaptureStack();
        lock (_gate)
        {
            if (_queued.ContainsKey(dpc))
                return false;
            ref var d = ref GuestMemory.Ref<KDPC>(dpc);
            d.SystemArgument1 = argument1;
            d.SystemArgument2 = argument2;
            item = _spare.TryPop(out var spare) ? spare : new DpcItem(this);
            item.Dpc = dpc;
            item.QueuedStack = stack;
            item.Processor = ProcessorOf(d.Number);
            _queued.Add(dpc, item);
        }
        _executive.Scheduler.Post(item);
        return true;
    }

    /// <summary>Takes a KDPC out of the queue; false when it is not in it.</summary>
    public bool Remove(nuint dpc)
    {
        lock (_gate)
        {
            // The item stays in the scheduler's queue and finds that it has nothing to do.
            if (!_queued.Remove(dpc, out var item))
                return false;
            item.Dpc = 0;
            return true;
        }
    }

    /// <summary>Waits until every DPC that is queued now has run.</summary>
    public void Flush()
    {
        // A dispatcher runs items in their order, so an item posted now runs behind them all. A timer that
        // fires meanwhile has queued its DPC by then, perhaps to another processor, so all are passed once
        // more.
        var passed = new ManagedEvent(_executive);
        for (var round = 0; round < 2; round++)
        {
            passed.Reset();
            var flush = new FlushRound(passed, _executive.ProcessorCount);
            for (var processor = 0; processor < _executive.ProcessorCount; processor++)
                _executive.Scheduler.Post(new FlushItem(flush) { Processor = processor });
            passed.Wait();
        }
        // Not when the wait was left because the guest is stopped: a dispatcher may still come to it.
        passed.Dispose();
    }

    // A number that no processor has is no target.
    private int ProcessorOf(ushort number)
    {
        var target = number - TargetSet;
        return target >= 0 && target < _executive.ProcessorCount
            ? target
            : _executive.CurrentThread.Processor;
    }

    private void Run(DpcItem item)
    {
        KDPC dpc;
        var address = item.Dpc;
        lock (_gate)
        {
            item.Dpc = 0;
            _spare.Push(item);
            if (address == 0)
                return;
            Invariant.That(_queued.Remove(address));
            // Read before the driver is called: it may queue the KDPC again or free it.
            dpc = GuestMemory.Read<KDPC>(address);
        }
        _executive.Code.Call(
            dpc.DeferredRoutine, [address, dpc.DeferredContext, dpc.SystemArgument1, dpc.SystemArgument2]);
        var irql = _executive.CurrentThread.Irql;
        if (irql != Irql.Dispatch)
            throw _executive.BugCheck(new BugCheck(
                BugCheckCode.IRQL_UNEXPECTED_VALUE, (ulong)(irql << 16 | Irql.Dispatch << 8),
                dpc.DeferredRoutine, dpc.DeferredContext)
            {
                Detail = $"a deferred procedure call returned at {Irql.Name(irql)}",
            });
    }

    /// <summary>Memory that is freed may not hold a DPC that waits for its turn.</summary>
    void IEndingWatch.OnFreeing(GuestRange memory)
    {
        nuint inside = 0;
        lock (_gate)
        {
            foreach (var dpc in _queued.Keys)
                inside = memory.Contains(dpc) ? dpc : inside;
        }
        if (inside == 0 || !Remove(inside))
            return;
        throw _executive.BugCheck(new BugCheck(
            BugCheckCode.TIMER_OR_DPC_INVALID, 1, inside, memory.Start, memory.Start + memory.LengthBytes)
        {
            Detail = $"memory is freed that holds the queued DPC at 0x{(ulong)inside:x}",
        });
    }

    private sealed class DpcItem(DpcService service) : DispatchItem
    {
        public nuint Dpc { get; set; }

        public int QueuedStack { get; set; }

        public override void Run() => service.Run(this);
    }

    private sealed class FlushRound(ManagedEvent passed, int processors)
    {
        private int _left = processors;

        public void Pass()
        {
            if (Interlocked.Decrement(ref _left) == 0)
                passed.Set();
        }
    }

    private sealed class FlushItem(FlushRound flush) : DispatchItem
    {
        public override void Run() => flush.Pass();
    }
}

/// <summary>A DPC that will run.</summary>
/// <param name="Address">The KDPC.</param>
/// <param name="QueuedStack">The stack that queued it: a number of <see cref="StackLog"/>.</param>
public readonly record struct QueuedDpc(nuint Address, int QueuedStack);
