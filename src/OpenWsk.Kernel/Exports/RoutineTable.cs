// Finds routines and exported variables by library and name. It knows nothing about binding.
// Names are looked up as Windows does: the library without regard to case, the routine exactly.
namespace OpenWsk.Kernel;

/// <summary>The routines and variables that one world exports to drivers.</summary>
public sealed class RoutineTable
{
    private readonly Dictionary<string, Routine> _routines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<nuint>> _variables = new(StringComparer.Ordinal);

    private readonly List<Routine> _unlisted = [];

    /// <summary>Raised by <see cref="AddUnlisted"/>.</summary>
    public event Action<Routine>? UnlistedAdded;

    /// <summary>Routines that are not found by name.</summary>
    public IReadOnlyList<Routine> Unlisted
    {
        get
        {
            lock (_unlisted)
                return [.. _unlisted];
        }
    }

    /// <summary>All routines in the order of their registration.</summary>
    public IEnumerable<Routine> All => _routines.Values;

    /// <summary>Names of the exported variables, as library!name.</summary>
    public IEnumerable<string> Variables => _variables.Keys;

    public void Add(IEnumerable<Routine> routines)
    {
        foreach (var routine in routines)
            _routines.Add(Key(routine.Library, routine.Name), routine);
    }

    /// <summary>Makes a routine known that is not found by name: records of its calls name it.</summary>
    public void AddUnlisted(Routine routine)
    {
        lock (_unlisted)
            _unlisted.Add(routine);
        UnlistedAdded?.Invoke(routine);
    }

    /// <summary>Exports a variable; the address is made on first use.</summary>
    public void AddVariable(string library, string name, Func<nuint> address) =>
        _variables.Add(Key(library, name), address);

    public Routine? Find(string library, string name) => _routines.GetValueOrDefault(Key(library, name));

    /// <summary>The routine, which must exist: for our own references.</summary>
    public Routine Get(string library, string name) =>
        Find(library, name) ?? throw new InvalidOperationException($"no routine {library}!{name}");

    /// <summary>Whether anything of a library is exported.</summary>
    public bool HasLibrary(string library)
    {
        var prefix = Key(library, "");
        return _routines.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>Whether a variable of that name is exported, without making it.</summary>
    public bool HasVariable(string library, string name) => _variables.ContainsKey(Key(library, name));

    public bool TryFindVariable(string library, string name, out nuint address)
    {
        var found = _variables.TryGetValue(Key(library, name), out var make);
        address = found ? make!() : 0;
        return found;
    }

    // The kernel's own exports moved between hal.dll and ntoskrnl.exe over the releases; drivers name either.
    private static string Key(string library, string name)
    {
        var lower = library.ToLowerInvariant();
        return (lower switch
        {
            "hal.dll" or "ntkrnlpa.exe" => "ntoskrnl.exe",
            "ksecdd.sys" => "cng.sys",
            _ => lower,
        }) + "!" + name;
    }
}
