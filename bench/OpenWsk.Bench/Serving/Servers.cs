// `OpenWsk.Bench serve NAME PORT ...`: a measured process of .NET or of ours. It says "ready" or
// "unavailable: why", answers lines, and ends with its input. It knows nothing about who measures:
// Network/Launcher.cs.
using System.Text.Json;
using OpenWsk.Bench.Network;

namespace OpenWsk.Bench.Serving;

/// <summary>The measured processes.</summary>
internal static class Servers
{
    private const int Usage = 2;

    /// <summary>Serves until the input ends.</summary>
    public static int Run(string[] words)
    {
        try
        {
            if (Make(words) is not { } served)
                return Usage;
            Say("ready");
            Answer(served);
            // What is open ends with the process; unwinding it in order is not what is measured.
            Environment.Exit(0);
            return 0;
        }
        catch (UnavailableException e)
        {
            Say($"unavailable: {e.Message}");
            return 0;
        }
    }

    private static Served? Make(string[] words) => words switch
    {
        ["dotnet-echo", var port, var bytes] => DotnetEcho.Start(Number(port), Number(bytes)),
        ["pipelines-echo", var port] => PipelinesEcho.Start(Number(port)),
        ["dotnet-udp", var port] => DotnetDatagrams.Start(Number(port)),
        ["dotnet-connects", var port, var atOnce] => new DotnetConnects(Number(port), Number(atOnce)),
        ["driver", var port, var net, var file, .. var parameters] =>
            DriverServers.StartEcho(Number(port), net, file, parameters),
        ["driver-connects", var port, var net, var atOnce] =>
            DriverServers.StartConnects(Number(port), net, Number(atOnce)),
        ["managed-echo", var port, var net, var bytes] =>
            ManagedEcho.Start(Number(port), net, Number(bytes), isInline: false),
        ["managed-echo", var port, var net, var bytes, "inline"] =>
            ManagedEcho.Start(Number(port), net, Number(bytes), isInline: true),
        _ => null,
    };

    private static void Answer(Served served)
    {
        while (Console.ReadLine() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["count"]:
                    Say(JsonSerializer.Serialize(Count(served)));
                    break;
                case ["collect"]:
                    GC.Collect(
                        GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    Say(JsonSerializer.Serialize(Count(served)));
                    break;
                case ["run", var warm, var length]:
                    Say(served.RunJson(Number(warm), Number(length)));
                    break;
                default:
                    break;
            }
        }
    }

    private static Counters Count(Served served)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var heap = GC.GetTotalMemory(forceFullCollection: false);
        var counters = new Counters(allocated, 0, heap, served.OpenSockets);
        // What it takes to answer is not what is measured.
        _ = JsonSerializer.Serialize(counters);
        return counters with { AllocatedAfterBytes = GC.GetTotalAllocatedBytes(precise: true) };
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private static int Number(string text) =>
        int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
