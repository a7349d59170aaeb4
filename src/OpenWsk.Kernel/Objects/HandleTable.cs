// Handles of the system process: numbers that stand for a reference to an object. A number is not given
// twice, so that a driver's second ZwClose is seen. It knows nothing about what objects are. Next:
// HandleRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>The handles of one world.</summary>
public sealed class HandleTable(ObjectTable objects)
{
    // Kernel handles have the upper bits set, as drivers that print or test them know.
    private const ulong KernelHandleBits = 0xFFFF_FFFF_8000_0000;
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, nuint> _targets = [];
    private ulong _lastIndex;

    public int Count
    {
        get
        {
            lock (_gate)
                return _targets.Count;
        }
    }

    /// <summary>Makes a handle; the handle holds a reference of its own.</summary>
    public nuint Open(nuint target)
    {
        Invariant.That(objects.Reference(target) > 1);
        lock (_gate)
        {
            var handle = (nuint)(KernelHandleBits | (++_lastIndex * 4));
            _targets.Add(handle, target);
            return handle;
        }
    }

    public bool TryGet(nuint handle, out nuint target)
    {
        lock (_gate)
            return _targets.TryGetValue(handle, out target);
    }

    /// <summary>Ends a handle and the reference that it holds; false when there is none.</summary>
    public bool Close(nuint handle)
    {
        nuint target;
        lock (_gate)
        {
            if (!_targets.Remove(handle, out target))
                return false;
        }
        objects.Dereference(target);
        return true;
    }

    /// <summary>Every open handle and its object, in the order of opening.</summary>
    public IReadOnlyList<KeyValuePair<nuint, nuint>> Snapshot()
    {
        lock (_gate)
            return [.. _targets.OrderBy(pair => pair.Key)];
    }
}
