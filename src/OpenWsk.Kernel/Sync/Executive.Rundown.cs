// Who waits for the end of which rundown. It knows nothing about counts: see RundownRoutines.cs.
// A wait is entered before its rundown begins, so the last use that is given back finds it.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private readonly Dictionary<nuint, ManagedEvent> _rundowns = [];

    internal void BeginRundown(nuint protection, ManagedEvent released)
    {
        lock (_rundowns)
            _rundowns[protection] = released;
    }

    // Under the lock, so that the waiter does not dispose the event meanwhile.
    internal void EndRundown(nuint protection)
    {
        lock (_rundowns)
        {
            if (_rundowns.TryGetValue(protection, out var released))
                released.Set();
        }
    }

    internal void ForgetRundown(nuint protection)
    {
        lock (_rundowns)
            _rundowns.Remove(protection);
    }
}
