// A callback object: routines that drivers have registered, called in the order of their registration. It
// counts the calls under way, so that a routine which was taken back is not running any more. It knows
// nothing about names: NamedObjects.cs. Next: CallbackRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>The managed part of a callback object.</summary>
internal sealed class CallbackBody(Executive executive, string name, bool allowsMany) : IObjectBody
{
    private readonly Lock _gate = new();
    private readonly List<Registered> _registered = [];

    /// <summary>Adds a routine; false when there is one already and only one is allowed.</summary>
    public bool TryAdd(nuint handle, nuint routine, nuint context)
    {
        lock (_gate)
        {
            if (!allowsMany && _registered.Count != 0)
                return false;
            _registered.Add(new Registered(handle, routine, context));
            return true;
        }
    }

    /// <summary>Takes a routine back and waits for the calls of it that other threads have begun.</summary>
    public bool Remove(nuint handle)
    {
        Registered? found;
        ManagedEvent? idle = null;
        lock (_gate)
        {
            found = _registered.Find(r => r.Handle == handle);
            if (found is null)
                return false;
            _registered.Remove(found);
            // A routine that takes itself back cannot wait for its own end.
            found.Remaining = found.Threads.Count(t => t == executive.CurrentThread.Id);
            if (found.Threads.Count > found.Remaining)
                idle = found.Idle = new ManagedEvent(executive);
        }
        idle?.Wait();
        idle?.Dispose();
        return true;
    }

    /// <summary>Calls every routine.</summary>
    public void Notify(nuint argument1, nuint argument2)
    {
        Registered[] all;
        lock (_gate)
            all = [.. _registered];
        foreach (var one in all)
        {
            lock (_gate)
            {
                if (!_registered.Contains(one))
                    continue;
                one.Threads.Add(executive.CurrentThread.Id);
            }
            try
            {
                executive.Code.Call(one.Routine, [one.Context, argument1, argument2]);
            }
            finally
            {
                lock (_gate)
                {
                    one.Threads.Remove(executive.CurrentThread.Id);
                    if (one.Threads.Count <= one.Remaining)
                    {
                        one.Idle?.Set();
                        one.Idle = null;
                    }
                }
            }
        }
    }

    public bool OnUnreferenced()
    {
        if (name.Length != 0)
            executive.NamedObjects.Forget(name);
        return true;
    }

    private sealed class Registered(nuint handle, nuint routine, nuint context)
    {
        public nuint Handle { get; } = handle;

        public nuint Routine { get; } = routine;

        public nuint Context { get; } = context;

        public List<int> Threads { get; } = [];

        public ManagedEvent? Idle { get; set; }

        /// <summary>How many calls under way belong to the thread that takes the routine back.</summary>
        public int Remaining { get; set; }
    }
}
