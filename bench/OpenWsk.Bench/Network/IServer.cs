// A measured process that waits for connections or makes them, whoever wrote it.
// It knows nothing about workloads; what there is to measure: Contestants.cs.
using System.Text.Json;

namespace OpenWsk.Bench.Network;

/// <summary>A running process of one contestant.</summary>
internal interface IServer : IDisposable
{
    /// <summary>Where it listens on 127.0.0.1.</summary>
    int Port { get; }

    /// <summary>All processes whose time and memory are the contestant's.</summary>
    IReadOnlyList<int> Processes { get; }

    /// <summary>Its own counters; null when it is not managed.</summary>
    Counters? Count(bool collects);
}

/// <summary>What a managed process counts of itself.</summary>
/// <param name="AllocatedBytes">Allocated since its start, before the question.</param>
/// <param name="AllocatedAfterBytes">The same when the answer was made.</param>
/// <param name="HeapBytes">Of its heap.</param>
/// <param name="Sockets">That its provider has open.</param>
internal sealed record Counters(long AllocatedBytes, long AllocatedAfterBytes, long HeapBytes, int Sockets);

/// <summary>A server that speaks lines.</summary>
internal sealed class LineServer(LineProcess process, int port, bool isManaged) : IServer
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(1);

    public int Port => port;

    public IReadOnlyList<int> Processes { get; } = [process.Id];

    public LineProcess Process => process;

    public Counters? Count(bool collects) => isManaged
        ? JsonSerializer.Deserialize<Counters>(process.Ask(collects ? "collect" : "count", AnswerTime))
        : null;

    public void Dispose() => process.Dispose();
}
