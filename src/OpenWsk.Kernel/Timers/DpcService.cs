// Deferred procedure calls: a driver's KDPC is queued at most once and runs on the dispatcher at
// DISPATCH_LEVEL. The queue is the scheduler's; this knows which KDPCs are in it. Items are used again, so
// queueing allocates nothing. It knows nothing about timers: see TimerService.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>The DPCs of one world.</summary>
public sealed class DpcService : IEndingWatch
{
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
        // The one dispatcher runs items in their order, so an item posted now runs behind them all.
        using var passed = new ManagedEvent(_executive);
        _executive.Scheduler.Post(new FlushItem(passed));
        passed.Wait();
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

    private sealed class FlushItem(ManagedEvent passed) : DispatchItem
    {
        public override void Run() => passed.Set();
    }
}

/// <summary>A DPC that will run.</summary>
/// <param name="Address">The KDPC.</param>
/// <param name="QueuedStack">The stack that queued it: a number of <see cref="StackLog"/>.</param>
public readonly record struct QueuedDpc(nuint Address, int QueuedStack);
