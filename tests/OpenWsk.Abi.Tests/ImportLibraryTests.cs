// The definitions of the import libraries (include/lib/*.def) name every routine that the headers declare.
// It knows nothing about which routines the kernel implements: a name that nobody implements stops the driver
// when it is called. The libraries themselves are made of the definitions when a driver is built.
using System.Text.RegularExpressions;

namespace OpenWsk.Abi.Tests;

public sealed partial class ImportLibraryTests
{
    // The kernel's C library, which is declared without an import attribute because compilers call it
    // themselves.
    private static readonly string[] s_libraryHeaders = ["string.h", "stdio.h", "stdlib.h", "ctype.h"];

    // What compilers call without any declaration.
    private static readonly string[] s_compilerRoutines =
    [
        "__C_specific_handler", "__chkstk", "__jump_unwind", "_local_unwind", "_CxxThrowException",
        "__CxxFrameHandler3", "__CxxFrameHandler4", "__std_terminate", "_setjmp", "_setjmpex", "longjmp",
    ];

    // What older drivers link from the hardware abstraction layer; the kernel has these routines too.
    private static readonly string[] s_layerRoutines =
        ["KeQueryPerformanceCounter", "KeStallExecutionProcessor"];

    [Fact]
    public void The_import_libraries_name_every_declared_routine()
    {
        var network = new SortedSet<string>(StringComparer.Ordinal);
        var cryptography = new SortedSet<string>(StringComparer.Ordinal);
        var kernel = new SortedSet<string>(s_compilerRoutines, StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Repository.PathOf("include"), "*.h",
                     SearchOption.AllDirectories)) {
            var text = File.ReadAllText(path);
            var routines = Path.GetFileName(path) switch {
                "wsk.h" or "netioddk.h" or "netioapi.h" => network,
                "bcrypt.h" => cryptography,
                _ => kernel,
            };
            foreach (Match match in DeclaredImport().Matches(text)) routines.Add(match.Groups[1].Value);
            foreach (Match match in ImportedVariable().Matches(text)) kernel.Add(match.Groups[1].Value
                + " DATA");
            if (!s_libraryHeaders.Contains(Path.GetFileName(path))) continue;
            foreach (Match match in DeclaredLibraryRoutine().Matches(text)) kernel.Add(match.Groups[1].Value);
        }

        Assert.Contains("WskRegister", network);
        Assert.Contains("IoAllocateIrp", kernel);
        Assert.Contains("memcpy", kernel);
        Snapshot.Matches("include/lib/ntoskrnl.def", Definition("ntoskrnl.exe", kernel));
        Snapshot.Matches("include/lib/hal.def", Definition("HAL.dll", s_layerRoutines));
        Snapshot.Matches("include/lib/cng.def", Definition("cng.sys", cryptography));
        Snapshot.Matches("include/lib/netio.def", Definition("NETIO.SYS", network));
    }

    private static string Definition(string library, IEnumerable<string> names) =>
        "; The routines that drivers import from " + library + ", for llvm-dlltool and dlltool.\n"
        + "; Made from the declarations in include/ by the ABI tests: declare a routine there, not here.\n"
        + "; It knows nothing about which of them the kernel implements.\n"
        + $"LIBRARY \"{library}\"\nEXPORTS\n" + string.Concat(names.Select(name => $"    {name}\n"));

    [GeneratedRegex(@"^(?:NTKERNELAPI|NTSYSAPI) [^;(]*?(?:NTAPI|NETIO_API|__cdecl) (\w+)\(",
        RegexOptions.Multiline)]
    private static partial Regex DeclaredImport();

    [GeneratedRegex(@"^extern DECLSPEC_IMPORT [^;]*?(\w+);", RegexOptions.Multiline)]
    private static partial Regex ImportedVariable();

    [GeneratedRegex(@"^\w[\w *]*?__cdecl (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex DeclaredLibraryRoutine();
}
