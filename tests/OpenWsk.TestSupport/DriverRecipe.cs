// How one driver of the tests is built: its sources (C, C++, assembly), the compiler, what differs from one
// test project to the other. Everything else is the same for all: a driver of kernel mode without a C
// library, entered at DriverEntry. It knows nothing about what the drivers do. Next: DriverTools.cs.
namespace OpenWsk.TestSupport;

/// <summary>One driver to build.</summary>
/// <param name="Name">The file's name, without .sys.</param>
public sealed record DriverRecipe(string Name)
{
    private static readonly string[] s_windows = ["--target=x86_64-pc-windows-msvc"];

    /// <summary>Capability.Clang or Capability.Mingw.</summary>
    public string Compiler { get; init; } = Capability.Clang;

    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>For C and C++, beyond what every driver needs.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>For the linker; of gcc's for gcc itself, behind everything.</summary>
    public IReadOnlyList<string> LinkOptions { get; init; } = [];

    /// <summary>Definition files of what the driver imports.</summary>
    public IReadOnlyList<string> Imports { get; init; } = [];

    /// <summary>Import libraries that are there already.</summary>
    public IReadOnlyList<string> Libraries { get; init; } = [];

    /// <summary>Every file of a folder that has this base name, in the order of names.</summary>
    public static IReadOnlyList<string> SourcesIn(string folder, string name) =>
        [.. Directory.GetFiles(folder, name + ".*").Order(StringComparer.Ordinal)];

    /// <summary>The driver's path; the first recipe of this kind builds it.</summary>
    public string Build() => DriverTools.Once(
        string.Join(
            ' ', [Name, Compiler, .. Sources, "-", .. Options, "-", .. LinkOptions, "-", .. Imports,
                .. Libraries]),
        BuildIn);

    /// <summary>Builds it into a folder of the caller's.</summary>
    public string BuildIn(string folder)
    {
        var driver = Path.Combine(folder, Name + ".sys");
        string[] libraries =
            [.. Imports.Select(d => DriverTools.ImportLibrary(d, Compiler)), .. Libraries];
        if (DriverTools.IsGnu(Compiler))
            BuildWithGnu(driver, libraries);
        else
            BuildWithClang(folder, driver, libraries);
        return driver;
    }

    private void BuildWithClang(string folder, string driver, string[] libraries)
    {
        var objects = new List<string>();
        foreach (var source in Sources)
        {
            var compiled = Path.Combine(folder, Path.GetFileName(source) + ".obj");
            DriverTools.Run(
                Capability.Clang, [.. s_windows, .. OptionsOf(source), "-c", source, "-o", compiled]);
            objects.Add(compiled);
        }
        string[] link = ["/nologo", "/driver", "/subsystem:native", "/entry:DriverEntry", "/nodefaultlib"];
        DriverTools.Run(
            Capability.Lld, [.. link, "/out:" + driver, .. LinkOptions, .. objects, .. libraries]);
    }

    private void BuildWithGnu(string driver, string[] libraries)
    {
        string[] link = ["-shared", "-nostdlib", "-Wl,--subsystem,native", "-Wl,--entry,DriverEntry"];
        DriverTools.Run(
            Compiler,
            ["-ffreestanding", "-fasynchronous-unwind-tables", .. Options, .. link, "-o", driver, .. Sources,
                .. libraries, .. LinkOptions]);
    }

    // What is written by hand takes no options.
    private IEnumerable<string> OptionsOf(string source) => Path.GetExtension(source) switch
    {
        ".c" => ["-ffreestanding", "-fms-extensions", "-fasynchronous-unwind-tables", .. Options],
        ".cpp" => ["-ffreestanding", "-fexceptions", "-fcxx-exceptions", "-std=c++20", .. Options],
        _ => [],
    };
}
