// Functions and lines of one image by RVA, sorted once and searched by halves. It knows nothing about
// formats: each reader of this folder fills a builder.
namespace OpenWsk.Loader;

/// <summary>What one source of symbols tells.</summary>
internal sealed class SymbolTable
{
    private readonly Function[] _functions;
    private readonly Row[] _rows;
    private readonly string[] _files;

    private SymbolTable(Function[] functions, Row[] rows, string[] files)
    {
        _functions = functions;
        _rows = rows;
        _files = files;
    }

    public int FunctionCount => _functions.Length;

    public int RowCount => _rows.Length;

    /// <summary>The function that an RVA belongs to; false when none is known there.</summary>
    public bool TryFindFunction(uint rva, out string name, out uint start)
    {
        (name, start) = ("", 0);
        var index = Search(_functions, rva, static f => f.Start);
        if (index < 0)
            return false;
        var found = _functions[index];
        // Without a length a function reaches to the next one.
        if (found.LengthBytes != 0 && rva - found.Start >= found.LengthBytes)
            return false;
        (name, start) = (found.Name, found.Start);
        return true;
    }

    /// <summary>The source line that an RVA belongs to.</summary>
    public bool TryFindLine(uint rva, out string file, out int line)
    {
        (file, line) = ("", 0);
        var index = Search(_rows, rva, static r => r.Rva);
        if (index < 0 || _rows[index].File < 0)
            return false;
        (file, line) = (_files[_rows[index].File], _rows[index].Line);
        return true;
    }

    // The last element that starts at or before the RVA, or -1.
    private static int Search<T>(T[] sorted, uint rva, Func<T, uint> startOf)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (startOf(sorted[middle]) <= rva)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }

    private readonly record struct Function(uint Start, uint LengthBytes, string Name);

    // File -1 ends a sequence: no line is known from there on.
    private readonly record struct Row(uint Rva, int File, int Line);

    /// <summary>Collects functions and lines in any order.</summary>
    internal sealed class Builder(SymbolBudget budget)
    {
        private readonly List<Function> _functions = [];
        private readonly List<Row> _rows = [];
        private readonly List<string> _files = [];
        private readonly Dictionary<string, int> _fileNumbers = new(StringComparer.Ordinal);

        public SymbolBudget Budget => budget;

        /// <summary>Adds a function; length 0 means up to the next one.</summary>
        public void AddFunction(uint start, uint lengthBytes, string name)
        {
            budget.Spend(20);
            if (name.Length != 0)
                _functions.Add(new Function(start, lengthBytes, name));
        }

        public int FileNumber(string name)
        {
            if (_fileNumbers.TryGetValue(name, out var number))
                return number;
            _fileNumbers[name] = number = _files.Count;
            _files.Add(name);
            return number;
        }

        public void AddLine(uint rva, int file, int line)
        {
            budget.Spend(10);
            _rows.Add(new Row(rva, file, line));
        }

        /// <summary>From here on no line is known, unless another sequence begins here.</summary>
        public void EndLines(uint rva) => AddLine(rva, -1, 0);

        public SymbolTable Build()
        {
            // Stable, so that of several at one address the first that was added wins among functions, and
            // the last among lines, where a compiler's later row is the finer one; an end never hides a row.
            var functions = _functions.OrderBy(f => f.Start).DistinctBy(f => f.Start).ToArray();
            var rows = _rows.OrderBy(r => r.Rva).ThenBy(r => r.File < 0 ? 0 : 1).ToArray();
            return new SymbolTable(functions, rows, [.. _files]);
        }
    }
}
