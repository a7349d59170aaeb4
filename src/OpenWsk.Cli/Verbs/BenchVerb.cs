// `openwsk bench [NAME ...]`: builds and runs the benchmarks of the source tree in a process of their own, so
// that nothing of this one is measured. An installed tool has no source tree and says so. It knows nothing
// about what is measured: see bench/.
using System.CommandLine;
using System.Diagnostics;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Output;

namespace OpenWsk.Cli.Verbs;

/// <summary>bench [NAME ...].</summary>
internal sealed class BenchVerb : IVerb
{
    private readonly Argument<string[]> _names = new("NAME")
    {
        Description =
            "What to measure: tcp, dispatchers, bulk, connect, udp, idle, datapath, hosting, startup; all by "
            + "default.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _quick =
        new("--quick") { Description = "Few rounds: shows that it runs, not what it costs." };

    public BenchVerb() =>
        Command = new Command("bench", "Measure ours beside its peers; writes bench/results too.")
        {
            _names, _quick,
        };

    public Command Command { get; }

    public async Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        if (FindRoot() is not { } root)
            throw new FailureException(
                ExitCodes.CapabilityMissing, "the benchmarks run from the source tree only; clone it first");
        var project = Path.Combine(root, "bench", "OpenWsk.Bench");
        var build = await Start(
            "dotnet", ["build", project, "-c", "Release", "--nologo", "-v", "q"], isQuiet: true)
            .ConfigureAwait(false);
        if (build != 0)
            throw new FailureException(ExitCodes.OurBug, $"the build of {project} failed; run it by hand");
        var program = Path.Combine(project, "bin", "Release", "net10.0", "OpenWsk.Bench.dll");
        List<string> words = [program, .. parsed.GetValue(_names) ?? []];
        if (terminal.Options.Json)
            words.Add("--json");
        if (parsed.GetValue(_quick))
            words.Add("--quick");
        return await Start("dotnet", words, isQuiet: false).ConfigureAwait(false);
    }

    private static async Task<int> Start(string program, IEnumerable<string> arguments, bool isQuiet)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = isQuiet };
        using var process = Process.Start(start)!;
        if (isQuiet)
            await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode;
    }

    private static string? FindRoot()
    {
        var start = AppContext.BaseDirectory;
        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "OpenWsk.slnx")))
                return folder;
        }
        return null;
    }
}
