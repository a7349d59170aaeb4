// How long contestants are loaded before what counts. A runtime compiles what is hot in the background, on
// the processor of what is measured, and slows it meanwhile; so each process gets seconds once, each workload
// a second more, and all contestants get the same. It knows nothing about what they do.
namespace OpenWsk.Bench.Network;

/// <summary>The warm-up of the contestants of one benchmark.</summary>
internal sealed class WarmUp
{
    /// <summary>The first load of a process. Units: milliseconds.</summary>
    public const int ProcessMs = 4000;

    /// <summary>The first load of a process in each later workload.</summary>
    public const int WorkloadMs = 1000;

    /// <summary>Every other round begins with this.</summary>
    public const int RampMs = 100;

    private readonly HashSet<object> _known = [];
    private readonly HashSet<(object, string)> _loaded = [];

    /// <summary>How long to load a contestant now; called for each round that does not count.</summary>
    /// <param name="server">The process.</param>
    /// <param name="workload">The stage's name.</param>
    public int TakeMs(object server, string workload)
    {
        var isNewWorkload = _loaded.Add((server, workload));
        return _known.Add(server) ? ProcessMs
            : isNewWorkload ? WorkloadMs
            : RampMs;
    }
}
