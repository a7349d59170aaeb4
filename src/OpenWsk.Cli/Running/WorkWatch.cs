// Notices that a driver's work has ended: none of its threads, timers, DPCs or work items is left, the
// provider holds none of its IRPs, and none of its sockets waits for a callback. It looks on the dispatcher,
// between two items, so no completion routine is half-way when it looks: one that starts the next request has
// done so. It knows nothing about time limits.
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.Provider;

namespace OpenWsk.Cli.Running;

/// <summary>Tells when the guest is idle.</summary>
internal sealed class WorkWatch : DispatchItem, IEventSink
{
    private readonly Executive _executive;
    private readonly WskProvider _provider;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isPosted;

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
        _executive.AddSink(this);
        _executive.GuestThreads.BecameIdle += PostLook;
        PostLook();
    }

    public void Stop()
    {
        _executive.GuestThreads.BecameIdle -= PostLook;
        _executive.RemoveSink(this);
    }

    public void OnEvent(in KernelEvent e)
    {
        var mayBeLast = e.Kind is KernelEventKind.IrpCompleted or KernelEventKind.CallbackReturn;
        if (mayBeLast && _executive.GuestThreads.Count == 0)
            PostLook();
    }

    public override void Run()
    {
        Volatile.Write(ref _isPosted, 0);
        if (IsIdle())
            _ended.TrySetResult();
    }

    private bool IsIdle() =>
        _executive.GuestThreads.Count == 0
        && _provider.PendingIrps.Count == 0
        && _provider.SocketsAwaitingEvents == 0
        && _executive.Timers.Armed.Count == 0
        && _executive.Dpcs.Count == 0
        && _executive.Workers.Count == 0;

    private void PostLook()
    {
        if (!_ended.Task.IsCompleted && Interlocked.Exchange(ref _isPosted, 1) == 0)
            _executive.Scheduler.Post(this);
    }
}
