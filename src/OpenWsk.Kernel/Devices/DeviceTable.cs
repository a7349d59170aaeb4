// The devices that drivers make and the names by which they and their symbolic links are known. Names are
// compared without regard to case; \DosDevices, \GLOBAL?? and what applications write (\\.\Name) are the one
// directory \??. It knows nothing about DEVICE_OBJECTs (DeviceRoutines.cs) or
// about opening (IoService.cs). Interfaces: DeviceTable.Interfaces.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Devices and links of one world.</summary>
public sealed partial class DeviceTable
{
    // As many links as a look-up may follow: a link that leads to itself must not lead us in circles.
    private const int LinksMax = 32;
    private const string DosNames = @"\??\";

    private static readonly string[] s_dosPrefixes =
        [@"\DosDevices\Global\", @"\??\Global\", @"\DosDevices\", @"\GLOBAL??\", @"\\.\", @"\\?\"];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<nuint, string> _devices = [];
    private readonly SortedDictionary<string, Entry> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every device by its address, with its name or nothing.</summary>
    public IReadOnlyList<KeyValuePair<nuint, string>> Devices
    {
        get
        {
            lock (_gate)
                return [.. _devices];
        }
    }

    /// <summary>Every symbolic link, as its maker wrote it, with its target.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Links
    {
        get
        {
            lock (_gate)
                return [.. _names.Values.Where(e => e.Target.Length > 0)
                    .Select(e => KeyValuePair.Create(e.Name, e.Target))];
        }
    }

    /// <summary>A name as the kernel's namespace has it: applications' prefixes become \??\.</summary>
    public static string Canonical(string name)
    {
        foreach (var prefix in s_dosPrefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return string.Concat(DosNames, name.AsSpan(prefix.Length));
        }
        return name;
    }

    /// <summary>Finds the device that a path leads to, and what is left of the path behind it.</summary>
    /// <remarks>
    /// Errors: STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND.
    /// </remarks>
    public NTSTATUS Resolve(string path, out nuint device, out string rest)
    {
        (device, rest) = (0, "");
        if (path.Length == 0 || path[0] != '\\')
            return path.Length == 0 ? NTSTATUS.STATUS_OBJECT_NAME_INVALID
                : NTSTATUS.STATUS_OBJECT_PATH_SYNTAX_BAD;
        var name = Canonical(path);
        for (var links = 0; links < LinksMax; links++)
        {
            if (Find(name) is not { } found)
                return DescribeMissing(name);
            rest = name[found.LengthChars..];
            if (found.Entry.Target.Length == 0)
            {
                device = found.Entry.Device;
                return NTSTATUS.STATUS_SUCCESS;
            }
            name = Canonical(found.Entry.Target + rest);
        }
        return NTSTATUS.STATUS_OBJECT_NAME_INVALID;
    }

    /// <summary>The name of a device; empty when it has none.</summary>
    public string NameOf(nuint device)
    {
        lock (_gate)
            return _devices.GetValueOrDefault(device, "");
    }

    internal bool HasName(string name)
    {
        lock (_gate)
            return _names.ContainsKey(Canonical(name));
    }

    /// <summary>Adds a device; false when its name is taken.</summary>
    internal bool TryAdd(nuint device, string name)
    {
        lock (_gate)
        {
            if (name.Length > 0 && !_names.TryAdd(Canonical(name), new Entry(name, device, "")))
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
                _names.Remove(Canonical(name));
            ForgetInterfaces(device);
            return true;
        }
    }

    internal bool TryLink(string name, string target)
    {
        lock (_gate)
            return _names.TryAdd(Canonical(name), new Entry(name, 0, target));
    }

    internal bool Unlink(string name)
    {
        var key = Canonical(name);
        lock (_gate)
            return _names.TryGetValue(key, out var entry) && entry.Target.Length > 0 && _names.Remove(key);
    }

    // The first component at which the path meets something with a name, as a look-up from the root does.
    private (Entry Entry, int LengthChars)? Find(string path)
    {
        lock (_gate)
        {
            for (var end = path.IndexOf('\\', 1); ; end = path.IndexOf('\\', end + 1))
            {
                var length = end < 0 ? path.Length : end;
                if (_names.TryGetValue(path[..length], out var entry))
                    return (entry, length);
                if (end < 0)
                    return null;
            }
        }
    }

    private static NTSTATUS DescribeMissing(string path)
    {
        var parent = path[..path.LastIndexOf('\\')];
        var isKnown = parent.Length == 0
            || parent.Equals(@"\Device", StringComparison.OrdinalIgnoreCase)
            || parent.Equals(@"\??", StringComparison.OrdinalIgnoreCase);
        return isKnown ? NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND : NTSTATUS.STATUS_OBJECT_PATH_NOT_FOUND;
    }

    private readonly record struct Entry(string Name, nuint Device, string Target);
}
