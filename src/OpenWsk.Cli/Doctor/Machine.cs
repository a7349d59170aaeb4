// Looks at the machine: the processor, the kernel, the network and the programs that parts of OpenWsk need.
// Every look is cheap and changes nothing; a look that fails says so instead of throwing.
// It knows nothing about drivers.
using System.IO.MemoryMappedFiles;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenWsk.Net.Uring;

namespace OpenWsk.Cli.Doctor;

/// <summary>The checks of `openwsk doctor`.</summary>
internal static class Machine
{
    private const string NoDriverRuns = "no driver binary runs here; `connect` and the managed API do";
    private static readonly string[] LlvmVersions = ["-22", "-21", "-20", "-19", "-18", "-17", ""];

    /// <summary>Makes every check.</summary>
    public static IReadOnlyList<Check> Examine() =>
    [
        Runtime(), OperatingSystem(), Processor(), GsBase(), ExecutableMemory(),
        Loopback("IPv4 loopback", IPAddress.Loopback), Loopback("IPv6 loopback", IPAddress.IPv6Loopback),
        IoUring(),
        Program("clang", LlvmVersions.Select(v => "clang" + v),
            "drivers cannot be built here; built ones run"),
        Program("lld-link", LlvmVersions.Select(v => "lld-link" + v),
            "drivers built by clang cannot be linked here"),
        Program("llvm-dlltool", LlvmVersions.Select(v => "llvm-dlltool" + v),
            "import libraries cannot be made here"),
        Program("mingw gcc", ["x86_64-w64-mingw32-gcc"], "tests with drivers of that compiler are skipped"),
        Program("nginx", ["nginx"], "the tests against a real web server are skipped"),
        Program("curl", ["curl"], "the tests that compare with curl are skipped"),
        Program("ip", ["ip"], "the tests of unreachable networks are skipped"),
    ];

    private static Check Runtime() =>
        new(".NET", Need.Required, Environment.Version.Major >= 10, RuntimeInformation.FrameworkDescription,
            "install .NET 10");

    private static Check OperatingSystem() =>
        new("Linux", Need.Required, System.OperatingSystem.IsLinux(), RuntimeInformation.OSDescription,
            NoDriverRuns);

    private static Check Processor() =>
        new("x64 processor", Need.Required, RuntimeInformation.ProcessArchitecture == Architecture.X64,
            RuntimeInformation.ProcessArchitecture.ToString(), NoDriverRuns);

    // AT_HWCAP2 (26) bit 1 of the auxiliary vector says that user mode may write the gs base (Linux 5.9 and
    // later).
    private static Check GsBase()
    {
        const ulong hwcap2 = 26;
        const ulong fsgsbase = 2;
        const string name = "FSGSBASE";
        const string slower = "the gs base is set by a system call, which makes calls of drivers slower";
        if (!System.OperatingSystem.IsLinux())
            return new Check(name, Need.Optional, false, "only looked for on Linux", slower);
        var vector = MemoryMarshal.Cast<byte, ulong>(File.ReadAllBytes("/proc/self/auxv"));
        for (var i = 0; i + 1 < vector.Length; i += 2)
        {
            if (vector[i] == hwcap2 && (vector[i + 1] & fsgsbase) != 0)
                return new Check(name, Need.Optional, true, "user mode may write the gs base", "");
        }
        return new Check(name, Need.Optional, false, "the kernel does not offer it", slower);
    }

    private static Check ExecutableMemory()
    {
        const string name = "executable memory";
        try
        {
            using var file = MemoryMappedFile.CreateNew(null, 4096, MemoryMappedFileAccess.ReadWriteExecute);
            using var view = file.CreateViewAccessor(0, 4096, MemoryMappedFileAccess.ReadWriteExecute);
            view.Write(0, (byte)0xC3);
            return new Check(name, Need.Required, true, "may be made", "");
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return new Check(name, Need.Required, false, $"refused: {e.Message}", NoDriverRuns);
        }
    }

    private static Check Loopback(string name, IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return new Check(name, Need.Optional, true, $"{address} can be bound", "");
        }
        catch (SocketException e)
        {
            return new Check(name, Need.Optional, false, e.Message, $"connections over {address} fail");
        }
    }

    private static Check IoUring()
    {
        var features = UringFeatures.Current;
        return new Check("io_uring", Need.Optional, features.IsUsable, features.ToString(),
            "bytes move through plain sockets, which is slower");
    }

    private static Check Program(string name, IEnumerable<string> files, string follows)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/sbin", "/sbin"]).Where(folder => folder.Length != 0).ToList();
        var found = files.SelectMany(file => folders.Select(folder => Path.Combine(folder, file)))
            .FirstOrDefault(File.Exists);
        return new Check(name, Need.Optional, found is not null, found ?? "not installed", follows);
    }
}
