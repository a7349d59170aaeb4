// Lists of address ranges: a function that the compiler has split into a hot and a cold part has one.
// Formats: DWARF 5, section 7.25 (.debug_rnglists), and DWARF 4, section 2.17.3 (.debug_ranges). It knows
// nothing about whose ranges they are.
namespace OpenWsk.Loader;

/// <summary>Reads range lists.</summary>
internal static class DwarfRanges
{
    public static void Read(
        DwarfSections sections, DwarfUnit unit, DwarfValue list, Action<ulong, ulong> take)
    {
        var isNew = unit.Version >= 5;
        var reader = new SymbolReader((isNew ? sections.RangeLists : sections.Ranges).Span);
        reader.Seek(list.RangesOf(sections, unit));
        if (isNew)
            ReadNew(sections, unit, ref reader, take);
        else
            ReadOld(sections, unit, ref reader, take);
    }

    private static void ReadOld(
        DwarfSections sections, DwarfUnit unit, ref SymbolReader reader, Action<ulong, ulong> take)
    {
        var start = unit.LowAddress;
        var selector = unit.AddressBytes == 8 ? ulong.MaxValue : uint.MaxValue;
        while (true)
        {
            sections.Budget.Spend();
            var (first, second) = (reader.Unsigned(unit.AddressBytes), reader.Unsigned(unit.AddressBytes));
            if (first == 0 && second == 0)
                return;
            if (first == selector)
                start = second;
            else
                take(start + first, start + second);
        }
    }

    private static void ReadNew(
        DwarfSections sections, DwarfUnit unit, ref SymbolReader reader, Action<ulong, ulong> take)
    {
        var start = unit.LowAddress;
        while (true)
        {
            sections.Budget.Spend();
            ulong low;
            switch (reader.U8())
            {
                case 0:
                    return;
                case 1:
                    start = sections.IndexedAddress(unit, reader.Uleb());
                    break;
                case 2:
                    low = sections.IndexedAddress(unit, reader.Uleb());
                    take(low, sections.IndexedAddress(unit, reader.Uleb()));
                    break;
                case 3:
                    low = sections.IndexedAddress(unit, reader.Uleb());
                    take(low, low + reader.Uleb());
                    break;
                case 4:
                    take(start + reader.Uleb(), start + reader.Uleb());
                    break;
                case 5:
                    start = reader.Unsigned(unit.AddressBytes);
                    break;
                case 6:
                    take(reader.Unsigned(unit.AddressBytes), reader.Unsigned(unit.AddressBytes));
                    break;
                case 7:
                    low = reader.Unsigned(unit.AddressBytes);
                    take(low, low + reader.Uleb());
                    break;
                default:
                    throw new SymbolFormatException("a range list has an unknown entry");
            }
        }
    }
}
