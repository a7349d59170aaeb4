// The DWARF data that gcc and clang leave in a driver: functions and lines. It only joins its parts; see
// DwarfFunctions.cs and DwarfLines.cs.
namespace OpenWsk.Loader;

/// <summary>Reads DWARF.</summary>
internal static class DwarfSymbols
{
    /// <summary>Functions and lines; null when the image has no DWARF data.</summary>
    public static SymbolTable? Read(SymbolImage image, SymbolBudget budget)
    {
        var sections = new DwarfSections(image, budget);
        if (sections.Info.IsEmpty && sections.Lines.IsEmpty)
            return null;
        var builder = new SymbolTable.Builder(budget);
        var functions = new DwarfFunctions(sections, builder);
        functions.Read();
        new DwarfLines(sections, builder, functions.Folders).Read();
        return builder.Build();
    }
}
