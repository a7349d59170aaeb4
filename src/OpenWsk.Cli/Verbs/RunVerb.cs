// `openwsk run FILE.sys ...`: loads drivers, runs them until their work ends, unloads them and tells what was
// found. It only reads the command line and prints; the run is Running/RunSession.
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OpenWsk.Capture;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Output;
using OpenWsk.Cli.Running;
using OpenWsk.Cli.Worlds;
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Net.Uring;

namespace OpenWsk.Cli.Verbs;

/// <summary>run FILE.sys ....</summary>
internal sealed class RunVerb : IVerb
{
    private readonly Argument<string[]> _files = new("FILE.sys")
    {
        Description =
            "The drivers, loaded in this order, exporting ones first, and unloaded in the reverse one.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _parameters = new("--param")
    {
        Description =
            "A value of the driver's Parameters key: Name=Value, or FILE.sys:Name=Value for one of several. "
            + "An integer is a REG_DWORD, other text a REG_SZ; dword: qword: hex: multi: sz: say it.",
        HelpName = "Name=Value",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _seconds = new("--seconds")
    {
        Description = "Unload after this time: 20, 20s or 500ms. Without it: when the drivers' work ends.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _within = new("--within")
    {
        Description = "Unload after this time too, but then the exit code is 124. With a unit: 20s.",
        HelpName = "TIME",
    };

    private readonly Option<bool> _stay = new("--stay")
    {
        Description = "Do not end when nothing is under way: for drivers that wait for event callbacks.",
    };

    private readonly Option<string?> _hangAfter = new("--hang-after")
    {
        Description = "How long DriverUnload may take before it is a hang. Default: 30s.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _specialPool = new("--special-pool")
    {
        Description = "Put a guard behind every block of memory, and in its place when it is freed; "
            + "--special-pool=underrun puts the guard before it. Driver Verifier's special pool.",
        HelpName = "underrun",
    };

    private readonly Option<string?> _processors = new("--processors")
    {
        Description = "Number of processors that the drivers see, each a thread that runs DPCs and "
            + "completions: 1 to 64. Default: those that this process may use.",
        HelpName = "N",
    };

    private readonly Option<string?> _net = new("--net")
    {
        Description = "How bytes move: uring (io_uring), host (plain sockets), auto, which takes the first "
            + "that works, or sim: a simulated network with a time of its own, in which the drivers are the "
            + "machine 10.0.0.1 and fd00::1. Default: OPENWSK_NET, or auto.",
        HelpName = "uring|host|auto|sim",
    };

    private readonly Option<string?> _seed = new("--seed")
    {
        Description = "With --net sim: what the order of threads and all randomness follow from; the same "
            + "number gives the same run. Without it threads run in turns.",
        HelpName = "N",
    };

    private readonly Option<string?> _trace = new("--trace")
    {
        Description = "Write one line for each call to standard error, or with --trace=FILE to a file.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _symbols = new("--symbols")
    {
        Description = "A folder with PDB files, beside the one that the driver lies in; a symbol store too.",
        HelpName = "DIR",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _etw = new("--etw")
    {
        Description = "Listen to an event provider by name or GUID, or to all (*), up to a level and with "
            + "any of some keywords; --trace shows the events.",
        HelpName = "PROVIDER[:LEVEL[:KEYWORDS]]",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _dump = new("--dump")
    {
        Description = "Write a minidump when there is a bug check; %DRIVER% and %TIME% are filled in.",
        HelpName = "FILE.dmp",
    };

    private readonly Option<string[]> _stubs = new("--stub")
    {
        Description = "Let calls of a routine that is not implemented return a status: NAME=STATUS.",
        HelpName = "NAME=STATUS",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _folder = new("--files")
    {
        Description = "A folder that is drive C: to the drivers. Without it they have files in memory.",
        HelpName = "DIR",
    };

    private readonly Option<string[]> _ioctl = new("--ioctl")
    {
        Description =
            "Once every DriverEntry has returned, open a device and send a control code, with input from "
            + "in= (text, hex:0a0b, @FILE) and room for out= bytes; prints what comes back.",
        HelpName = "DEVICE:CODE[:out=BYTES][:in=DATA]",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _read = new("--read")
    {
        Description = "Read from a device. --ioctl, --read and --write may be mixed; they run in order.",
        HelpName = "DEVICE:BYTES",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _write = new("--write")
    {
        Description = "Write to a device: text, hex:0a0b or @FILE.",
        HelpName = "DEVICE:DATA",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public RunVerb() => Command = new Command("run", "Load drivers, run them, unload them and report.")
    {
        _files, _parameters, _seconds, _within, _stay, _hangAfter, _specialPool, _processors, _net,
        _seed, _trace, _etw, _stubs, _ioctl, _read, _write, _folder, _symbols, _dump,
    };

    public Command Command { get; }

    public async Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        var parameters = (parsed.GetValue(_parameters) ?? []).Select(ParameterValue.Parse).ToList();
        var stubs = (parsed.GetValue(_stubs) ?? []).Select(StubAnswer.Parse).ToList();
        var simulation = NetOptions.SimulationOf(
            parsed.GetValue(_net), parsed.GetValue(_seed), parsed.GetValue(_processors));
        var request = new RunRequest
        {
            Length = Time(parsed.GetValue(_seconds), "--seconds", "s"),
            IsStaying = parsed.GetValue(_stay),
            Within = Time(parsed.GetValue(_within), "--within", null),
            HangAfter = Time(parsed.GetValue(_hangAfter), "--hang-after", null) ?? TimeSpan.FromSeconds(30),
            Processors = ProcessorsOf(parsed.GetValue(_processors)),
            Net = simulation is null ? NetOptions.Of(parsed.GetValue(_net)) : default,
            Simulation = simulation,
            PoolMode = PoolModeOf(parsed.GetValue(_specialPool)),
            Parameters = parameters,
            Stubs = stubs,
            Etw = [.. (parsed.GetValue(_etw) ?? []).Select(EtwOf)],
            Requests = RequestsOf(parsed),
            Files = FilesOf(parsed.GetValue(_folder)),
            OnAnswer = terminal.Options.Json ? null : answer => terminal.Out.WriteLine(answer),
            SymbolFolders = parsed.GetValue(_symbols) ?? [],
            Images = DriverOrder.Sort([.. parsed.GetRequiredValue(_files).Select(DriverFiles.Read)]),
            Prints = terminal.Options.Json ? null : terminal.Raw,
        };
        CheckNames(request);
        foreach (var image in request.Images)
        {
            terminal.Detail(
                $"{image.Name}: {image.SizeBytes} bytes in memory, {image.Imports.Count} imports");
        }
        using var traceFile = TraceFiles.Open("run", parsed.GetValue(_trace));
        if (parsed.GetValue(_trace) is not null)
        {
            var target = traceFile ?? terminal.Error;
            target.WriteLine($"# network: {simulation?.ToString() ?? HostNetwork.Describe(request.Net)}");
            request = request with { MakeTrace = names => new TraceWriter(target, names) };
        }
        if (Environment.IsPrivilegedProcess)
            terminal.Note("note: driver code runs in this process with root's rights; another user is safer");
        var report = await RunSession.Run(request).ConfigureAwait(false);
        if (report.Crash is { } crash && parsed.GetValue(_dump) is { } dump)
            report.Dump = DumpFiles.Write(crash, dump, terminal);
        if (terminal.Options.Json)
            terminal.Out.Write(RunDocument.Write(report));
        else
            RunText.Write(report, terminal);
        return report.ExitCode;
    }

    // In the order of the command line, which the options by themselves do not tell.
    private static List<DeviceRequest> RequestsOf(ParseResult parsed)
    {
        var requests = new List<DeviceRequest>();
        for (var i = 0; i + 1 < parsed.Tokens.Count; i++)
        {
            var token = parsed.Tokens[i];
            if (token.Type == TokenType.Option && token.Value is "--ioctl" or "--read" or "--write")
                requests.Add(DeviceRequest.Parse(token.Value, parsed.Tokens[i + 1].Value));
        }
        return requests;
    }

    private static FolderFileSystem? FilesOf(string? folder)
    {
        if (folder is null)
            return null;
        return Directory.Exists(folder)
            ? new FolderFileSystem(folder)
            : throw new UsageException($"run: --files {folder} is no folder; make it, or name another");
    }

    private static PoolMode PoolModeOf(string? specialPool) => specialPool switch
    {
        null => PoolMode.Default,
        Preparation.Overrun => PoolMode.Special,
        "underrun" => PoolMode.SpecialUnderrun,
        _ => throw new UsageException(
            $"run: --special-pool={specialPool} is unknown; write --special-pool or --special-pool=underrun"),
    };

    private static int ProcessorsOf(string? text)
    {
        if (text is null)
            return HostScheduler.UsableProcessors;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is >= 1 and <= Executive.ProcessorCountMax
            ? number
            : throw new UsageException(
                $"run: --processors {text} is no number of processors; write one from 1 to "
                + $"{Executive.ProcessorCountMax}");
    }

    private static EtwEnabling EtwOf(string text) => EtwEnabling.TryParse(text, out var enabling)
        ? enabling
        : throw new UsageException($"run: --etw {text} is unknown; write PROVIDER[:LEVEL[:KEYWORDS]]");

    private static void CheckNames(RunRequest request)
    {
        var services = request.Images.Select(image => Path.GetFileNameWithoutExtension(image.Name)).ToList();
        if (services.GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UsageException(
                $"run: two drivers are named {twice.Key}; rename one, as Windows would ask");
        if (request.Parameters.FirstOrDefault(p => !services.Any(p.IsFor)) is { } lost)
            throw new UsageException($"run: --param names {lost.Driver}.sys, which is not run; "
                + $"drivers here: {string.Join(", ", services.Select(name => name + ".sys"))}");
    }

    private static TimeSpan? Time(string? text, string option, string? bareUnit)
    {
        if (text is null)
            return null;
        return Duration.TryParse(text, bareUnit)
            ?? throw new UsageException(
                $"run: {option} {text} is no time; write a number with a unit, such as 20s or 500ms");
    }
}
