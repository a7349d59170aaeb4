// What one round of a row gave, and the arithmetic on several.
// It knows nothing about how it was measured: Row.cs.
namespace OpenWsk.Bench;

/// <summary>One measurement.</summary>
/// <param name="Value">In the unit of the row's stage.</param>
internal sealed record Sample(double Value)
{
    /// <summary>Processor time of what is measured, for each operation. Units: nanoseconds.</summary>
    public double? CpuNs { get; init; }

    /// <summary>Managed memory allocated for each operation. Units: bytes.</summary>
    public double? AllocatedBytes { get; init; }

    /// <summary>The most memory that the measured processes had. Units: bytes.</summary>
    public double? PeakBytes { get; init; }

    /// <summary>Which part of the time the load's processor was busy; near 1 it may be what limits.</summary>
    public double? LoadBusy { get; init; }

    /// <summary>Growth of the managed heap for each connection. Units: bytes.</summary>
    public double? HeapBytes { get; init; }

    /// <summary>Sockets that our provider counts in the end.</summary>
    public double? Sockets { get; init; }
}

/// <summary>Arithmetic.</summary>
internal static class Numbers
{
    /// <summary>The middle value, or the mean of the two in the middle; null of none.</summary>
    public static double? Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return null;
        var ordered = values.Order().ToList();
        var middle = ordered.Count / 2;
        return ordered.Count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
    }

    /// <summary>One value in terms of another; null when there is nothing to divide by.</summary>
    public static double? Ratio(double? value, double? reference) =>
        value is null || reference is null or 0 ? null : value / reference;
}

/// <summary>A measurement that should have worked and did not.</summary>
internal sealed class BenchFailureException(string message) : Exception(message);

/// <summary>A measurement that cannot be made on this machine, and why.</summary>
internal sealed class UnavailableException(string message) : Exception(message);
