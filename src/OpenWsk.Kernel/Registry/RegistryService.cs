// The registry of one world, in memory: what the host puts there before a driver starts, and what drivers
// write. Names are compared without regard to case. It knows nothing about guest structures: see
// RegistryKeyRoutines.cs and RegistryQuery.cs.
using System.Text;
using OpenWsk.Ports;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Keys and values by path.</summary>
public sealed class RegistryService
{
    /// <summary>Where the keys of drivers are, each under the driver's service name.</summary>
    public const string Services = @"\Registry\Machine\System\CurrentControlSet\Services";

    // Keys that are there on every machine, so that drivers can make theirs below.
    private static readonly string[] s_roots =
    [
        Services,
        @"\Registry\Machine\System\CurrentControlSet\Control",
        @"\Registry\Machine\Software\Microsoft\Windows NT\CurrentVersion",
        @"\Registry\Machine\Hardware\DeviceMap",
        @"\Registry\User\.Default",
    ];

    private readonly Lock _gate = new();
    private readonly RegistryKey _root = new("");
    private readonly IClock _clock;

    /// <summary>A key has changed: one below it came or went, or one of its values did.</summary>
    internal event Action<RegistryKey, KeyChange>? Changed;

    /// <summary>The registry of a world whose clock tells when keys change.</summary>
    public RegistryService(IClock clock)
    {
        _clock = clock;
        foreach (var path in s_roots)
            Create(path);
        Preset();
    }

    /// <summary>The key that holds a driver's parameters.</summary>
    public static string ParametersPath(string service) => $@"{Services}\{service}\Parameters";

    /// <summary>The key at a path such as \Registry\Machine\System, or null.</summary>
    public RegistryKey? Open(string path, RegistryKey? from = null)
    {
        lock (_gate)
        {
            var key = from ?? _root;
            foreach (var part in Parts(path))
            {
                if (key.IsDeleted || !key.Children.TryGetValue(part, out key!))
                    return null;
            }
            return key.IsDeleted ? null : key;
        }
    }

    /// <summary>The key at a path, made with all that lead to it.</summary>
    public RegistryKey Create(string path, RegistryKey? from = null)
    {
        RegistryKey? changed = null;
        var key = from ?? _root;
        lock (_gate)
        {
            foreach (var part in Parts(path))
            {
                if (!key.Children.TryGetValue(part, out var child))
                {
                    changed ??= key;
                    var now = key.LastWrite100Ns = _clock.SystemTime100Ns;
                    key.Children[part] = child = new RegistryKey(part) { Parent = key, LastWrite100Ns = now };
                }
                key = child;
            }
        }
        if (changed is not null)
            Changed?.Invoke(changed, KeyChange.Name);
        return key;
    }

    /// <summary>Sets a value; the key is made when it is not there. Types are REG_*.</summary>
    public void SetValue(string path, string name, uint type, ReadOnlySpan<byte> data) =>
        SetValue(Create(path), name, type, data);

    public void SetValue(RegistryKey key, string name, uint type, ReadOnlySpan<byte> data)
    {
        var value = new RegistryValue(name, type, data.ToArray());
        lock (_gate)
        {
            key.Set(value);
            key.LastWrite100Ns = _clock.SystemTime100Ns;
        }
        Changed?.Invoke(key, KeyChange.LastSet);
    }

    /// <summary>Sets a text value, terminated as drivers expect it.</summary>
    public void SetString(string path, string name, string text) =>
        SetValue(path, name, REG_SZ, Encoding.Unicode.GetBytes(text + '\0'));

    /// <summary>Sets a 32-bit number.</summary>
    public void SetDword(string path, string name, uint number) =>
        SetValue(path, name, REG_DWORD, BitConverter.GetBytes(number));

    public RegistryValue? GetValue(RegistryKey key, string name)
    {
        lock (_gate)
            return key.Find(name);
    }

    /// <summary>Values of a key in the order of their making.</summary>
    public IReadOnlyList<RegistryValue> ValuesOf(RegistryKey key)
    {
        lock (_gate)
            return [.. key.Values];
    }

    /// <summary>Keys directly below a key, in the order of names.</summary>
    public IReadOnlyList<RegistryKey> ChildrenOf(RegistryKey key)
    {
        lock (_gate)
            return [.. key.Children.Values];
    }

    public bool DeleteValue(RegistryKey key, string name)
    {
        bool isRemoved;
        lock (_gate)
        {
            isRemoved = key.Remove(name);
            if (isRemoved)
                key.LastWrite100Ns = _clock.SystemTime100Ns;
        }
        if (isRemoved)
            Changed?.Invoke(key, KeyChange.LastSet);
        return isRemoved;
    }

    /// <summary>Deletes a key; false when keys are below it.</summary>
    public bool DeleteKey(RegistryKey key)
    {
        lock (_gate)
        {
            if (key.Children.Count > 0)
                return false;
            key.IsDeleted = true;
            Unlink(_root, key);
            if (key.Parent is { } parent)
                parent.LastWrite100Ns = _clock.SystemTime100Ns;
        }
        if (key.Parent is not null)
            Changed?.Invoke(key.Parent, KeyChange.Name);
        Changed?.Invoke(key, KeyChange.Name);
        return true;
    }

    // What drivers commonly read of a machine: its release as VersionRoutines tells it, its name, its host
    // name.
    private void Preset()
    {
        const string version = @"\Registry\Machine\Software\Microsoft\Windows NT\CurrentVersion";
        const string control = @"\Registry\Machine\System\CurrentControlSet\Control";
        SetString(version, "CurrentVersion", "6.3");
        SetString(version, "CurrentBuild", "26100");
        SetString(version, "CurrentBuildNumber", "26100");
        SetDword(version, "CurrentMajorVersionNumber", 10);
        SetDword(version, "CurrentMinorVersionNumber", 0);
        SetString(version, "InstallationType", "Client");
        SetString(version, "SystemRoot", @"C:\Windows");
        SetString(control + @"\ComputerName\ComputerName", "ComputerName", "OPENWSK");
        SetString(control + @"\ComputerName\ActiveComputerName", "ComputerName", "OPENWSK");
        SetString(Services + @"\Tcpip\Parameters", "Hostname", "openwsk");
        SetString(Services + @"\Tcpip\Parameters", "Domain", "");
    }

    private static bool Unlink(RegistryKey parent, RegistryKey key)
    {
        if (parent.Children.TryGetValue(key.Name, out var child) && ReferenceEquals(child, key))
            return parent.Children.Remove(key.Name);
        return parent.Children.Values.Any(c => Unlink(c, key));
    }

    private static string[] Parts(string path) => path.Split('\\', StringSplitOptions.RemoveEmptyEntries);
}
