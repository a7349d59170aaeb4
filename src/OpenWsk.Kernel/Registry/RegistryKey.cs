// One key of the registry: values in the order of their making, keys below it in the order of names.
// The Registry that it belongs to guards it. It knows nothing about handles or paths.
namespace OpenWsk.Kernel;

/// <summary>One value: its name as written first, its type (REG_*), its bytes.</summary>
public sealed record RegistryValue(string Name, uint Type, byte[] Data);

/// <summary>What about a key has changed: REG_NOTIFY_CHANGE_* of wdm.h.</summary>
[Flags]
internal enum KeyChange
{
    Name = 1,
    LastSet = 4,
}

/// <summary>One key.</summary>
public sealed class RegistryKey(string name)
{
    private readonly List<RegistryValue> _values = [];

    public string Name { get; } = name;

    /// <summary>The key above; null for the root.</summary>
    public RegistryKey? Parent { get; init; }

    /// <summary>The whole path, beginning with a backslash.</summary>
    public string Path => Parent is null ? "" : $@"{Parent.Path}\{Name}";

    /// <summary>True when it was deleted while handles to it are open.</summary>
    public bool IsDeleted { get; internal set; }

    /// <summary>When it last changed: one of its values, or which keys are below it. Units: 100 ns.</summary>
    public long LastWrite100Ns { get; internal set; }

    internal SortedDictionary<string, RegistryKey> Children { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal IReadOnlyList<RegistryValue> Values => _values;

    internal RegistryValue? Find(string name) => _values.Find(v => IsNamed(v, name));

    internal void Set(RegistryValue value)
    {
        var index = _values.FindIndex(v => IsNamed(v, value.Name));
        if (index < 0)
            _values.Add(value);
        else
            _values[index] = value with { Name = _values[index].Name };
    }

    internal bool Remove(string name) => _values.RemoveAll(v => IsNamed(v, name)) > 0;

    private static bool IsNamed(RegistryValue value, string name) =>
        value.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
