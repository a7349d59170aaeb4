// Starts contestants, each once, and ends them together. What cannot start is remembered with its reason.
// It knows nothing about what they do.
namespace OpenWsk.Bench.Network;

/// <summary>The running contestants of a benchmark.</summary>
internal sealed class Launcher(BenchContext context) : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);
    private static readonly Dictionary<string, string> s_inline = new()
    {
        ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1",
    };

    private readonly Dictionary<Contestant, (IServer? Server, string Why, bool IsFailure)> _started = [];
    private readonly List<IDisposable> _owned = [];

    public BenchContext Context => context;

    /// <summary>Whether what is measured gets two processors, where there are that many.</summary>
    public bool IsPair { get; init; }

    public PeerPrograms Programs { get; } = new(context);

    /// <summary>How long each is loaded before what counts.</summary>
    public WarmUp WarmUp { get; } = new();

    /// <summary>The port that contestants connect to; without it each listens at one of its own.</summary>
    public int? Target { get; init; }

    /// <summary>Its process, started now or before.</summary>
    /// <remarks>Errors: UnavailableException; BenchFailureException.</remarks>
    public IServer Get(Contestant contestant)
    {
        if (!_started.TryGetValue(contestant, out var known))
            _started[contestant] = known = TryStart(contestant);
        return known.Server ?? throw (known.IsFailure
            ? new BenchFailureException(known.Why)
            : new UnavailableException(known.Why));
    }

    /// <summary>Ends one that has broken off, so that the next workload gets a new process.</summary>
    public void Drop(Contestant contestant)
    {
        if (!_started.Remove(contestant, out var known) || known.Server is not { } server)
            return;
        _owned.Remove(server);
        server.Dispose();
    }

    /// <summary>A program of bench/peers: PORT and more words.</summary>
    public IServer C(string name, IEnumerable<string> words, params string[] libraries)
    {
        var port = Target ?? context.TakePort();
        return Ready(Programs.PathOf(name, libraries), [$"{port}", .. words], port, isManaged: false);
    }

    /// <summary>A process of this program: serve NAME PORT and more words.</summary>
    public IServer Managed(IReadOnlyList<string> words, bool isInline = false)
    {
        var port = Target ?? context.TakePort();
        var program = Path.Combine(AppContext.BaseDirectory, "OpenWsk.Bench.dll");
        return Ready(
            "dotnet", [program, "serve", words[0], $"{port}", .. words.Skip(1)], port, isManaged: true,
            isInline ? s_inline : null);
    }

    /// <summary>A driver of bench/drivers in a process of this program.</summary>
    /// <param name="file">The driver.</param>
    /// <param name="net">The transport; with :2 behind it for two dispatchers.</param>
    /// <param name="parameters">Name=Number, for its Parameters key.</param>
    public IServer Driver(string file, string net, params string[] parameters) =>
        Managed(["driver", net, context.PathOf("bench", "drivers", file), .. parameters]);

    /// <summary>A driver of bench/drivers under Wine.</summary>
    public IServer Wine(string file)
    {
        var server = WineServer.Start(context, Path.Combine("bench", "drivers", file));
        _owned.Add(server);
        return server;
    }

    public void Dispose()
    {
        foreach (var owned in Enumerable.Reverse(_owned))
            owned.Dispose();
    }

    private LineServer Ready(
        string program, IEnumerable<string> words, int port, bool isManaged,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var cores = context.Cores;
        var process = LineProcess.Start(IsPair ? cores.Pair : [cores.Subject], program, words, environment);
        _owned.Add(process);
        process.WaitUntilReady(StartTime);
        return new LineServer(process, port, isManaged);
    }

    private (IServer? Server, string Why, bool IsFailure) TryStart(Contestant contestant)
    {
        try
        {
            return (contestant.Start(this), "", false);
        }
        catch (UnavailableException e)
        {
            return (null, e.Message, false);
        }
        catch (BenchFailureException e)
        {
            return (null, e.Message, true);
        }
    }
}
