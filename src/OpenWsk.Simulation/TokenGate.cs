// The hand-over of the world's token between OS threads: one waits at its gate, another opens it. It knows
// nothing about order. A monitor is used because a wait through it is one futex wait and no kernel object.
namespace OpenWsk.Simulation;

/// <summary>Where one OS thread waits for the token.</summary>
internal sealed class TokenGate
{
    private readonly object _lock = new();
    private bool _isOpen;

    /// <summary>Lets the waiter through, now or when it comes.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Waits until the gate is open, then closes it behind the caller.</summary>
    public void Pass()
    {
        lock (_lock)
        {
            while (!_isOpen)
                Monitor.Wait(_lock);
            _isOpen = false;
        }
    }
}
