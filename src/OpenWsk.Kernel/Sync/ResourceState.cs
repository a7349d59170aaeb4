// What we know about one ERESOURCE: who owns it and how often, and who waits in which order. The service's
// gate guards it. It knows nothing about guest memory or about waiting: see ResourceService.cs.
namespace OpenWsk.Kernel;

/// <summary>Owners and waiters of one resource.</summary>
internal sealed class ResourceState
{
    private readonly Dictionary<nuint, int> _owners = [];

    /// <summary>Who waits, in the order of coming.</summary>
    public LinkedList<ResourceWaiter> Waiters { get; } = new();

    public bool IsExclusive { get; private set; }

    public bool IsFree => _owners.Count == 0;

    public int OwnerCount => _owners.Count;

    public uint Contentions { get; set; }

    /// <summary>The exclusive owner or the first of those who share; 0 for none.</summary>
    public nuint FirstOwner => _owners.Count == 0 ? 0 : _owners.Keys.First();

    public int CountOf(nuint owner) => _owners.GetValueOrDefault(owner);

    public int CountWaiters(bool isExclusive) => Waiters.Count(w => w.IsExclusive == isExclusive);

    public void Add(nuint owner, bool isExclusive)
    {
        IsExclusive = isExclusive;
        _owners[owner] = CountOf(owner) + 1;
    }

    /// <summary>Takes one acquisition of an owner away; false when it has none.</summary>
    public bool TryRemove(nuint owner)
    {
        var count = CountOf(owner);
        if (count == 0)
            return false;
        if (count > 1)
            _owners[owner] = count - 1;
        else
            _owners.Remove(owner);
        IsExclusive &= _owners.Count != 0;
        return true;
    }

    public void Share() => IsExclusive = false;

    /// <summary>Gives an owner's acquisitions another name.</summary>
    public bool TryRename(nuint owner, nuint name)
    {
        if (!_owners.Remove(owner, out var count))
            return false;
        _owners[name] = CountOf(name) + count;
        return true;
    }
}

/// <summary>One thread that waits for a resource.</summary>
internal sealed class ResourceWaiter(KernelThread thread, bool isExclusive)
{
    public bool IsGranted;

    public KernelThread Thread { get; } = thread;

    public bool IsExclusive { get; } = isExclusive;
}
