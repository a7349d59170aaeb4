// Device interfaces by name. An enabled one is a name like a device's own, which leads to the device although
// that may have none. It knows nothing about classes' meanings.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class DeviceTable
{
    private readonly SortedDictionary<string, Interface> _interfaces = new(StringComparer.OrdinalIgnoreCase);

    // Counts up for ever: the number of an interface that is gone may still be in somebody's hands.
    private int _lastInterface;

    /// <summary>Adds an interface and returns its name; the same one again gets the same name.</summary>
    internal string AddInterface(nuint device, Guid classGuid, string reference)
    {
        lock (_gate)
        {
            var tail = reference.Length == 0 ? "" : @"\" + reference;
            foreach (var (known, value) in _interfaces)
            {
                if (value.Device == device && value.ClassGuid == classGuid && value.Reference == reference)
                    return known;
            }
            var name = $@"\??\ROOT#OPENWSK#{_lastInterface++:d4}#{classGuid:b}{tail}";
            _interfaces.Add(name, new Interface(device, classGuid, reference));
            return name;
        }
    }

    internal NTSTATUS SetInterface(string name, bool isEnabled)
    {
        lock (_gate)
        {
            if (!_interfaces.TryGetValue(Canonical(name), out var found))
                return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
            var key = KeyOf(Canonical(name));
            if (isEnabled)
                return _names.TryAdd(key, new Entry(name, found.Device, ""))
                    ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_NAME_EXISTS;
            return _names.Remove(key) ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        }
    }

    internal IReadOnlyList<string> ListInterfaces(Guid classGuid, nuint device, bool withDisabled)
    {
        lock (_gate)
            return [.. _interfaces.Where(i => i.Value.ClassGuid == classGuid
                && (device == 0 || i.Value.Device == device)
                && (withDisabled || _names.ContainsKey(KeyOf(i.Key)))).Select(i => i.Key)];
    }

    private void ForgetInterfaces(nuint device)
    {
        foreach (var name in _interfaces.Where(i => i.Value.Device == device).Select(i => i.Key).ToList())
        {
            _interfaces.Remove(name);
            _names.Remove(KeyOf(name));
        }
    }

    // A reference string is the first component of what is left of the path when the driver gets it.
    private static string KeyOf(string name)
    {
        var end = name.IndexOf('\\', @"\??\".Length);
        return end < 0 ? name : name[..end];
    }

    private sealed record Interface(nuint Device, Guid ClassGuid, string Reference);
}
