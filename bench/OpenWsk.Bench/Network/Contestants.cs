// Everything that is compared, one line each: a name and how to start it. The first is the reference.
// It knows nothing about workloads: TcpBench.cs and its neighbours.
namespace OpenWsk.Bench.Network;

/// <summary>Something to measure.</summary>
/// <param name="Name">Its name, which goals refer to.</param>
/// <param name="Start">Starts it; throws UnavailableException when it cannot run here.</param>
internal sealed record Contestant(string Name, Func<Launcher, IServer> Start)
{
    /// <summary>
    /// Whether it is known to break off by itself, which then is told and is no failure of the run.
    /// </summary>
    public bool IsFragile { get; init; }
}

/// <summary>The tables.</summary>
internal static class Contestants
{
    /// <summary>The best peer in C.</summary>
    public const string C = "C, liburing";

    public const string Dotnet = ".NET sockets";

    public const string DotnetInline = ".NET sockets, inline";

    public const string Pipelines = ".NET pipelines";

    public const string Wine = "Wine, .sys by calls";

    /// <summary>TCP echo of small messages.</summary>
    public static IReadOnlyList<Contestant> Echo { get; } =
    [
        new(C, x => x.C("uring-echo", ["2048", "16384"], "uring")),
        new(Dotnet, x => x.Managed(["dotnet-echo", "4096"])),
        new(DotnetInline, x => x.Managed(["dotnet-echo", "4096"], isInline: true)),
        new(Pipelines, x => x.Managed(["pipelines-echo"])),
        .. Ours("host", 4096),
        .. Ours("uring", 4096),
        new(Wine, x => x.Wine("echo-calls.sys")) { IsFragile = true },
    ];

    /// <summary>TCP echo of small messages with one and with two dispatchers.</summary>
    public static IReadOnlyList<Contestant> Dispatchers { get; } =
    [
        new(C, x => x.C("uring-echo", ["2048", "16384"], "uring")),
        new(Dotnet, x => x.Managed(["dotnet-echo", "4096"])),
        .. new[] { "host", "uring" }.SelectMany(net => new Contestant[]
        {
            new(Name(net, "events"), x => x.Driver("echo-events.sys", net)),
            new(Name($"{net}, 2 dispatchers", "events"), x => x.Driver("echo-events.sys", $"{net}:2")),
        }),
    ];

    /// <summary>TCP echo of 64 KiB.</summary>
    public static IReadOnlyList<Contestant> Bulk { get; } =
    [
        new(C, x => x.C("uring-echo", ["65536", "512"], "uring")),
        new(Dotnet, x => x.Managed(["dotnet-echo", "65536"])),
        new(DotnetInline, x => x.Managed(["dotnet-echo", "65536"], isInline: true)),
        .. Ours("host", 65_536),
        .. Ours("uring", 65_536),
    ];

    /// <summary>Who makes connections one at a time or some at a time.</summary>
    public static IReadOnlyList<Contestant> Connects(int atOnce) =>
    [
        new("C, blocking loop", x => x.C("connect-loop", [])),
        new(Dotnet, x => x.Managed(["dotnet-connects", $"{atOnce}"])),
        new(DotnetInline, x => x.Managed(["dotnet-connects", $"{atOnce}"], isInline: true)),
        new(Name("host", "events"), x => x.Managed(["driver-connects", "host", $"{atOnce}"])),
        new(Name("uring", "events"), x => x.Managed(["driver-connects", "uring", $"{atOnce}"])),
    ];

    /// <summary>UDP echo.</summary>
    public static IReadOnlyList<Contestant> Datagrams(bool batches) =>
    [
        new("C, recvmmsg", x => x.C("udp-echo", [])),
        new(Dotnet, x => x.Managed(["dotnet-udp"])),
        new(DotnetInline, x => x.Managed(["dotnet-udp"], isInline: true)),
        new(Name("host", "events"), x => x.Driver("udp-echo.sys", "host", Batches(batches))),
        new(Name("uring", "events"), x => x.Driver("udp-echo.sys", "uring", Batches(batches))),
    ];

    /// <summary>The name of one of ours.</summary>
    /// <param name="net">The transport.</param>
    /// <param name="way">events, calls, managed or managed inline.</param>
    public static string Name(string net, string way) =>
        way.StartsWith("managed", StringComparison.Ordinal) ? $"ours, {way}, {net}"
        : $"ours, .sys by {way}, {net}";

    private static string Batches(bool batches) => $"Batches={(batches ? 1 : 0)}";

    private static IEnumerable<Contestant> Ours(string net, int bufferBytes) =>
    [
        new(Name(net, "events"), x => x.Driver("echo-events.sys", net)),
        new(Name(net, "calls"), x => x.Driver("echo-calls.sys", net, $"BufferBytes={bufferBytes}")),
        new(Name(net, "managed"), x => x.Managed(["managed-echo", net, $"{bufferBytes}"])),
        new(Name(net, "managed inline"), x => x.Managed(["managed-echo", net, $"{bufferBytes}", "inline"])),
    ];
}
