// An open key, with those who wait for a change of it. Closing the last handle ends their waiting, as does a
// change; each is told once. It knows nothing about how they are told: KeyNotifyRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The managed part of a key's object.</summary>
internal sealed class KeyBody(Executive executive, RegistryKey key) : IObjectBody
{
    private readonly Lock _gate = new();
    private readonly List<Watch> _watches = [];

    public RegistryKey Key { get; } = key;

    /// <summary>Tells once when the key changes in one of some ways, or one below it does.</summary>
    public void Add(KeyChange filter, bool isForTree, Action<NTSTATUS> tell)
    {
        lock (_gate)
        {
            _watches.Add(new Watch(filter, isForTree, tell));
            if (_watches.Count == 1)
                executive.Registry.Changed += OnChanged;
        }
    }

    public void OnHandlesClosed() => Tell(_ => true, NTSTATUS.STATUS_NOTIFY_CLEANUP);

    private void OnChanged(RegistryKey changed, KeyChange how) => Tell(
        w => (w.Filter & how) != 0
            && (ReferenceEquals(changed, Key) || (w.IsForTree && IsBelow(changed))),
        NTSTATUS.STATUS_NOTIFY_ENUM_DIR);

    private void Tell(Predicate<Watch> which, NTSTATUS status)
    {
        List<Watch> told;
        lock (_gate)
        {
            told = _watches.FindAll(which);
            _watches.RemoveAll(told.Contains);
            if (told.Count != 0 && _watches.Count == 0)
                executive.Registry.Changed -= OnChanged;
        }
        foreach (var watch in told)
            watch.Tell(status);
    }

    private bool IsBelow(RegistryKey changed)
    {
        for (var above = changed.Parent; above is not null; above = above.Parent)
        {
            if (ReferenceEquals(above, Key))
                return true;
        }
        return false;
    }

    private sealed record Watch(KeyChange Filter, bool IsForTree, Action<NTSTATUS> Tell);
}
