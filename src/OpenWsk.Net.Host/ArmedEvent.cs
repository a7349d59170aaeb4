// The readiness protocol of the port: whoever arms is told once, on the dispatcher, when there is something
// to take. It knows nothing about what is waited for: its owner arms and signals under its own lock.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Counts arms and turns them into events on the dispatcher.</summary>
internal sealed class ArmedEvent(IScheduler scheduler, Lock gate, Func<bool> isEnded, Action tell)
    : DispatchItem
{
    // Arms not answered yet, and answered arms whose event is on its way to the dispatcher.
    private int _arms;
    private int _due;
    private bool _isPosted;

    /// <summary>Whether somebody waits.</summary>
    public bool IsArmed => _arms > 0;

    /// <summary>Asks for one event. Called under the lock.</summary>
    public void Arm() => _arms++;

    /// <summary>Answers all arms. Called under the lock.</summary>
    public void Signal()
    {
        _due += _arms;
        _arms = 0;
        if (_due > 0 && !_isPosted)
        {
            _isPosted = true;
            scheduler.Post(this);
        }
    }

    /// <summary>
    /// How many arms there are, for a caller on the dispatcher who answers them by <see cref="Tell"/>. Called
    /// under the lock.
    /// </summary>
    public int TakeArms()
    {
        var arms = _arms;
        _arms = 0;
        return arms;
    }

    /// <summary>Answers arms that were taken, without the lock.</summary>
    public void Tell(int events)
    {
        for (; events > 0 && !isEnded(); events--)
        {
            tell();
        }
    }

    public override void Run()
    {
        int events;
        lock (gate)
        {
            _isPosted = false;
            events = _due;
            _due = 0;
        }
        Tell(events);
    }
}
