// Names that an image exports: few in a driver, but always true. It knows nothing about forwarding: a
// forwarded name is no code here. Layout: PE/COFF specification, section 6.3.
namespace OpenWsk.Loader;

/// <summary>Reads the export directory.</summary>
internal static class ExportSymbols
{
    /// <summary>The exported functions; null when the image exports nothing.</summary>
    public static SymbolTable? Read(SymbolImage image, SymbolBudget budget)
    {
        var (rva, bytes) = image.Exports;
        if (rva == 0 || bytes == 0)
            return null;
        var directory = new SymbolReader(image.At(rva).Span);
        directory.Skip(20);
        var (functions, names) = (directory.U32(), directory.U32());
        var (functionRva, nameRva, ordinalRva) = (directory.U32(), directory.U32(), directory.U32());
        var addresses = image.At(functionRva).Span;
        var nameReader = new SymbolReader(image.At(nameRva).Span);
        var ordinalReader = new SymbolReader(image.At(ordinalRva).Span);
        var builder = new SymbolTable.Builder(budget);
        for (uint i = 0; i < names; i++)
        {
            budget.Spend();
            var text = new SymbolReader(image.At(nameReader.U32()).Span);
            var ordinal = ordinalReader.U16();
            if (ordinal >= functions)
                continue;
            var address = new SymbolReader(addresses);
            address.Seek(4ul * ordinal);
            var target = address.U32();
            if (target - rva >= bytes && target < image.SizeBytes)
                builder.AddFunction(target, 0, text.Text(budget));
        }
        return builder.Build();
    }
}
