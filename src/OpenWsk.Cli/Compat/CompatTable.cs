// The compatibility table: every routine that this build exports, and every item of the WSK surface whether
// it is here or not. Routines speak for themselves (their attribute says how much is there); control codes,
// options and events are listed in wsk-items.txt, which a test holds to the provider's answers. What stands
// nowhere is missing. Next: CompatPage.cs writes the reference page.
using OpenWsk.Contract;
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Compat;

/// <summary>Makes the table.</summary>
internal static class CompatTable
{
    public const string Functions = "WSK functions";
    public const string Callbacks = "WSK callbacks";
    public const string ClientControls = "WskControlClient codes";
    public const string Options = "Socket options";
    public const string Ioctls = "Socket I/O controls";

    /// <summary>All rows, in the order of the page.</summary>
    public static IReadOnlyList<CompatItem> Make(RoutineTable exports)
    {
        var known = exports.All.Where(routine => routine.Library != Libraries.Internal).ToList();
        var items = new ItemList();
        var rows = new List<CompatItem>();
        rows.AddRange(FunctionRows(known));
        rows.AddRange(SurfaceRows(1, "kind", Callbacks, items, kind => kind == "callback"));
        rows.AddRange(SurfaceRows(7, "code", ClientControls, items));
        rows.AddRange(SurfaceRows(8, "option", Options, items));
        rows.AddRange(SurfaceRows(9, "control", Ioctls, items));
        rows.AddRange(known
            .Where(routine => routine.Library != Libraries.Wsk && !rows.Any(row => row.Name == routine.Name))
            .OrderBy(routine => routine.Library, StringComparer.OrdinalIgnoreCase)
            .ThenBy(routine => routine.Name, StringComparer.Ordinal)
            .Select(routine => Row(routine.Library, routine.Name, routine)));
        rows.AddRange(exports.Variables.OrderBy(name => name, StringComparer.Ordinal).Select(name =>
            new CompatItem(name.Split('!')[0], name.Split('!')[1], CompatLevel.Full, "variable")));
        return rows;
    }

    private static IEnumerable<CompatItem> FunctionRows(List<Routine> routines)
    {
        foreach (var row in SurfaceTable.Rows(1))
        {
            if (row["kind"] is not ("export" or "provider" or "socket" or "nmr"))
                continue;
            var name = row["name"];
            var bare = name.Split(' ')[0];
            var routine = routines.FirstOrDefault(r => r.Name == name)
                ?? routines.FirstOrDefault(r => r.Name == bare);
            yield return Row(Functions, name, routine);
        }
    }

    private static IEnumerable<CompatItem> SurfaceRows(
        int section, string column, string group, ItemList items, Func<string, bool>? isWanted = null)
    {
        foreach (var row in SurfaceTable.Rows(section).Where(row => row.ContainsKey(column)))
        {
            if (isWanted is not null && !isWanted(row[column]))
                continue;
            var name = isWanted is null ? row[column] : row["name"];
            var (level, note) = items.Find(name);
            yield return new CompatItem(group, name, level, note);
        }
    }

    private static CompatItem Row(string group, string name, Routine? routine) => routine is null
        ? new CompatItem(group, name, CompatLevel.Missing, "")
        : new CompatItem(group, name, LevelOf(routine), routine.Note ?? "");

    /// <summary>How much of a routine is here, by its own attribute.</summary>
    public static CompatLevel LevelOf(Routine routine) => routine.Support switch
    {
        SupportLevel.Full => CompatLevel.Full,
        SupportLevel.Partial => CompatLevel.Partial,
        _ => CompatLevel.Stub,
    };
}
