// Rows that are measured in turns and shown as one table, and what they are made of.
// It knows nothing about what is measured; the list of all benchmarks is Benchmarks.cs.
namespace OpenWsk.Bench;

/// <summary>Rows that take turns.</summary>
/// <param name="Name">A short name that goals refer to.</param>
/// <param name="Title">What is measured, for people.</param>
/// <param name="Unit">The unit of the values.</param>
/// <param name="IsRate">Whether more is better.</param>
/// <param name="Rows">What is compared, the reference first.</param>
internal sealed record Stage(string Name, string Title, string Unit, bool IsRate, IReadOnlyList<Row> Rows)
    : IDisposable
{
    /// <summary>How much is measured, when it is not what its benchmark says.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>Ends what the rows use; null when there is nothing.</summary>
    public IDisposable? Resources { get; init; }

    /// <summary>The row that ratios are formed with: the first that was measured.</summary>
    public Row? Reference => Rows.FirstOrDefault(row => row.IsMeasured);

    public void Dispose() => Resources?.Dispose();
}

/// <summary>A benchmark that can be named on the command line.</summary>
/// <param name="Name">Its name.</param>
/// <param name="About">One line about it.</param>
/// <param name="Full">How much is measured.</param>
/// <param name="Quick">How much for a quick look.</param>
/// <param name="Stages">Makes its stages, one when the one before is over.</param>
internal sealed record Benchmark(
    string Name, string About, Schedule Full, Schedule Quick, Func<BenchContext, IEnumerable<Stage>> Stages);
