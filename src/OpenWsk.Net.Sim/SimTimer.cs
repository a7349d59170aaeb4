// A timer over the scheduler's deadlines that can be set, moved and stopped at any time. The scheduler cannot
// take back an item that is about to run; such an item finds here that nobody wants it any more.
// It knows nothing about what the time is for.
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>One restartable timer.</summary>
internal sealed class SimTimer(IScheduler scheduler, IClock clock, Action expired) : DispatchItem
{
    private long _wantedNs = IParker.Never;
    private bool _isPosted;

    public bool IsSet => _wantedNs != IParker.Never;

    public void Set(long deadlineNs)
    {
        Stop();
        _wantedNs = deadlineNs;
        if (!_isPosted)
            Post();
    }

    public void Stop()
    {
        _wantedNs = IParker.Never;
        if (_isPosted && scheduler.CancelPost(this))
            _isPosted = false;
    }

    public override void Run()
    {
        _isPosted = false;
        if (!IsSet)
            return;
        if (_wantedNs > clock.NowNs)
        {
            Post();
            return;
        }
        _wantedNs = IParker.Never;
        expired();
    }

    private void Post()
    {
        _isPosted = true;
        scheduler.PostAt(_wantedNs, this);
    }
}
