// What a measured process does, as the line protocol needs it: some serve by themselves, some are told to
// make connections for a time. It knows nothing about lines: Servers.cs.
using System.Diagnostics;
using System.Text.Json;
using OpenWsk.Bench.Network;

namespace OpenWsk.Bench.Serving;

/// <summary>Something that serves, or makes connections when told.</summary>
internal abstract class Served
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    /// <summary>Sockets that its provider has open; 0 when there is none.</summary>
    public virtual int OpenSockets => 0;

    /// <summary>Warms up, measures, and tells the result.</summary>
    public string RunJson(int warmMs, int lengthMs)
    {
        var warm = warmMs > 0 ? Run(warmMs) : default;
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var (done, failed) = Run(lengthMs);
        var time = Stopwatch.GetElapsedTime(start);
        var used = Environment.CpuUsage.TotalTime - cpu;
        var run = new LoadRun(
            done, (long)time.TotalNanoseconds, (long)used.TotalNanoseconds, 0, done + warm.Done,
            failed + warm.Failed);
        return JsonSerializer.Serialize(run, s_options);
    }

    /// <summary>Makes operations for a time; only for those that are told to.</summary>
    protected virtual (long Done, long Failed) Run(int lengthMs) =>
        throw new NotSupportedException("this one serves");
}

/// <summary>A server that answers by itself.</summary>
internal sealed class Serving : Served
{
    public static Serving Instance { get; } = new();
}
