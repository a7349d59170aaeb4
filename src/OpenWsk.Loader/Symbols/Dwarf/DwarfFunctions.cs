// Walks .debug_info: every function that has code, with its name and where its code lies, and for each unit
// the folder that it was compiled in, which its line table needs. Names of classes and namespaces stand
// before a function's, as its source would name it. It knows nothing about lines; see DwarfLines.cs.
namespace OpenWsk.Loader;

/// <summary>Finds functions.</summary>
internal sealed class DwarfFunctions(DwarfSections sections, SymbolTable.Builder builder)
{
    private const int OriginsMax = 8;
    private const int DepthMax = 1000;
    private readonly DwarfAbbreviationCache _abbreviations = new();
    private readonly Dictionary<ulong, string> _declared = [];

    /// <summary>Folders of compilation by the offset of the unit's line table.</summary>
    public Dictionary<ulong, string> Folders { get; } = [];

    public void Read()
    {
        var reader = new SymbolReader(sections.Info.Span);
        while (reader.Remaining != 0)
        {
            sections.Budget.Spend();
            if (DwarfUnit.Read(sections, ref reader, _abbreviations) is { } unit)
                ReadUnit(unit);
        }
    }

    private void ReadUnit(DwarfUnit unit)
    {
        var reader = new SymbolReader(sections.Info.Span[..(int)unit.End]);
        reader.Seek(unit.FirstEntry);
        var isRoot = true;
        var scopes = new List<string>();
        _declared.Clear();
        while (reader.Remaining != 0)
        {
            var offset = (ulong)reader.Position;
            if (!DwarfEntry.TryRead(ref reader, unit, sections.Budget, out var entry))
            {
                if (scopes.Count != 0)
                    scopes.RemoveAt(scopes.Count - 1);
                continue;
            }
            if (isRoot)
                ReadRoot(unit, entry);
            isRoot = false;
            if (entry.Tag == DwarfEntry.Subprogram)
                ReadFunction(unit, offset, entry, scopes);
            if (!entry.HasChildren)
                continue;
            if (scopes.Count > DepthMax)
                throw new SymbolFormatException("DWARF entries are nested too deeply");
            scopes.Add(ScopeName(unit, entry, scopes));
        }
    }

    private void ReadRoot(DwarfUnit unit, DwarfEntry root)
    {
        // Without the attribute, the tables begin behind a header of 8 bytes (DWARF 5, section 7.26).
        unit.StringOffsetsBase = root.StringOffsetsBase.IsPresent ? root.StringOffsetsBase.Number : 8;
        unit.AddressBase = root.AddressBase.IsPresent ? root.AddressBase.Number : 8;
        unit.RangeListsBase = root.RangeListsBase.Number;
        unit.LowAddress = root.LowAddress.AddressOf(sections, unit) ?? 0;
        if (root.Lines.IsPresent && root.Folder.Text(sections, unit) is { } folder)
            Folders[root.Lines.Number] = folder;
    }

    private string ScopeName(DwarfUnit unit, DwarfEntry entry, List<string> scopes)
    {
        var outer = scopes.Count == 0 ? "" : scopes[^1];
        var isNaming = entry.Tag is DwarfEntry.Namespace or DwarfEntry.ClassType or DwarfEntry.Structure;
        if (!isNaming || outer.Length > SymbolReader.TextBytesMax)
            return outer;
        return entry.Name.Text(sections, unit) is { } name ? $"{outer}{name}::" : outer;
    }

    private void ReadFunction(DwarfUnit unit, ulong offset, DwarfEntry entry, List<string> scopes)
    {
        var low = entry.LowAddress.AddressOf(sections, unit);
        if (low is null && !entry.Ranges.IsPresent)
        {
            if (entry.Name.IsPresent)
                _declared[offset] = NameIn(unit, entry, scopes.Count == 0 ? "" : scopes[^1]);
            return;
        }
        var name = entry.Name.IsPresent ? NameIn(unit, entry, scopes.Count == 0 ? "" : scopes[^1])
            : OriginName(unit, entry);
        if (entry.Ranges.IsPresent)
        {
            DwarfRanges.Read(sections, unit, entry.Ranges, (start, end) => Add(start, end, name));
            return;
        }
        var high = entry.HighAddress.IsConstant ? low!.Value + entry.HighAddress.Number
            : entry.HighAddress.AddressOf(sections, unit) ?? low!.Value;
        Add(low!.Value, high, name);
    }

    private void Add(ulong start, ulong end, string name)
    {
        if (sections.TryRva(start, out var rva) && end >= start)
            builder.AddFunction(rva, (uint)Math.Min(end - start, uint.MaxValue), name);
    }

    private string NameIn(DwarfUnit unit, DwarfEntry entry, string scope) =>
        scope + (entry.Name.Text(sections, unit) ?? "");

    // A definition outside its class, or an out-of-line copy, has its name where it was declared.
    private string OriginName(DwarfUnit unit, DwarfEntry entry)
    {
        for (var i = 0; i < OriginsMax; i++)
        {
            var reference = entry.Specification.IsPresent ? entry.Specification : entry.Origin;
            if (reference.EntryOf(unit) is not { } target)
                break;
            if (_declared.TryGetValue(target, out var declared))
                return declared;
            // An entry of another unit would need that unit's abbreviations; compilers for drivers stay here.
            if (target < unit.FirstEntry || target >= unit.End)
                break;
            var reader = new SymbolReader(sections.Info.Span[..(int)unit.End]);
            reader.Seek(target);
            if (!DwarfEntry.TryRead(ref reader, unit, sections.Budget, out entry))
                break;
            if (entry.Name.Text(sections, unit) is { } name)
                return name;
        }
        return entry.LinkageName.Text(sections, unit) ?? "";
    }
}
