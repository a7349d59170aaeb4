// Routines of drivers that are called at a bug check, in the order of their registration. They run once, on
// the thread of the bug check at HIGH_LEVEL, after the report is made; one that fails ends, and the next is
// called. It knows nothing about records in guest memory; see BugCheckCallbackRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>The callbacks of one world.</summary>
internal sealed class BugCheckCallbacks(Executive executive)
{
    private readonly List<(nuint Record, Action Run)> _callbacks = [];
    private int _runningThread;

    /// <summary>Whether the calling thread is inside a callback.</summary>
    public bool IsInside => Volatile.Read(ref _runningThread) == Environment.CurrentManagedThreadId;

    /// <summary>False when the record is registered already.</summary>
    public bool TryAdd(nuint record, Action run)
    {
        lock (_callbacks)
        {
            if (_callbacks.Exists(c => c.Record == record))
                return false;
            _callbacks.Add((record, run));
            return true;
        }
    }

    /// <summary>False when the record is not registered.</summary>
    public bool TryRemove(nuint record)
    {
        lock (_callbacks)
            return _callbacks.RemoveAll(c => c.Record == record) != 0;
    }

    /// <summary>Calls them all; called once.</summary>
    public void Run()
    {
        Action[] callbacks;
        lock (_callbacks)
            callbacks = [.. _callbacks.Select(c => c.Run)];
        if (callbacks.Length == 0)
            return;
        ref var irql = ref executive.CurrentThread.Irql;
        var before = irql;
        Volatile.Write(ref _runningThread, Environment.CurrentManagedThreadId);
        foreach (var callback in callbacks)
        {
            irql = Irql.High;
            try
            {
                callback();
            }
            catch (GuestUnwindException)
            {
                // A second bug check, as on Windows, changes nothing about the first.
            }
        }
        Volatile.Write(ref _runningThread, 0);
        irql = before;
    }
}
