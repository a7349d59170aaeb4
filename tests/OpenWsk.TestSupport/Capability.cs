// What a test may need of the machine beyond .NET: programs, root, network namespaces. A test that needs
// something absent is skipped with a reason; ./test installs what it can beforehand.
// It starts no program except to ask whether a namespace can be made.
using System.Diagnostics;

namespace OpenWsk.TestSupport;

/// <summary>Names of capabilities and whether they are here.</summary>
public static class Capability
{
    public const string Clang = "clang";
    public const string Lld = "lld";
    public const string Llvm = "llvm";
    public const string Mingw = "mingw";
    public const string Symbolizer = "symbolizer";
    public const string Lldb = "lldb";
    public const string Nginx = "nginx";
    public const string Curl = "curl";
    public const string Socat = "socat";

    /// <summary>A processor with 256-bit vectors.</summary>
    public const string Avx2 = "avx2";

    /// <summary>Runs as root.</summary>
    public const string Root = "root";

    /// <summary>Can make network namespaces: root, iproute2, and a kernel that allows it.</summary>
    public const string Netns = "netns";

    private static readonly string[] LlvmVersions =
        ["-22", "-21", "-20", "-19", "-18", "-17", "-16", "-15", "-14", ""];
    private static readonly Lazy<string?> LazyNetns = new(AskForNetns);

    /// <summary>Why one of the named capabilities is missing, or null when all are here.</summary>
    /// <remarks>A name that is none of the constants is a program's name.</remarks>
    public static string? WhyMissing(params string[] names) =>
        names.Select(name => WhyMissing(name.Trim())).FirstOrDefault(reason => reason is not null);

    /// <summary>The full path of a capability's program, newest version first, or null.</summary>
    public static string? Program(string name) => name switch
    {
        Clang => Find(LlvmVersions.Select(version => "clang" + version)),
        Lld => Find(LlvmVersions.Select(version => "lld-link" + version)),
        Llvm => Find(LlvmVersions.Select(version => "llvm-dlltool" + version)),
        Symbolizer => Find(LlvmVersions.Select(version => "llvm-symbolizer" + version)),
        Lldb => Find(LlvmVersions.Select(version => "lldb" + version)),
        Mingw => Find(["x86_64-w64-mingw32-gcc"]),
        _ => Find([name]),
    };

    private static string? WhyMissing(string name) => name switch
    {
        Root => Environment.IsPrivilegedProcess ? null : "needs root",
        Netns => LazyNetns.Value,
        Avx2 => System.Runtime.Intrinsics.X86.Avx2.IsSupported ? null : "needs a processor with AVX2",
        _ => Program(name) is null ? $"needs {name}, which is not installed" : null,
    };

    private static string? Find(IEnumerable<string> names)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        var folders = path.Split(Path.PathSeparator).Concat(["/usr/sbin", "/sbin"]).ToList();
        return names
            .SelectMany(name => folders.Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }

    private static string? AskForNetns()
    {
        if (WhyMissing(Root) is { } reason)
        {
            return reason;
        }
        if (Program("ip") is null || Program("unshare") is not { } unshare)
        {
            return "needs ip and unshare, which are not installed";
        }
        using var process = Process.Start(new ProcessStartInfo(unshare, "--net true")
        {
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"this machine allows no network namespace: {error}";
    }
}
