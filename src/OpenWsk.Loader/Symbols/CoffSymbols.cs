// The COFF symbol table that mingw's linker leaves in a driver, and lld-link when it is asked to: functions
// with their names, no lengths, no lines. Layout: PE/COFF specification, section 5.4. It knows nothing about
// other debug data.
namespace OpenWsk.Loader;

/// <summary>Reads COFF symbols.</summary>
internal static class CoffSymbols
{
    private const int SymbolBytes = 18;
    private const byte External = 2;
    private const byte Static = 3;

    /// <summary>The functions of the table; null when the file has none.</summary>
    public static SymbolTable? Read(SymbolImage image, SymbolBudget budget)
    {
        if (image.SymbolTableOffset == 0 || image.SymbolCount == 0)
            return null;
        var builder = new SymbolTable.Builder(budget);
        var reader = new SymbolReader(image.File.Span);
        reader.Seek(image.SymbolTableOffset);
        if ((ulong)reader.Remaining < (ulong)SymbolBytes * image.SymbolCount)
            throw new SymbolFormatException("the COFF symbol table reaches behind the end of the file");
        for (uint i = 0; i < image.SymbolCount; i++)
        {
            budget.Spend();
            var record = new SymbolReader(reader.Take(SymbolBytes));
            var name = record.Take(8);
            var (value, section) = (record.U32(), record.U16());
            var isFunction = record.U16() >> 4 == 2;
            var (kind, extra) = (record.U8(), record.U8());
            if (IsCode(image, section) && IsName(kind, isFunction, extra)
                && image.TryRva(section, value, out var rva))
                builder.AddFunction(rva, 0, NameOf(image, name, budget));
            reader.Skip((ulong)SymbolBytes * Math.Min(extra, image.SymbolCount - i - 1));
            i += extra;
        }
        return builder.Build();
    }

    private static bool IsCode(SymbolImage image, ushort section) =>
        section >= 1 && section <= image.Sections.Count && image.Sections[section - 1].IsCode;

    // Assembly has labels without a type; a static symbol with a record behind it names a section.
    private static bool IsName(byte kind, bool isFunction, byte extra) =>
        kind == External || (kind == Static && (isFunction || extra == 0));

    private static string NameOf(SymbolImage image, ReadOnlySpan<byte> name, SymbolBudget budget)
    {
        var reader = new SymbolReader(name);
        var text = reader.U32() == 0 ? image.LongName(reader.U32(), budget) : SymbolReader.Printable(name);
        return text.StartsWith('.') ? "" : CxxNames.Readable(text);
    }
}
