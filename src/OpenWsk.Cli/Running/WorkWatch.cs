// Notices that a driver's work has ended: none of its threads, timers, DPCs or work items is left, the
// provider holds none of its IRPs, and none of its sockets waits for a callback. It looks on each dispatcher
// in turn, between two items, so no completion routine is half-way when it looks: one that starts the next
// request has done so. It goes round twice, because what it finds on one may have begun on another that it
// has passed; the second time nothing may have happened since. It knows nothing about time limits.
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.Provider;

namespace OpenWsk.Cli.Running;

/// <summary>Tells when the guest is idle.</summary>
internal sealed class WorkWatch : DispatchItem
{
    private readonly Executive _executive;
    private readonly WskProvider _provider;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isPosted;

    // What has happened so far, and what had when the second round began.
    private long _happened;
    private long _happenedBefore;
    private int _round;

    public WorkWatch(Executive executive, WskProvider provider)
    {
        _executive = executive;
        _provider = provider;
    }

    /// <summary>Ends when the work does.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Begins to look; the drivers' entries have returned.</summary>
    public void Start()
    {
        _executive.GuestLeft += OnGuestLeft;
        _executive.GuestThreads.BecameIdle += OnBecameIdle;
        PostLook();
    }

    public void Stop()
    {
        _executive.GuestThreads.BecameIdle -= OnBecameIdle;
        _executive.GuestLeft -= OnGuestLeft;
    }

    public override void Run()
    {
        var happened = Interlocked.Read(ref _happened);
        var isUndisturbed = _round == 0 || happened == _happenedBefore;
        var isIdle = isUndisturbed && IsIdle();
        var processors = _executive.ProcessorCount;
        var isRoundEnd = Processor == processors - 1;
        if (isIdle && !(isRoundEnd && (_round == 1 || processors == 1)))
        {
            if (isRoundEnd)
                (_round, _happenedBefore) = (1, happened);
            Processor = isRoundEnd ? 0 : Processor + 1;
            _executive.Scheduler.Post(this);
            return;
        }
        (Processor, _round) = (0, 0);
        // What happened while the look was posted has posted none of its own.
        Interlocked.Exchange(ref _isPosted, 0);
        if (isIdle)
            _ended.TrySetResult();
        else if (!isUndisturbed || happened != Interlocked.Read(ref _happened))
            PostLook();
    }

    private bool IsIdle() =>
        _executive.GuestThreads.Count == 0
        && !_provider.IsAwaitingEvents
        && _provider.PendingIrps.Count == 0
        && _executive.Timers.Armed.Count == 0
        && _executive.Dpcs.Count == 0
        && _executive.Workers.Count == 0;

    private void OnGuestLeft()
    {
        Interlocked.Increment(ref _happened);
        if (_executive.GuestThreads.Count == 0)
            PostLook();
    }

    private void OnBecameIdle()
    {
        Interlocked.Increment(ref _happened);
        PostLook();
    }

    private void PostLook()
    {
        if (!_ended.Task.IsCompleted && Interlocked.Exchange(ref _isPosted, 1) == 0)
            _executive.Scheduler.Post(this);
    }
}
