// Handles of the system process: numbers that stand for a reference to an object. A number is not given
// twice, so that a driver's second ZwClose is seen. It knows nothing about what objects are. Next:
// HandleRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>The handles of one world.</summary>
public sealed class HandleTable(ObjectTable objects)
{
    // Kernel handles have the upper bits set, as drivers that print or test them know.
    private const ulong KernelHandleBits = 0xFFFF_FFFF_8000_0000;
    private const uint AllAccess = 0x001F_FFFF;
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, HandleEntry> _entries = [];
    private readonly Dictionary<nuint, int> _handlesOf = [];
    private ulong _lastIndex;

    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>Makes a handle with every access; the handle holds a reference of its own.</summary>
    public nuint Open(nuint target) => Open(target, AllAccess);

    /// <summary>Makes a handle; the handle holds a reference of its own.</summary>
    public nuint Open(nuint target, uint grantedAccess)
    {
        Invariant.That(objects.Reference(target) > 1);
        nuint handle;
        lock (_gate)
        {
            handle = (nuint)(KernelHandleBits | (++_lastIndex * 4));
            _entries.Add(handle, new HandleEntry(target, grantedAccess));
            _handlesOf[target] = _handlesOf.GetValueOrDefault(target) + 1;
        }
        objects.Origins.Note(OriginKind.Handle, handle);
        return handle;
    }

    public bool TryGet(nuint handle, out nuint target)
    {
        var isOpen = TryGetEntry(handle, out var entry);
        target = entry.Target;
        return isOpen;
    }

    /// <summary>The object and the access of a handle.</summary>
    public bool TryGetEntry(nuint handle, out HandleEntry entry)
    {
        lock (_gate)
            return _entries.TryGetValue(handle, out entry);
    }

    /// <summary>Ends a handle and the reference that it holds; false when there is none.</summary>
    public bool Close(nuint handle)
    {
        HandleEntry entry;
        bool isLast;
        lock (_gate)
        {
            if (!_entries.Remove(handle, out entry))
                return false;
            isLast = --_handlesOf[entry.Target] == 0;
            if (isLast)
                _handlesOf.Remove(entry.Target);
        }
        objects.Origins.Forget(OriginKind.Handle, handle);
        if (isLast && objects.TryGet(entry.Target, out var record))
            (record.Payload as IObjectBody)?.OnHandlesClosed();
        objects.Dereference(entry.Target);
        return true;
    }

    /// <summary>Every open handle and its object, in the order of opening.</summary>
    public IReadOnlyList<KeyValuePair<nuint, nuint>> Snapshot()
    {
        lock (_gate)
            return [.. _entries.OrderBy(pair => pair.Key)
                .Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Target))];
    }
}

/// <summary>What a handle leads to and what its holder may do.</summary>
public readonly record struct HandleEntry(nuint Target, uint GrantedAccess);
