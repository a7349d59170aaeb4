// The compilers that build drivers on this machine, and how they are called with our headers alone.
// It knows nothing about what is compiled. A machine without a compiler skips the tests that need
// it, with a reason.
using System.Diagnostics;

namespace OpenWsk.Abi.Tests.Layout;

/// <summary>A compiler with its target.</summary>
public enum Target
{
    ClangMsvc,
    ClangMingw,
    GccMingw,
}

internal static class Toolchain
{
    public static string? Clang { get; } =
        FirstOnPath("clang-19", "clang-20", "clang-18", "clang-17", "clang");

    public static string? Linker { get; } =
        FirstOnPath("lld-link-19", "lld-link-20", "lld-link-18", "lld-link");

    public static string? MingwGcc { get; } = FirstOnPath("x86_64-w64-mingw32-gcc");

    /// <summary>Why the target cannot be compiled for here, or null when it can.</summary>
    public static string? WhyNot(Target target) => target switch {
        Target.GccMingw => MingwGcc is null ? "x86_64-w64-mingw32-gcc is not on the path" : null,
        _ => Clang is null ? "clang is not on the path" : null,
    };

    /// <summary>Compiles one source to an object file; fails the test with the compiler's words.</summary>
    public static byte[] Compile(Target target, string source, bool isCxx = false)
    {
        var directory = Directory.CreateTempSubdirectory("openwsk-abi-").FullName;
        try {
            var input = Path.Combine(directory, isCxx ? "source.cpp" : "source.c");
            var output = Path.Combine(directory, "source.obj");
            File.WriteAllText(input, source);
            var (exitCode, errors) = Run(
                CommandOf(target), [.. ArgumentsOf(target, isCxx), "-c", input, "-o", output]);
            Assert.True(exitCode == 0, $"{target}:\n{errors}");
            return File.ReadAllBytes(output);
        } finally {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static (int ExitCode, string Errors) Run(string command, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command) {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors + output.Result);
    }

    public static string? FirstOnPath(params string[] names)
    {
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return names.SelectMany(name => directories.Select(directory => Path.Combine(directory, name)))
            .FirstOrDefault(File.Exists);
    }

    private static string CommandOf(Target target) => (target == Target.GccMingw ? MingwGcc : Clang)!;

    private static string[] ArgumentsOf(Target target, bool isCxx)
    {
        string[] common = [
            isCxx ? "-std=c++14" : "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-ffreestanding",
            "-Wno-multichar", "-I", Repository.PathOf("include"),
        ];
        return target switch {
            Target.ClangMsvc => [
                .. common, "--target=x86_64-pc-windows-msvc", "-fms-extensions", "-nostdlibinc",
                "-nobuiltininc"],
            Target.ClangMingw => [
                .. common, "--target=x86_64-w64-mingw32", "-fms-extensions", "-nostdlibinc", "-nobuiltininc"],
            _ => [.. common, "-nostdinc"],
        };
    }
}
