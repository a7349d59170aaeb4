// The devices that drivers make and the names by which they and their symbolic links are known.
// Names are compared without regard to case. It knows nothing about DEVICE_OBJECTs: see DeviceRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>Devices and links of one world.</summary>
public sealed class DeviceTable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<nuint, string> _devices = [];
    private readonly SortedDictionary<string, string> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every device by its address, with its name or nothing.</summary>
    public IReadOnlyList<KeyValuePair<nuint, string>> Devices
    {
        get
        {
            lock (_gate)
                return [.. _devices];
        }
    }

    /// <summary>Every symbolic link with its target.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Links
    {
        get
        {
            lock (_gate)
                return [.. _names.Where(n => n.Value.Length > 0)];
        }
    }

    internal bool HasName(string name)
    {
        lock (_gate)
            return _names.ContainsKey(name);
    }

    /// <summary>Adds a device; false when its name is taken.</summary>
    internal bool TryAdd(nuint device, string name)
    {
        lock (_gate)
        {
            if (name.Length > 0 && !_names.TryAdd(name, ""))
                return false;
            _devices.Add(device, name);
            return true;
        }
    }

    internal bool Remove(nuint device)
    {
        lock (_gate)
        {
            if (!_devices.Remove(device, out var name))
                return false;
            if (name.Length > 0)
                _names.Remove(name);
            return true;
        }
    }

    internal bool TryLink(string name, string target)
    {
        lock (_gate)
            return _names.TryAdd(name, target);
    }

    internal bool Unlink(string name)
    {
        lock (_gate)
            return _names.TryGetValue(name, out var target) && target.Length > 0 && _names.Remove(name);
    }
}
