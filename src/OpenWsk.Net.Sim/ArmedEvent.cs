// An event that its owner asks for and gets once each time: "receivable", "acceptable". It is posted when
// there is something to say, at most once at a time, and never after the end of its socket. It knows
// nothing about what there is to say.
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>Posts an event once for each time that it was armed.</summary>
internal sealed class ArmedEvent(IScheduler scheduler, Func<bool> isDue, Action raise) : DispatchItem
{
    private int _arms;
    private bool _isPosted;
    private bool _isEnded;

    /// <summary>Asks for one event.</summary>
    public void Arm()
    {
        _arms++;
        Signal();
    }

    /// <summary>Looks whether the event is due, after something changed.</summary>
    public void Signal()
    {
        if (_arms == 0 || _isPosted || _isEnded || !isDue())
            return;
        _isPosted = true;
        scheduler.Post(this);
    }

    /// <summary>No event follows.</summary>
    public void End() => _isEnded = true;

    public override void Run()
    {
        _isPosted = false;
        if (_isEnded)
            return;
        _arms--;
        raise();
        Signal();
    }
}
