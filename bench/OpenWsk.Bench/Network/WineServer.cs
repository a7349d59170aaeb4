// The same .sys under Wine's netio.sys: a prefix of its own in the folder of the run, a service that a small
// Windows program installs and starts, nothing shown on any screen. All of Wine runs on the measured
// processor and counts: its server is a process of its own. It knows nothing about what the driver does.
using System.Diagnostics;

namespace OpenWsk.Bench.Network;

/// <summary>A driver under Wine.</summary>
internal sealed class WineServer : IServer
{
    private const string Program = "wine-service";
    private const string Compiler = "x86_64-w64-mingw32-gcc";
    private static readonly string[] s_loaders = ["/usr/lib/wine/wine64", "wine64"];
    private static readonly string[] s_servers = ["/usr/lib/wine/wineserver64", "wineserver"];
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);
    private readonly LineProcess _process;
    private readonly string _prefix;
    private readonly Dictionary<string, string> _environment;

    private WineServer(LineProcess process, string prefix, Dictionary<string, string> environment, int port)
    {
        _process = process;
        _prefix = prefix;
        _environment = environment;
        Port = port;
        Processes = FindProcesses(prefix, process.Id);
    }

    public int Port { get; }

    public IReadOnlyList<int> Processes { get; }

    /// <summary>Makes a prefix and starts the driver in it.</summary>
    /// <remarks>Errors: UnavailableException with what is missing.</remarks>
    public static WineServer Start(BenchContext context, string driver)
    {
        var loader = s_loaders.FirstOrDefault(IsThere)
            ?? throw new UnavailableException("wine64 is not installed");
        var program = Path.Combine(context.Folder, $"{Program}.exe");
        Build(context, program);
        var port = context.TakePort();
        var prefix = Directory.CreateDirectory(Path.Combine(context.Folder, $"wine-{port}")).FullName;
        var environment = new Dictionary<string, string>
        {
            ["WINEPREFIX"] = prefix,
            ["WINEDEBUG"] = "-all",
            ["WINEDLLOVERRIDES"] = "mscoree,mshtml,winemenubuilder.exe=",
            ["DISPLAY"] = "",
        };
        var process = LineProcess.Start(
            context.Cores.Subject, loader, [program, context.PathOf(driver), $"{port}"], environment);
        var server = new WineServer(process, prefix, environment, port);
        try
        {
            process.WaitUntilReady(StartTime);
            return new WineServer(process, prefix, environment, port);
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public Counters? Count(bool collects) => null;

    public void Dispose()
    {
        _process.Dispose();
        if (s_servers.FirstOrDefault(IsThere) is not { } server)
            return;
        var start = new ProcessStartInfo(server, "-k");
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        using var end = Process.Start(start)!;
        end.WaitForExit();
        foreach (var id in FindProcesses(_prefix, null))
            End(id);
    }

    private static void Build(BenchContext context, string program)
    {
        if (File.Exists(program))
            return;
        var source = context.PathOf("bench", "peers", $"{Program}.c");
        switch (PeerPrograms.TryRun(Compiler, ["-O2", "-o", program, source, "-ladvapi32"]))
        {
            case null:
                throw new UnavailableException($"{Compiler} (gcc-mingw-w64) is not installed");
            case { Length: > 0 } errors:
                throw new UnavailableException($"{Program}.c does not build: {errors.Split('\n')[0]}");
            default:
                break;
        }
    }

    // Wine's processes are nobody's children; they all have the prefix in their environment.
    private static List<int> FindProcesses(string prefix, int? first)
    {
        var found = new List<int>();
        var mark = $"WINEPREFIX={prefix}\0";
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || id == first)
                continue;
            try
            {
                var text = File.ReadAllText(Path.Combine(folder, "environ")) + '\0';
                if (text.Contains(mark, StringComparison.Ordinal))
                    found.Add(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended, or it is somebody else's.
            }
        }
        return first is { } own ? [own, .. found] : found;
    }

    private static void End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            process.WaitForExit();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private static bool IsThere(string program) => Path.IsPathRooted(program)
        ? File.Exists(program)
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
