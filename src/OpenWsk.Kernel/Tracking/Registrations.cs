// Registrations that are only recorded: a driver's wish to be told of something that does not happen here
// (processes, plug and play, power). What it registers and never takes back is a leftover. It knows nothing
// about what would be told.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Who has registered for what.</summary>
public sealed class Registrations
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, List<nuint>> _all = new(StringComparer.Ordinal);

    /// <summary>Adds one; the same may be added again.</summary>
    public NTSTATUS Add(string kind, nuint what)
    {
        lock (_gate)
        {
            if (!_all.TryGetValue(kind, out var list))
                _all[kind] = list = [];
            list.Add(what);
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Whether there is such a one.</summary>
    public bool Contains(string kind, nuint what)
    {
        lock (_gate)
            return _all.TryGetValue(kind, out var list) && list.Contains(what);
    }

    /// <summary>Takes one away; false when there is none.</summary>
    public bool Remove(string kind, nuint what)
    {
        lock (_gate)
            return _all.TryGetValue(kind, out var list) && list.Remove(what);
    }

    internal IEnumerable<Leftover> CollectLeftovers()
    {
        lock (_gate)
        {
            return
            [
                .. _all.Where(k => k.Value.Count != 0).Select(k => new Leftover(
                    k.Key, k.Value.Count, 0, string.Join(", ", k.Value.Select(v => $"0x{(ulong)v:x}")))),
            ];
        }
    }
}
