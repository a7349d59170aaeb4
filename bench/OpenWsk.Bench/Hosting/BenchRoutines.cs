// The host's side of the measured calls: a routine that does as little as a routine can.
// It knows nothing about measuring; see HostingBench.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Bench.Hosting;

/// <summary>Imports of bench.sys that are no Windows routines.</summary>
internal static class BenchRoutines
{
    /// <summary>The sum of both.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    internal static ulong BenchAdd(Executive executive, ulong first, ulong second) => first + second;
}
