// Builds symbols.c with each kind of debug data that drivers come with, and asks LLVM's symbolizer about
// addresses in the result. It knows nothing about our readers.
namespace OpenWsk.Loader.Tests;

/// <summary>One driver, several kinds of debug data.</summary>
public static class SymbolDrivers
{
    /// <summary>The names that <see cref="PathOf"/> takes.</summary>
    public static TheoryData<string> Kinds =>
        new("pdb -O0", "pdb -O2", "dwarf4 -O0", "dwarf5 -O2", "mingw4 -O2", "mingw5 -O0");

    /// <summary>The driver with a kind of debug data and a level of optimisation.</summary>
    public static string PathOf(string kind)
    {
        var (format, level) = (kind.Split(' ')[0], kind.Split(' ')[1]);
        var isMingw = format.StartsWith("mingw", StringComparison.Ordinal);
        var hasDwarf = char.IsAsciiDigit(format[^1]);
        var isPdb = format == "pdb";
        string[] debug = isPdb ? ["-g", "-gcodeview"] : hasDwarf ? [$"-gdwarf-{format[^1]}"] : [];
        return new DriverRecipe("symbols")
        {
            Compiler = isMingw ? Capability.Mingw : Capability.Clang,
            Sources = [Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Symbols", "symbols.c")],
            Options = [.. debug, level],
            LinkOptions = [isMingw ? "-Wl,--exclude-all-symbols" : isPdb ? "/debug" : "/debug:dwarf"],
        }.Build();
    }

    /// <summary>Function and line as LLVM sees them, for linked addresses.</summary>
    public static List<(string Function, string File, int Line)> Ask(
        string driver, IEnumerable<ulong> addresses)
    {
        string[] options = ["--obj=" + driver, "--output-style=LLVM", "--functions=short"];
        var text = DriverTools.Run(
            Capability.Symbolizer, [.. options, .. addresses.Select(a => $"0x{a:x}")]);
        var isPdb = File.Exists(Path.ChangeExtension(driver, ".pdb"));
        return
        [
            .. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(frames => Answer(frames, isPdb)),
        ];
    }

    // Pairs of function and place, innermost inlined one first. The function that has the code is the last
    // one's. The line table of DWARF has the inlined place, that of a PDB the place of the call.
    private static (string Function, string File, int Line) Answer(string frames, bool isPdb)
    {
        var lines = frames.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length < 2)
            return ("??", "", 0);
        var place = (isPdb ? lines[^1] : lines[1]).Split(':');
        return (lines[^2], string.Join(':', place[..^2]), int.Parse(place[^2], null));
    }
}
