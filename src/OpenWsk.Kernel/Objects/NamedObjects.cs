// Objects by name: events and sections that drivers share. A name goes with the object's last reference.
// It knows nothing about devices and their links: see ../Devices/DeviceTable.cs.
namespace OpenWsk.Kernel;

/// <summary>The named objects of one world.</summary>
public sealed class NamedObjects(Executive executive)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, nuint> _objects = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The object of a name with a reference; 0 when there is none of the kind.</summary>
    internal nuint Find(string name, ObjectKind kind)
    {
        lock (_gate)
        {
            return _objects.TryGetValue(name, out var found)
                && executive.Objects.TryGet(found, out var record) && record.Kind == kind
                && executive.Objects.Reference(found) > 0 ? found : 0;
        }
    }

    /// <summary>
    /// The object of a name, or a new one; the caller has a reference. No name is always new.
    /// </summary>
    internal nuint FindOrAdd(string name, ObjectKind kind, Func<nuint> make, out bool isNew)
    {
        lock (_gate)
        {
            isNew = false;
            if (name.Length != 0 && Find(name, kind) is var found && found != 0)
                return found;
            isNew = true;
            var made = make();
            if (name.Length != 0)
                _objects[name] = made;
            return made;
        }
    }

    internal void Forget(string name)
    {
        lock (_gate)
            _objects.Remove(name);
    }
}

/// <summary>The managed part of an object that has a name, or may have one.</summary>
internal sealed class NamedObject(NamedObjects all, string name) : IObjectBody
{
    public bool OnUnreferenced()
    {
        if (name.Length != 0)
            all.Forget(name);
        return true;
    }
}
