// Executive timers (EX_TIMER): opaque, made by the kernel, with a callback instead of a DPC. One is a
// KTIMER and a KDPC in a block of ours, so that drivers can wait for it; its DPC is a callback of ours that
// calls the driver's. It knows nothing about arming: see TimerService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The executive timers of one world.</summary>
public sealed class ExTimerService
{
    private const int DpcOffset = 64;
    private const int BlockBytes = 128;
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<nuint, ExTimer> _timers = [];
    private nuint _deferredRoutine;

    internal ExTimerService(Executive executive) => _executive = executive;

    /// <summary>Addresses of the timers that have not been deleted.</summary>
    public IReadOnlyList<nuint> Live
    {
        get
        {
            lock (_gate)
                return [.. _timers.Keys];
        }
    }

    internal nuint Allocate(nuint callback, nuint context, bool isNotification)
    {
        var timer = _executive.Heap.Allocate(BlockBytes);
        DispatcherObject.Initialize<KTIMER>(
            timer,
            isNotification ? KOBJECTS.TimerNotificationObject : KOBJECTS.TimerSynchronizationObject,
            0);
        lock (_gate)
        {
            if (_deferredRoutine == 0)
                _deferredRoutine = _executive.Code.Register(arguments => Run((nuint)arguments[1]));
            _timers.Add(timer, new ExTimer(callback, context));
            DpcRoutines.KeInitializeDpc(
                _executive, new GuestPtr<KDPC>(timer + DpcOffset), _deferredRoutine, timer);
        }
        return timer;
    }

    internal bool Set(nuint timer, long dueTime, long period100Ns)
    {
        Require(timer, nameof(ExTimerRoutines.ExSetTimer));
        var deadlineNs = Timeout.DeadlineNs(_executive.Clock, dueTime);
        var periodNs = Math.Clamp(period100Ns, 0, long.MaxValue / 200) * 100;
        return _executive.Timers.SetNs(timer, deadlineNs, periodNs, timer + DpcOffset);
    }

    /// <summary>Disarms; true when the timer was armed or its callback had not begun.</summary>
    internal bool Cancel(nuint timer)
    {
        Require(timer, nameof(ExTimerRoutines.ExCancelTimer));
        return _executive.Timers.Cancel(timer) | _executive.Dpcs.Remove(timer + DpcOffset);
    }

    /// <summary>Deletes; the block goes when the callback does not run any more.</summary>
    internal bool Delete(nuint timer, bool cancels, bool waits, nuint deleteCallback, nuint deleteContext)
    {
        Require(timer, nameof(ExTimerRoutines.ExDeleteTimer));
        var wasArmed = cancels && Cancel(timer);
        if (waits)
            _executive.Dpcs.Flush();
        bool isEnded;
        lock (_gate)
        {
            var record = _timers[timer];
            record.IsDeleted = true;
            record.DeleteCallback = deleteCallback;
            record.DeleteContext = deleteContext;
            // A timer that is neither cancelled nor periodic fires once more before it goes.
            isEnded = !record.IsRunning && (cancels || !_executive.Timers.Armed.Contains(timer));
        }
        if (isEnded)
            End(timer);
        return wasArmed;
    }

    private ulong Run(nuint timer)
    {
        ExTimer? record;
        lock (_gate)
        {
            if (!_timers.TryGetValue(timer, out record))
                return 0;
            record.IsRunning = true;
        }
        try
        {
            if (record.Callback != 0)
                _executive.Code.Call(record.Callback, [timer, record.Context]);
        }
        finally
        {
            lock (_gate)
                record.IsRunning = false;
            if (record.IsDeleted)
                End(timer);
        }
        return 0;
    }

    private void End(nuint timer)
    {
        ExTimer? record;
        lock (_gate)
        {
            if (!_timers.Remove(timer, out record))
                return;
        }
        _executive.Timers.Cancel(timer);
        _executive.Dpcs.Remove(timer + DpcOffset);
        _executive.Heap.TryFree(timer);
        if (record.DeleteCallback != 0)
            _executive.Code.Call(record.DeleteCallback, [record.DeleteContext]);
    }

    private void Require(nuint timer, string routine)
    {
        lock (_gate)
        {
            if (_timers.TryGetValue(timer, out var record) && !record.IsDeleted)
                return;
        }
        throw _executive.BugCheck(new BugCheck(BugCheckCode.TIMER_OR_DPC_INVALID, 0, timer)
        {
            Detail = $"{routine} of 0x{(ulong)timer:x}, which is no executive timer (any more)",
        });
    }

    private sealed class ExTimer(nuint callback, nuint context)
    {
        public bool IsRunning;
        public bool IsDeleted;

        public nuint Callback { get; } = callback;

        public nuint Context { get; } = context;

        public nuint DeleteCallback { get; set; }

        public nuint DeleteContext { get; set; }
    }
}
