// Each public header compiles alone, all compile together as C and as C++, without a warning, for each
// compiler; so do the idioms that drivers are written with. It knows nothing about layouts or values:
// LayoutTests.cs and ConstantTests.cs.
namespace OpenWsk.Abi.Tests.Layout;

public sealed class HeaderTests
{
    [CompilerFact(Target.ClangMsvc)]
    public void Every_header_stands_alone_with_clang_for_msvc() => CheckHeaders(Target.ClangMsvc);

    [CompilerFact(Target.ClangMingw)]
    public void Every_header_stands_alone_with_clang_for_mingw() => CheckHeaders(Target.ClangMingw);

    [CompilerFact(Target.GccMingw)]
    public void Every_header_stands_alone_with_mingw_gcc() => CheckHeaders(Target.GccMingw);

    [CompilerFact(Target.ClangMsvc)]
    public void The_idioms_of_drivers_compile_with_clang_for_msvc() =>
        CheckIdioms(Target.ClangMsvc, hasSeh: true);

    [CompilerFact(Target.ClangMingw)]
    public void The_idioms_of_drivers_compile_with_clang_for_mingw() =>
        CheckIdioms(Target.ClangMingw, hasSeh: true);

    [CompilerFact(Target.GccMingw)]
    public void The_idioms_of_drivers_compile_with_mingw_gcc() => CheckIdioms(Target.GccMingw, hasSeh: false);

    [CompilerFact(Target.GccMingw)]
    public void Mingw_gcc_refuses_a_try_block_with_a_sentence()
    {
        var failure = Assert.ThrowsAny<Exception>(() => Toolchain.Compile(Target.GccMingw,
            "#include <ntddk.h>\nint f(void) { __try { return 1; } __except (1) { return 2; } }\n"));
        Assert.Contains("__try needs clang", failure.Message);
    }

    private static void CheckHeaders(Target target)
    {
        var headers = Directory.EnumerateFiles(Repository.PathOf("include"), "*.h")
            .Select(path => $"#include <{Path.GetFileName(path)}>\n").Order(StringComparer.Ordinal).ToList();
        var all = string.Concat(headers) + string.Concat(headers) + "int empty;\n";
        Toolchain.Compile(target, all);
        if (target == Target.GccMingw) return; // its C++ compiler is another package
        Toolchain.Compile(target, all, isCxx: true);
        if (target != Target.ClangMsvc) return; // one target shows what a header forgot to include
        foreach (var header in headers) Toolchain.Compile(target, header + "int empty;\n");
    }

    private static void CheckIdioms(Target target, bool hasSeh)
    {
        var prelude = hasSeh ? "" : "#define OPENWSK_SEH_NONE\n";
        var source = prelude + Repository.Read("tests/OpenWsk.Abi.Tests/Layout/idioms.c");
        Toolchain.Compile(target, source);
        if (target == Target.GccMingw) return; // its C++ compiler is another package
        Toolchain.Compile(target, "#define IDIOMS_WITHOUT_SEH\n" + source, isCxx: true);
    }
}
