// One thread of a simulated world: a real OS thread that runs only while it holds the world's token.
// The OS thread is made when the token first comes, so a thread that never runs costs nothing.
// It knows nothing about who runs next: SimScheduler decides.
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

/// <summary>Where a thread of the world stands.</summary>
internal enum SimThreadState
{
    /// <summary>Holds the token.</summary>
    Running,

    /// <summary>Would run if it had the token.</summary>
    Runnable,

    /// <summary>Waits for a permit or a deadline.</summary>
    Parked,

    /// <summary>The dispatcher when nothing is posted; nobody misses it.</summary>
    Idle,
}

/// <summary>A thread of the world and its parker.</summary>
internal sealed class SimThread(SimScheduler scheduler, string name, Action body) : IParker
{
    private readonly TokenGate _gate = new();
    /// <summary>Whether the token has ever come, so that there is an OS thread.</summary>
    public bool IsStarted { get; private set; }

    public SimScheduler Scheduler => scheduler;

    public string Name => name;

    public Action Body => body;

    public SimThreadState State { get; set; } = SimThreadState.Runnable;

    public bool HasPermit { get; set; }

    /// <summary>Whether the last park ended by its deadline.</summary>
    public bool IsTimedOut { get; set; }

    public bool Park(long deadlineNs) => scheduler.Park(this, deadlineNs);

    public void Unpark() => scheduler.Unpark(this);

    /// <summary>Gives this thread the token; the caller must not touch the world afterwards.</summary>
    public void GiveToken()
    {
        if (IsStarted)
        {
            _gate.Open();
            return;
        }
        IsStarted = true;
        var thread = new Thread(() => scheduler.RunThread(this)) { IsBackground = true, Name = name };
        thread.UnsafeStart();
    }

    public void AwaitToken() => _gate.Pass();
}
