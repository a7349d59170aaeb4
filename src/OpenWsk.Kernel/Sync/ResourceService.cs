// Executive resources (ERESOURCE) of one world: who may have one now, who waits, who is next. A resource is
// handed over under one gate, in the order of waiting; those who share come together. The guest's structure
// shows owners and counts as debuggers and lookers-on expect them. It knows nothing about which routine a
// driver called: see ResourceRoutines.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>How a share of a resource is asked for.</summary>
public enum ResourceShare
{
    /// <summary>
    /// Behind those who wait for the resource alone, unless the caller has a share already.
    /// </summary>
    Fair,

    /// <summary>Past those who wait for the resource alone.</summary>
    StarveExclusive,

    /// <summary>Behind those who wait for the resource alone, always.</summary>
    WaitForExclusive,
}

/// <summary>The executive resources of one world.</summary>
public sealed class ResourceService : IEndingWatch
{
    // ResourceOwnedExclusive of ERESOURCE.Flag.
    private const ushort OwnedExclusiveFlag = 0x80;
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, ResourceState> _states = [];

    internal ResourceService(Executive executive)
    {
        _executive = executive;
        executive.AddEndingWatch(this);
    }

    /// <summary>Number of resources that were initialised and not deleted.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _states.Count;
        }
    }

    /// <summary>Makes a free resource.</summary>
    public void Initialize(GuestPtr<ERESOURCE> resource)
    {
        lock (_gate)
        {
            _states[resource.Address] = new ResourceState();
            resource.Value = default;
            GuestLists.Initialize(resource.Address);
        }
    }

    /// <summary>Ends a resource.</summary>
    public void Delete(GuestPtr<ERESOURCE> resource)
    {
        lock (_gate)
        {
            if (!_states.Remove(resource.Address, out var state))
                _executive.Breach(
                    "LOCK", $"the resource at {resource} is deleted, but it was not initialised");
            else if (!state.IsFree)
                _executive.Breach("LOCK", $"the resource at {resource} is deleted while it is owned");
        }
    }

    /// <summary>
    /// Takes the resource alone; false when that needs waiting and the caller does not wait.
    /// </summary>
    public bool AcquireAlone(GuestPtr<ERESOURCE> resource, bool waits)
    {
        var thread = _executive.CurrentThread;
        var waiter = new ResourceWaiter(thread, isExclusive: true);
        lock (_gate)
        {
            var state = StateOf(resource);
            var mine = state.CountOf(thread.Object);
            if (state.IsFree || (state.IsExclusive && mine != 0))
            {
                Grant(resource, state, thread.Object, isExclusive: true);
                return true;
            }
            if (mine != 0 && waits)
                _executive.Breach(
                    "LOCK",
                    $"a deadlock: who shares the resource at {resource} waits to have it alone");
            if (!waits)
                return false;
            Enqueue(resource, state, waiter);
        }
        WaitFor(resource, waiter);
        return true;
    }

    /// <summary>Takes a share; false when that needs waiting and the caller does not wait.</summary>
    public bool AcquireShared(GuestPtr<ERESOURCE> resource, bool waits, ResourceShare share)
    {
        var thread = _executive.CurrentThread;
        var waiter = new ResourceWaiter(thread, isExclusive: false);
        lock (_gate)
        {
            var state = StateOf(resource);
            if (CanShare(state, thread.Object, share))
            {
                Grant(resource, state, thread.Object, state.IsExclusive);
                return true;
            }
            if (!waits)
                return false;
            Enqueue(resource, state, waiter);
        }
        WaitFor(resource, waiter);
        return true;
    }

    /// <summary>Gives one acquisition of an owner back.</summary>
    /// <remarks>Errors: bug check 0xE3 when the owner has none.</remarks>
    public void Release(GuestPtr<ERESOURCE> resource, nuint owner)
    {
        lock (_gate)
        {
            var state = StateOf(resource);
            if (!state.TryRemove(owner))
                throw NotOwned(resource, owner, state);
            HandOver(resource, state);
        }
    }

    /// <summary>Turns having the resource alone into a share.</summary>
    public void Convert(GuestPtr<ERESOURCE> resource)
    {
        var owner = _executive.CurrentThread.Object;
        lock (_gate)
        {
            var state = StateOf(resource);
            if (!state.IsExclusive)
                throw NotOwned(resource, owner, state);
            state.Share();
            HandOver(resource, state);
        }
    }

    /// <summary>Makes an owner of the caller's choice of the calling thread.</summary>
    public void SetOwner(GuestPtr<ERESOURCE> resource, nuint name)
    {
        var owner = _executive.CurrentThread.Object;
        lock (_gate)
        {
            var state = StateOf(resource);
            if (!state.TryRename(owner, name))
                throw NotOwned(resource, owner, state);
            Show(resource, state);
        }
    }

    /// <summary>How often the calling thread has the resource, alone or shared.</summary>
    public int CountOfCaller(GuestPtr<ERESOURCE> resource, bool isExclusiveOnly)
    {
        lock (_gate)
        {
            var state = StateOf(resource);
            return isExclusiveOnly && !state.IsExclusive ? 0 : state.CountOf(_executive.CurrentThread.Object);
        }
    }

    public int CountWaiters(GuestPtr<ERESOURCE> resource, bool isExclusive)
    {
        lock (_gate)
            return StateOf(resource).CountWaiters(isExclusive);
    }

    /// <summary>Reports resources that lie in memory which is freed, and forgets them.</summary>
    void IEndingWatch.OnFreeing(GuestRange memory)
    {
        lock (_gate)
        {
            // Blocks are freed all the time, and nearly always no resource lies in one.
            var isAny = false;
            foreach (var (address, _) in _states)
                isAny |= memory.Contains(address);
            if (!isAny)
                return;
            foreach (var address in _states.Keys.Where(memory.Contains).Order().ToArray())
            {
                _states.Remove(address);
                _executive.Breach(
                    "LOCK",
                    $"memory is freed in which the resource at 0x{(ulong)address:x} has not been deleted");
            }
        }
    }

    private static bool CanShare(ResourceState state, nuint owner, ResourceShare share)
    {
        if (state.IsFree)
            return share != ResourceShare.WaitForExclusive || state.CountWaiters(isExclusive: true) == 0;
        if (state.IsExclusive)
            return state.CountOf(owner) != 0;
        if (state.CountWaiters(isExclusive: true) == 0)
            return true;
        return share switch
        {
            ResourceShare.StarveExclusive => true,
            ResourceShare.WaitForExclusive => false,
            _ => state.CountOf(owner) != 0,
        };
    }

    private void Enqueue(GuestPtr<ERESOURCE> resource, ResourceState state, ResourceWaiter waiter)
    {
        state.Contentions++;
        state.Waiters.AddLast(waiter);
        Show(resource, state);
    }

    private void WaitFor(GuestPtr<ERESOURCE> resource, ResourceWaiter waiter)
    {
        try
        {
            while (!Volatile.Read(ref waiter.IsGranted))
            {
                _executive.ThrowIfStopped();
                waiter.Thread.Parker.Park(IParker.Never);
            }
        }
        catch (GuestUnwindException)
        {
            lock (_gate)
                StateOf(resource).Waiters.Remove(waiter);
            throw;
        }
    }

    // The longest-waiting one is next; who shares brings along all that share, up to the next that is alone.
    private void HandOver(GuestPtr<ERESOURCE> resource, ResourceState state)
    {
        while (state.Waiters.First is { } first)
        {
            var waiter = first.Value;
            if (waiter.IsExclusive ? !state.IsFree : !state.IsFree && state.IsExclusive)
                break;
            state.Waiters.RemoveFirst();
            state.Add(waiter.Thread.Object, waiter.IsExclusive);
            Volatile.Write(ref waiter.IsGranted, true);
            waiter.Thread.Parker.Unpark();
        }
        Show(resource, state);
    }

    private static void Grant(
        GuestPtr<ERESOURCE> resource, ResourceState state, nuint owner, bool isExclusive)
    {
        state.Add(owner, isExclusive);
        Show(resource, state);
    }

    private static void Show(GuestPtr<ERESOURCE> resource, ResourceState state)
    {
        ref var r = ref resource.Value;
        r.ActiveCount = (short)(state.IsFree ? 0 : 1);
        r.ActiveEntries = (uint)state.OwnerCount;
        r.Flag = state.IsExclusive ? OwnedExclusiveFlag : (ushort)0;
        r.OwnerEntry.OwnerThread = state.FirstOwner;
        r.ContentionCount = state.Contentions;
        r.NumberOfExclusiveWaiters = (uint)state.CountWaiters(isExclusive: true);
        r.NumberOfSharedWaiters = (uint)state.CountWaiters(isExclusive: false);
    }

    private ResourceState StateOf(GuestPtr<ERESOURCE> resource)
    {
        if (_states.TryGetValue(resource.Address, out var state))
            return state;
        _executive.Breach("LOCK", $"the resource at {resource} is used, but it was not initialised");
        return _states[resource.Address] = new ResourceState();
    }

    private GuestStoppedException NotOwned(GuestPtr<ERESOURCE> resource, nuint owner, ResourceState state) =>
        _executive.BugCheck(new BugCheck(
            BugCheckCode.RESOURCE_NOT_OWNED, resource.Address, owner, state.FirstOwner)
        {
            Detail = $"the resource at {resource} is released or converted by 0x{(ulong)owner:x}, "
                + "which does not own it in that way",
        });
}
