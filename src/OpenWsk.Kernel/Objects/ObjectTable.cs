// Reference-counted objects of one world: each has an address in guest memory, a kind and a count. When the
// count falls to zero the object goes. It knows nothing about handles (HandleTable.cs) or about what kinds
// do.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>One object.</summary>
public struct ObjectRecord
{
    public ObjectKind Kind;
    public int References;

    /// <summary>The managed part of the object, such as a KernelThread or a registry key.</summary>
    public object? Payload;
}

/// <summary>The objects of one world.</summary>
public sealed class ObjectTable(Executive executive)
{
    private readonly AddressLedger<ObjectRecord> _records = new();

    public int Count => _records.Count;

    /// <summary>Who made handles and what they lead to.</summary>
    internal OriginLog Origins => executive.Origins;

    /// <summary>Makes an object with one reference, which belongs to the caller.</summary>
    public nuint Create(ObjectKind kind, int bodyBytes, object? payload = null)
    {
        var address = executive.Heap.Allocate(bodyBytes);
        Invariant.That(
            _records.TryAdd(address, new ObjectRecord { Kind = kind, References = 1, Payload = payload }));
        return address;
    }

    public bool TryGet(nuint address, out ObjectRecord record) => _records.TryGet(address, out record);

    /// <summary>Adds a reference and returns the new count; 0 when there is no such object.</summary>
    public int Reference(nuint address) =>
        _records.TryChange(address, static (ref ObjectRecord r, int _) =>
            ++r.References, 0, out var count) ? count : 0;

    /// <summary>Takes a reference and returns the new count; -1 when there is no such object.</summary>
    public int Dereference(nuint address)
    {
        if (!_records.TryChange(address, static (ref ObjectRecord r, int _) =>
            --r.References, 0, out var count))
            return -1;
        if (count == 0 && _records.TryRemove(address, out var record))
        {
            if (record.Payload is not IObjectBody body || body.OnUnreferenced())
                executive.Heap.TryFree(address);
        }
        return count;
    }

    /// <summary>Every object, in the order of addresses.</summary>
    public IReadOnlyList<KeyValuePair<nuint, ObjectRecord>> Snapshot() => _records.Snapshot();
}
