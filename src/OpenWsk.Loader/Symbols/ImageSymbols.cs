// The names of one image's code, from everything that is there: its PDB, its DWARF data, its COFF symbols,
// its exports, in this order. Read at the first question and kept. Whatever is damaged is left out, with the
// reason; no exception leaves. It knows nothing about addresses: it is asked by RVA.
namespace OpenWsk.Loader;

/// <summary>Answers what is at an RVA of an image.</summary>
public sealed class ImageSymbols
{
    private readonly List<SymbolTable> _tables = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _sources = [];

    private ImageSymbols(DriverImage image, IReadOnlyList<string> folders)
    {
        try
        {
            Read(new SymbolImage(image), image, folders);
        }
        catch (SymbolFormatException e)
        {
            _notes.Add($"{image.Name}: {e.Message}");
        }
    }

    /// <summary>Where the names come from, best first; empty when there are none.</summary>
    public IReadOnlyList<string> Sources => _sources;

    /// <summary>What could not be used, and why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The PDB that the image names; null when it names none.</summary>
    internal PdbIdentity? Pdb { get; private set; }

    /// <summary>When the image was linked, in the file's own unit.</summary>
    internal uint TimeStamp { get; private set; }

    /// <summary>The checksum in the image's header.</summary>
    internal uint CheckSum { get; private set; }

    /// <summary>Reads what an image and the folders with PDB files tell.</summary>
    /// <remarks>Errors: none; what cannot be used is in <see cref="Notes"/>.</remarks>
    public static ImageSymbols Read(DriverImage image, IReadOnlyList<string> folders) => new(image, folders);

    /// <summary>The name of a place in the image's code; null when nothing is known there.</summary>
    public CodeName? Find(uint rva)
    {
        foreach (var table in _tables)
        {
            if (!table.TryFindFunction(rva, out var function, out var start))
                continue;
            var isLine = TryFindLine(rva, out var file, out var line);
            return new CodeName(function, rva - start, isLine ? file : null, line);
        }
        return TryFindLine(rva, out var onlyFile, out var onlyLine)
            ? new CodeName(Path.GetFileName(onlyFile), 0, onlyFile, onlyLine)
            : null;
    }

    private bool TryFindLine(uint rva, out string file, out int line)
    {
        (file, line) = ("", 0);
        foreach (var table in _tables)
        {
            if (table.TryFindLine(rva, out file, out line))
                return true;
        }
        return false;
    }

    private void Read(SymbolImage image, DriverImage file, IReadOnlyList<string> folders)
    {
        (TimeStamp, CheckSum) = (image.TimeStamp, image.CheckSum);
        Try("debug directory", budget =>
        {
            Pdb = PdbIdentity.Read(image, budget);
            return null;
        });
        if (Pdb is { } identity)
        {
            string[] places = file.Folder is { } own ? [own, .. folders] : [.. folders];
            var path = "";
            Try("PDB", budget => PdbFinder.Read(image, identity, places, budget, _notes, out path),
                () => $"PDB {Path.GetFileName(path)}");
        }
        Try("DWARF", budget => DwarfSymbols.Read(image, budget));
        Try("COFF symbols", budget => CoffSymbols.Read(image, budget));
        Try("exports", budget => ExportSymbols.Read(image, budget));
    }

    private void Try(string what, Func<SymbolBudget, SymbolTable?> read, Func<string>? describe = null)
    {
        try
        {
            if (read(new SymbolBudget()) is not { } table || table.FunctionCount + table.RowCount == 0)
                return;
            _tables.Add(table);
            _sources.Add(describe?.Invoke() ?? what);
        }
        catch (SymbolFormatException e)
        {
            _notes.Add($"{what} cannot be used: {e.Message}");
        }
    }
}
