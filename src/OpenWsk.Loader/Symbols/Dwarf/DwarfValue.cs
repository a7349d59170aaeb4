// Values of attributes: each form read or skipped, and what the few that matter here mean once a unit's bases
// are known. Forms: DWARF 5, section 7.5.6. It knows nothing about which attribute a value belongs to.
namespace OpenWsk.Loader;

/// <summary>A value as it stands in .debug_info.</summary>
internal readonly record struct DwarfValue(uint Form, ulong Number)
{
    private const uint Address = 0x01, Data2 = 0x05, Data4 = 0x06, Data8 = 0x07, String = 0x08, Data1 = 0x0B;
    private const uint SignedData = 0x0D, StringPointer = 0x0E, UnsignedData = 0x0F, ReferenceAddress = 0x10;
    private const uint Reference1 = 0x11, ReferenceUnsigned = 0x15, Indirect = 0x16, StringIndex = 0x1A;
    private const uint AddressIndex = 0x1B, LineString = 0x1F, ImplicitConstant = 0x21, RangeIndex = 0x23;
    private const uint StringIndex1 = 0x25, StringIndex4 = 0x28, AddressIndex1 = 0x29, AddressIndex4 = 0x2C;

    public bool IsPresent => Form != 0;

    /// <summary>Whether a DW_AT_high_pc of this form is a length.</summary>
    public bool IsConstant => Form is Data1 or Data2 or Data4 or Data8 or UnsignedData or SignedData
        or ImplicitConstant;

    /// <summary>Reads one value and leaves the reader behind it.</summary>
    public static DwarfValue Read(ref SymbolReader reader, DwarfAttribute attribute, DwarfUnit unit)
    {
        var form = attribute.Form;
        if (form == Indirect)
            form = (uint)reader.Uleb();
        if (form == ImplicitConstant)
            return new DwarfValue(form, (ulong)attribute.Constant);
        if (form != String)
            return new DwarfValue(form, ReadNumber(ref reader, form, unit));
        var position = (ulong)reader.Position;
        reader.SkipText();
        return new DwarfValue(form, position);
    }

    private static ulong ReadNumber(ref SymbolReader reader, uint form, DwarfUnit unit)
    {
        switch (form)
        {
            case Address:
                return reader.Unsigned(unit.AddressBytes);
            case Data1 or 0x0C or Reference1 or StringIndex1 or AddressIndex1:
                return reader.U8();
            case Data2 or 0x12 or 0x26 or 0x2A:
                return reader.U16();
            case 0x27 or 0x2B:
                return reader.Unsigned(3);
            case Data4 or 0x13 or 0x1C or StringIndex4 or AddressIndex4:
                return reader.U32();
            case Data8 or 0x14 or 0x20 or 0x24:
                return reader.U64();
            case SignedData:
                return (ulong)reader.Sleb();
            case UnsignedData or ReferenceUnsigned or StringIndex or AddressIndex or 0x22 or RangeIndex:
                return reader.Uleb();
            case StringPointer or 0x17 or 0x1D or LineString:
                return reader.Unsigned(unit.OffsetBytes);
            case ReferenceAddress:
                return reader.Unsigned(unit.Version == 2 ? unit.AddressBytes : unit.OffsetBytes);
            case 0x19:
                return 1;
            default:
                SkipBlock(ref reader, form);
                return 0;
        }
    }

    private static void SkipBlock(ref SymbolReader reader, uint form) => reader.Skip(form switch
    {
        0x0A => reader.U8(),
        0x03 => reader.U16(),
        0x04 => reader.U32(),
        0x09 or 0x18 => reader.Uleb(),
        0x1E => 16,
        _ => throw new SymbolFormatException($"DWARF form 0x{form:x} is unknown"),
    });

    /// <summary>The text of a value; null when its form is none of text.</summary>
    public string? Text(DwarfSections sections, DwarfUnit unit) => Form switch
    {
        String => sections.InfoString(Number),
        StringPointer => sections.String(Number),
        LineString => sections.LineString(Number),
        StringIndex or (>= StringIndex1 and <= StringIndex4) => sections.IndexedString(unit, Number),
        _ => null,
    };

    /// <summary>The address of a value; null when its form is none of addresses.</summary>
    public ulong? AddressOf(DwarfSections sections, DwarfUnit unit) => Form switch
    {
        Address => Number,
        AddressIndex or (>= AddressIndex1 and <= AddressIndex4) => sections.IndexedAddress(unit, Number),
        _ => null,
    };

    /// <summary>The entry that a value refers to, by its offset; null for other forms.</summary>
    public ulong? EntryOf(DwarfUnit unit) => Form switch
    {
        ReferenceAddress => Number,
        >= Reference1 and <= ReferenceUnsigned => unit.Start + Number,
        _ => null,
    };

    /// <summary>Where a value's list of ranges begins.</summary>
    public ulong RangesOf(DwarfSections sections, DwarfUnit unit) =>
        Form == RangeIndex ? sections.IndexedRanges(unit, Number) : Number;
}
