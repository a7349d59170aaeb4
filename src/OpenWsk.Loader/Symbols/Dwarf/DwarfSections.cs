// The .debug_* sections of one image, and the tables that values of .debug_info point into. Formats: DWARF
// Debugging Information Format, versions 4 and 5. It knows nothing about entries; see DwarfFunctions.cs.
namespace OpenWsk.Loader;

/// <summary>DWARF data of a driver.</summary>
internal sealed class DwarfSections(SymbolImage image, SymbolBudget budget)
{
    public SymbolBudget Budget => budget;

    public ReadOnlyMemory<byte> Info { get; } = image.Section(".debug_info");

    public ReadOnlyMemory<byte> Abbreviations { get; } = image.Section(".debug_abbrev");

    public ReadOnlyMemory<byte> Lines { get; } = image.Section(".debug_line");

    public ReadOnlyMemory<byte> Ranges { get; } = image.Section(".debug_ranges");

    public ReadOnlyMemory<byte> RangeLists { get; } = image.Section(".debug_rnglists");

    private readonly ReadOnlyMemory<byte> _strings = image.Section(".debug_str");
    private readonly ReadOnlyMemory<byte> _lineStrings = image.Section(".debug_line_str");
    private readonly ReadOnlyMemory<byte> _stringOffsets = image.Section(".debug_str_offsets");
    private readonly ReadOnlyMemory<byte> _addresses = image.Section(".debug_addr");

    public string String(ulong offset) => TextAt(_strings, offset);

    public string LineString(ulong offset) => TextAt(_lineStrings, offset);

    public string InfoString(ulong offset) => TextAt(Info, offset);

    /// <summary>A string by its number in a unit's table of offsets.</summary>
    public string IndexedString(DwarfUnit unit, ulong index)
    {
        var size = (ulong)unit.OffsetBytes;
        return String(Word(_stringOffsets, unit.StringOffsetsBase, index, size));
    }

    /// <summary>An address by its number in a unit's table.</summary>
    public ulong IndexedAddress(DwarfUnit unit, ulong index) =>
        Word(_addresses, unit.AddressBase, index, (ulong)unit.AddressBytes);

    /// <summary>The offset of a range list by its number in a unit's table.</summary>
    public ulong IndexedRanges(DwarfUnit unit, ulong index) =>
        unit.RangeListsBase + Word(RangeLists, unit.RangeListsBase, index, (ulong)unit.OffsetBytes);

    /// <summary>The place in the image that a linked address names; false when it lies outside.</summary>
    public bool TryRva(ulong address, out uint rva)
    {
        rva = (uint)(address - image.PreferredBase);
        return address - image.PreferredBase < image.SizeBytes;
    }

    private static ulong Word(ReadOnlyMemory<byte> table, ulong start, ulong index, ulong sizeBytes)
    {
        var reader = new SymbolReader(table.Span);
        if (index > (ulong)table.Length)
            throw new SymbolFormatException("an index lies behind the end of its table");
        reader.Seek(start + index * sizeBytes);
        return reader.Unsigned((int)sizeBytes);
    }

    private string TextAt(ReadOnlyMemory<byte> section, ulong offset)
    {
        var reader = new SymbolReader(section.Span);
        reader.Seek(offset);
        return reader.Text(budget);
    }
}
