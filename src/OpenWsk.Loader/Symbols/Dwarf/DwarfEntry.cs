// One entry of .debug_info with the attributes that name code. It knows nothing about its neighbours; the
// walk is DwarfFunctions.cs. Attribute numbers: DWARF 5, section 7.5.4.
namespace OpenWsk.Loader;

/// <summary>The attributes of an entry that matter here.</summary>
internal struct DwarfEntry
{
    public const uint ClassType = 0x02, Structure = 0x13, Subprogram = 0x2E, Namespace = 0x39;

    public uint Tag;
    public bool HasChildren;
    public DwarfValue Name, LinkageName, LowAddress, HighAddress, Ranges, Specification, Origin;
    public DwarfValue Lines, Folder, StringOffsetsBase, AddressBase, RangeListsBase;

    /// <summary>Reads the entry at the reader's place; false for the end of a list of children.</summary>
    public static bool TryRead(
        ref SymbolReader reader, DwarfUnit unit, SymbolBudget budget, out DwarfEntry entry)
    {
        entry = default;
        budget.Spend();
        var code = reader.Uleb();
        if (code == 0)
            return false;
        if (!unit.Abbreviations.TryGetValue(code, out var abbreviation))
            throw new SymbolFormatException($"DWARF abbreviation {code} is not there");
        entry.Tag = abbreviation.Tag;
        entry.HasChildren = abbreviation.HasChildren;
        budget.Spend(abbreviation.Attributes.Length);
        foreach (var attribute in abbreviation.Attributes)
            entry.Set(attribute.Name, DwarfValue.Read(ref reader, attribute, unit));
        return true;
    }

    private void Set(uint name, DwarfValue value)
    {
        switch (name)
        {
            case 0x03: Name = value; break;
            case 0x10: Lines = value; break;
            case 0x11: LowAddress = value; break;
            case 0x12: HighAddress = value; break;
            case 0x1B: Folder = value; break;
            case 0x31: Origin = value; break;
            case 0x47: Specification = value; break;
            case 0x55: Ranges = value; break;
            case 0x6E: LinkageName = value; break;
            case 0x72: StringOffsetsBase = value; break;
            case 0x73: AddressBase = value; break;
            case 0x74: RangeListsBase = value; break;
        }
    }
}
