// Reads wsk-items.txt: the control codes, options and callbacks that the provider serves. A name that does
// not stand there is missing. It knows nothing about routines.
namespace OpenWsk.Cli.Compat;

/// <summary>The items that are here in full or in part.</summary>
internal sealed class ItemList
{
    private readonly Dictionary<string, (CompatLevel Level, string Note)> _items = [];

    public ItemList()
    {
        using var stream = typeof(ItemList).Assembly.GetManifestResourceStream("wsk-items.txt")
            ?? throw new InvalidOperationException("the embedded file wsk-items.txt is missing");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            var level = Enum.Parse<CompatLevel>(cells[1], ignoreCase: true);
            _items.Add(cells[0], (level, cells.ElementAtOrDefault(2) ?? ""));
        }
    }

    /// <summary>Every name in the list.</summary>
    public IEnumerable<string> Names => _items.Keys;

    public (CompatLevel Level, string Note) Find(string name) =>
        _items.TryGetValue(name, out var item) ? item : (CompatLevel.Missing, "");
}
