// Which stack made a thing that a driver has to end: for the account of what was left behind. Things with a
// record of their own (blocks, timers) keep the stack there instead. It knows nothing about what ends when:
// who is left is asked of the services. Next: Executive.Leftovers.cs.
namespace OpenWsk.Kernel;

/// <summary>Kinds of things whose maker is noted here.</summary>
public enum OriginKind
{
    Thread,
    Handle,
    Device,
    SymbolicLink,
    WorkItemObject,
    LookasideList,
    Resource,
    LockedPages,
}

/// <summary>The makers of things in one world.</summary>
public sealed class OriginLog
{
    private readonly StackLog _stacks;
    private readonly AddressLedger<int>[] _made =
        [.. Enum.GetValues<OriginKind>().Select(_ => new AddressLedger<int>())];

    internal OriginLog(StackLog stacks) => _stacks = stacks;

    /// <summary>Notes that the calling guest code made a thing.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="key">Its address, its handle or another number of its own.</param>
    public void Note(OriginKind kind, nuint key) => Note(kind, key, _stacks.Capture());

    /// <summary>Notes that a stack made a thing.</summary>
    public void Note(OriginKind kind, nuint key, int stack)
    {
        _made[(int)kind].TryRemove(key, out _);
        _made[(int)kind].TryAdd(key, stack);
    }

    /// <summary>The thing has ended; false when it was not noted.</summary>
    public bool Forget(OriginKind kind, nuint key) => _made[(int)kind].TryRemove(key, out _);

    /// <summary>The number of the stack that made a thing; 0 when it is not known.</summary>
    public int StackOf(OriginKind kind, nuint key) =>
        _made[(int)kind].TryGet(key, out var stack) ? stack : 0;

    /// <summary>What was made and has not ended, with its stack's number.</summary>
    public IReadOnlyList<KeyValuePair<nuint, int>> Snapshot(OriginKind kind) => _made[(int)kind].Snapshot();

    /// <summary>The key of what has a name and no address.</summary>
    public static nuint KeyOf(string name) => (uint)StringComparer.OrdinalIgnoreCase.GetHashCode(name);
}
