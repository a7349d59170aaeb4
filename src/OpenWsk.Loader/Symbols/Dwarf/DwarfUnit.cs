// One unit of .debug_info: its header, its abbreviations, and the bases that its root entry sets. Formats:
// DWARF 5, sections 7.5.1 and 7.5.3; version 4 and older have fewer fields. It knows nothing about entries.
namespace OpenWsk.Loader;

/// <summary>One attribute of an abbreviation.</summary>
internal readonly record struct DwarfAttribute(uint Name, uint Form, long Constant);

/// <summary>What an entry looks like.</summary>
internal sealed record DwarfAbbreviation(uint Tag, bool HasChildren, DwarfAttribute[] Attributes);

/// <summary>A unit's header.</summary>
internal sealed class DwarfUnit
{
    public ulong Start { get; private init; }

    public ulong FirstEntry { get; private init; }

    public ulong End { get; private init; }

    public int Version { get; private init; }

    /// <summary>4, or 8 in the 64-bit format.</summary>
    public int OffsetBytes { get; private init; }

    public int AddressBytes { get; private init; }

    public Dictionary<ulong, DwarfAbbreviation> Abbreviations { get; private init; } = [];

    public ulong StringOffsetsBase { get; set; }

    public ulong AddressBase { get; set; }

    public ulong RangeListsBase { get; set; }

    /// <summary>What ranges of the unit are relative to.</summary>
    public ulong LowAddress { get; set; }

    /// <summary>The widths that values in a line table's header have, which is no unit of its own.</summary>
    public static DwarfUnit ForLines(int offsetBytes, int addressBytes) =>
        new() { Version = 5, OffsetBytes = offsetBytes, AddressBytes = addressBytes };

    /// <summary>The length at the start of a unit or table, and the width of its offsets.</summary>
    public static ulong ReadLength(ref SymbolReader reader, out int offsetBytes)
    {
        var length = (ulong)reader.U32();
        offsetBytes = 4;
        if (length == 0xFFFF_FFFF)
        {
            length = reader.U64();
            offsetBytes = 8;
        }
        if (length > (ulong)reader.Remaining)
            throw new SymbolFormatException("a DWARF unit is longer than its section");
        return length;
    }

    /// <summary>The unit at an offset; null for a kind without code.</summary>
    public static DwarfUnit? Read(
        DwarfSections sections, ref SymbolReader reader, DwarfAbbreviationCache cache)
    {
        const byte Compile = 1, Partial = 3, Skeleton = 4;
        var start = (ulong)reader.Position;
        var length = ReadLength(ref reader, out var offsetBytes);
        var end = (ulong)reader.Position + length;
        var version = reader.U16();
        byte kind = Compile;
        ulong abbreviations;
        int addressBytes;
        if (version >= 5)
        {
            kind = reader.U8();
            addressBytes = reader.U8();
            abbreviations = reader.Unsigned(offsetBytes);
            reader.Skip(kind == Skeleton ? 8u : 0u);
        }
        else
        {
            abbreviations = reader.Unsigned(offsetBytes);
            addressBytes = reader.U8();
        }
        var first = (ulong)reader.Position;
        reader.Seek(end);
        if (version is < 2 or > 5 || addressBytes is not (4 or 8) || kind is not (Compile or Partial))
            return null;
        return new DwarfUnit
        {
            Start = start, FirstEntry = first, End = end, Version = version, OffsetBytes = offsetBytes,
            AddressBytes = addressBytes, Abbreviations = cache.Get(sections, abbreviations),
        };
    }
}

/// <summary>Tables of abbreviations by their offset: units may share one.</summary>
internal sealed class DwarfAbbreviationCache
{
    private readonly Dictionary<ulong, Dictionary<ulong, DwarfAbbreviation>> _tables = [];

    public Dictionary<ulong, DwarfAbbreviation> Get(DwarfSections sections, ulong offset)
    {
        if (_tables.TryGetValue(offset, out var table))
            return table;
        return _tables[offset] = Read(sections, offset);
    }

    private static Dictionary<ulong, DwarfAbbreviation> Read(DwarfSections sections, ulong offset)
    {
        const uint ImplicitConstant = 0x21;
        var table = new Dictionary<ulong, DwarfAbbreviation>();
        var reader = new SymbolReader(sections.Abbreviations.Span);
        reader.Seek(offset);
        while (reader.Remaining != 0 && reader.Uleb() is var code and not 0)
        {
            var tag = (uint)reader.Uleb();
            var hasChildren = reader.U8() != 0;
            var attributes = new List<DwarfAttribute>();
            while (true)
            {
                sections.Budget.Spend(20);
                var (name, form) = ((uint)reader.Uleb(), (uint)reader.Uleb());
                var constant = form == ImplicitConstant ? reader.Sleb() : 0;
                if (name == 0 && form == 0)
                    break;
                attributes.Add(new DwarfAttribute(name, form, constant));
            }
            table.TryAdd(code, new DwarfAbbreviation(tag, hasChildren, [.. attributes]));
        }
        return table;
    }
}
