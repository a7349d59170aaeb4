// Timers: a driver's KTIMER is armed at most once, fires on the dispatcher of the
// processor that armed it, signals itself, queues its DPC
// and arms itself again when it is periodic. It knows nothing about routines' parameters: see
// TimerRoutines.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>The timers of one world.</summary>
public sealed class TimerService : IEndingWatch
{
    private const long NsPerMs = 1_000_000;
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, TimerItem> _armed = [];
    private readonly Stack<TimerItem> _spare = new();

    internal TimerService(Executive executive)
    {
        _executive = executive;
        executive.AddEndingWatch(this);
    }

    /// <summary>Addresses of the armed timers, in their order.</summary>
    public IReadOnlyList<nuint> Armed
    {
        get
        {
            lock (_gate)
                return [.. _armed.Keys.Order()];
        }
    }

    /// <summary>The armed timers with the stacks that armed them, in the order of addresses.</summary>
    public IReadOnlyList<ArmedTimer> ArmedTimers
    {
        get
        {
            lock (_gate)
            {
                return [.. _armed.OrderBy(armed => armed.Key)
                    .Select(armed => new ArmedTimer(armed.Key, armed.Value.SetStack))];
            }
        }
    }

    /// <summary>
    /// Arms a timer anew; returns whether it was armed. Units: nanoseconds of IClock.NowNs.
    /// </summary>
    public bool Set(nuint timer, long deadlineNs, uint periodMs, nuint dpc) =>
        SetNs(timer, deadlineNs, periodMs * NsPerMs, dpc);

    /// <summary>Arms a timer anew with a period in nanoseconds, 0 for none.</summary>
    internal bool SetNs(nuint timer, long deadlineNs, long periodNs, nuint dpc)
    {
        var stack = _executive.Pool.CaptureStack();
        lock (_gate)
        {
            var was = Disarm(timer);
            ref var t = ref GuestMemory.Ref<KTIMER>(timer);
            t.Header.SignalState = 0;
            t.Dpc = dpc;
            t.Period = (uint)Math.Min(periodNs / NsPerMs, uint.MaxValue);
            var item = _spare.TryPop(out var spare) ? spare : new TimerItem(this);
            item.Timer = timer;
            item.SetStack = stack;
            item.PeriodNs = periodNs;
            item.Processor = _executive.CurrentThread.Processor;
            item.FiresAtNs = Math.Max(deadlineNs, _executive.Clock.NowNs);
            _armed.Add(timer, item);
            _executive.Scheduler.PostAt(item.FiresAtNs, item);
            return was;
        }
    }

    /// <summary>Disarms a timer; returns whether it was armed.</summary>
    public bool Cancel(nuint timer)
    {
        lock (_gate)
            return Disarm(timer);
    }

    /// <summary>Memory that is freed may not hold an armed timer, which would fire into it.</summary>
    void IEndingWatch.OnFreeing(GuestRange memory)
    {
        nuint inside = 0;
        lock (_gate)
        {
            foreach (var timer in _armed.Keys)
                inside = memory.Contains(timer) ? timer : inside;
            Disarm(inside);
        }
        if (inside != 0)
            throw _executive.BugCheck(new BugCheck(
                BugCheckCode.TIMER_OR_DPC_INVALID, 0, inside, memory.Start, memory.Start + memory.LengthBytes)
            {
                Detail = $"memory is freed that holds the armed timer at 0x{(ulong)inside:x}",
            });
    }

    // An item that the scheduler cannot give back is about to run; it finds that it has nothing to do.
    private bool Disarm(nuint timer)
    {
        if (!_armed.Remove(timer, out var item))
            return false;
        item.Timer = 0;
        if (_executive.Scheduler.CancelPost(item))
            _spare.Push(item);
        return true;
    }

    private void Fire(TimerItem item)
    {
        nuint timer;
        nuint dpc;
        lock (_gate)
        {
            timer = item.Timer;
            if (timer == 0)
            {
                _spare.Push(item);
                return;
            }
            ref var t = ref GuestMemory.Ref<KTIMER>(timer);
            dpc = t.Dpc;
            if (item.PeriodNs == 0)
            {
                _armed.Remove(timer);
                item.Timer = 0;
                _spare.Push(item);
            }
            else
            {
                // From the planned time, so that a late dispatcher does not slow the timer down.
                item.FiresAtNs += item.PeriodNs;
                _executive.Scheduler.PostAt(item.FiresAtNs, item);
            }
        }
        _executive.Waits.Signal(timer, 1);
        if (dpc != 0)
            _executive.Dpcs.Queue(dpc, 0, 0);
    }

    private sealed class TimerItem(TimerService service) : DispatchItem
    {
        public nuint Timer { get; set; }

        public int SetStack { get; set; }

        public long FiresAtNs { get; set; }

        public long PeriodNs { get; set; }

        public override void Run() => service.Fire(this);
    }
}

/// <summary>A timer that will fire.</summary>
/// <param name="Address">The KTIMER.</param>
/// <param name="SetStack">The stack that armed it: a number of <see cref="StackLog"/>.</param>
public readonly record struct ArmedTimer(nuint Address, int SetStack);
