// Builds symbols.c with each kind of debug data that drivers come with, and asks LLVM's symbolizer about
// addresses in the result. It knows nothing about our readers.
using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenWsk.Loader.Tests;

/// <summary>One driver, several kinds of debug data.</summary>
public static class SymbolDrivers
{
    private static readonly string s_folder = Directory.CreateTempSubdirectory("openwsk-symbols-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_built = new();

    private static readonly string[] s_clang =
        ["--target=x86_64-pc-windows-msvc", "-ffreestanding", "-fms-extensions", "-c"];

    private static readonly string[] s_link =
        ["/driver", "/subsystem:native", "/entry:DriverEntry", "/nodefaultlib"];

    private static readonly string[] s_mingw =
    [
        "-ffreestanding", "-nostdlib", "-shared", "-Wl,--subsystem,native", "-Wl,--entry,DriverEntry",
        "-Wl,--exclude-all-symbols",
    ];

    static SymbolDrivers() =>
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(s_folder, true);

    /// <summary>The names that <see cref="PathOf"/> takes.</summary>
    public static TheoryData<string> Kinds =>
        new("pdb -O0", "pdb -O2", "dwarf4 -O0", "dwarf5 -O2", "mingw4 -O2", "mingw5 -O0");

    /// <summary>The driver with a kind of debug data and a level of optimisation.</summary>
    public static string PathOf(string kind) =>
        s_built.GetOrAdd(kind, k => new Lazy<string>(() => Build(k))).Value;

    /// <summary>Function and line as LLVM sees them, for linked addresses.</summary>
    public static List<(string Function, string File, int Line)> Ask(
        string driver, IEnumerable<ulong> addresses)
    {
        var program = Capability.Program(Capability.Symbolizer)!;
        string[] options = ["--obj=" + driver, "--output-style=LLVM", "--functions=short"];
        var text = Run(program, [.. options, .. addresses.Select(a => $"0x{a:x}")]);
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

    private static string Build(string kind)
    {
        var (format, level) = (kind.Split(' ')[0], kind.Split(' ')[1]);
        var folder = Directory.CreateDirectory(Path.Combine(s_folder, kind.Replace(' ', '_'))).FullName;
        var source = Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Symbols", "symbols.c");
        var (driver, compiled) = (Path.Combine(folder, "symbols.sys"), Path.Combine(folder, "symbols.obj"));
        if (format.StartsWith("mingw", StringComparison.Ordinal))
        {
            string[] debug = format == "mingw" ? [] : [$"-gdwarf-{format[^1]}"];
            Run(Capability.Program(Capability.Mingw)!, [.. s_mingw, .. debug, level, source, "-o", driver]);
            return driver;
        }
        string[] compile = format == "pdb" ? ["-g", "-gcodeview"] : [$"-gdwarf-{format[^1]}"];
        Run(Capability.Program(Capability.Clang)!, [.. s_clang, .. compile, level, source, "-o", compiled]);
        var link = format == "pdb" ? "/debug" : "/debug:dwarf";
        Run(Capability.Program(Capability.Lld)!, [.. s_link, link, "/out:" + driver, compiled]);
        return driver;
    }

    private static string Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(
            process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}\n{error.Result}{output}");
        return output;
    }
}
