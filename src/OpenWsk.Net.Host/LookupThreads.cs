// Threads that wait for the system's resolver, as many as look-ups need up to a limit; each ends when there
// is nothing left to ask. Not .NET's pool: a few unanswered names would hold up the sockets that it serves.
// It knows nothing about names.
namespace OpenWsk.Net.Host;

/// <summary>Runs blocking work.</summary>
internal sealed class LookupThreads
{
    private const int ThreadsMax = 32;

    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = new();
    private int _threads;

    /// <summary>Runs the work soon, on a thread that may block; it must not throw.</summary>
    public void Run(Action work)
    {
        lock (_gate)
        {
            _waiting.Enqueue(work);
            if (_threads == ThreadsMax)
                return;
            _threads++;
        }
        new Thread(RunAll) { IsBackground = true, Name = "openwsk names" }.Start();
    }

    private void RunAll()
    {
        while (TryTake(out var work))
            work();
    }

    private bool TryTake(out Action work)
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out work!))
                return true;
            _threads--;
            return false;
        }
    }
}
