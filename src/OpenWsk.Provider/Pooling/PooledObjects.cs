// Objects that serve again and again: each thread keeps some of its own, so that taking and giving them
// back costs neither a lock nor an allocation, and threads that only take get from those that only give by
// way of a shared store, many at a time. It knows nothing about what the objects are. Users:
// RequestTable.cs, IndicationPool.cs, EventPumps.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>What can be pooled.</summary>
internal interface IPooled<T> where T : class
{
    /// <summary>Link of the pool that has the object; nobody else's.</summary>
    T? NextFree { get; set; }
}

/// <summary>What one thread keeps of one pool.</summary>
internal struct LocalPool<T> where T : class
{
    public T? First;
    public int Count;
}

/// <summary>What one thread keeps of the pools of its world's provider.</summary>
internal sealed class ThreadPools
{
    public LocalPool<WskRequest> Requests;
    public LocalPool<IndicationBlock> Headers;
    public LocalPool<IndicationBlock> Rooms;
    public LocalPool<ProviderSocket.EventPump> Pumps;

    /// <summary>The pools of a thread, made on first use.</summary>
    public static ThreadPools Of(KernelThread thread) =>
        thread.ProviderState as ThreadPools ?? Make(thread);

    private static ThreadPools Make(KernelThread thread)
    {
        var pools = new ThreadPools();
        thread.ProviderState = pools;
        return pools;
    }
}

/// <summary>The objects of one kind.</summary>
internal sealed class PooledObjects<T>(Func<T> make) where T : class, IPooled<T>
{
    // What a thread keeps at most, and how many change hands at once. Threads of the process's pool come and
    // go, and take what they keep with them.
    private const int LocalMax = 32;
    private const int Batch = 16;

    private readonly Lock _gate = new();
    private T? _shared;

    /// <summary>An object that nobody uses.</summary>
    public T Rent(ref LocalPool<T> local)
    {
        if (local.First is not { } first)
            return RentShared(ref local);
        local.First = first.NextFree;
        local.Count--;
        first.NextFree = null;
        return first;
    }

    /// <summary>Gives an object back, on the calling thread.</summary>
    public void Return(ref LocalPool<T> local, T item)
    {
        item.NextFree = local.First;
        local.First = item;
        if (++local.Count > LocalMax)
            Share(ref local);
    }

    private T RentShared(ref LocalPool<T> local)
    {
        lock (_gate)
        {
            for (var i = 0; i < Batch && _shared is { } first; i++)
            {
                _shared = first.NextFree;
                first.NextFree = local.First;
                local.First = first;
                local.Count++;
            }
        }
        return local.First is null ? make() : Rent(ref local);
    }

    private void Share(ref LocalPool<T> local)
    {
        lock (_gate)
        {
            for (var i = 0; i < Batch && local.First is { } first; i++)
            {
                local.First = first.NextFree;
                local.Count--;
                first.NextFree = _shared;
                _shared = first;
            }
        }
    }
}
