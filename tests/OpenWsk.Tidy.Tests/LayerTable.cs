// The layer table of ARCHITECTURE.md, read from the page itself, so that the page cannot fall behind the
// projects. It knows the table's columns: project, layer, holds, packages, unsafe.
using OpenWsk.TestSupport;

namespace OpenWsk.Tidy.Tests;

/// <summary>One project of src as the table allows it.</summary>
/// <param name="Project">Folder and project name.</param>
/// <param name="Layer">It may reference lower layers only; null for a build-time project that nothing
/// references.</param>
/// <param name="OnlyReferences">Where not empty, the only projects it may reference.</param>
/// <param name="Packages">The packages it may reference.</param>
/// <param name="Unsafe">`-`, `files` (in *.Unsafe.cs), `generated` or `throughout`.</param>
internal sealed record LayerRow(
    string Project,
    int? Layer,
    IReadOnlyList<string> OnlyReferences,
    IReadOnlyList<string> Packages,
    string Unsafe)
{
    internal bool IsUnsafeThroughout => Unsafe == "throughout";
}

/// <summary>Reads the table.</summary>
internal static class LayerTable
{
    private static readonly Lazy<List<LayerRow>> LazyRows = new(() =>
        [.. File.ReadLines(Repository.PathOf("ARCHITECTURE.md")).Where(IsRow).Select(ToRow)]);

    internal static IReadOnlyList<LayerRow> Rows => LazyRows.Value;

    internal static LayerRow? Find(string project) => Rows.FirstOrDefault(row => row.Project == project);

    private static bool IsRow(string line) => line.StartsWith("| OpenWsk", StringComparison.Ordinal);

    private static LayerRow ToRow(string line)
    {
        var cells = line.Trim('|').Split('|', StringSplitOptions.TrimEntries);
        if (cells.Length != 6)
        {
            throw new FormatException($"ARCHITECTURE.md: a row of the layer table has six cells: {line}");
        }
        return new LayerRow(
            cells[0], cells[1] == "-" ? null : int.Parse(cells[1]), List(cells[3]), List(cells[4]), cells[5]);
    }

    private static string[] List(string cell) =>
        cell is "-" or "" ? [] : cell.Split(", ", StringSplitOptions.TrimEntries);
}
