// One line of a benchmark: what is measured, how often, and what is wished for.
// It knows nothing about printing; see Results/Report.cs.
namespace OpenWsk.Bench;

/// <summary>Runs an operation some number of times and returns how long that took.</summary>
/// <remarks>Units: nanoseconds.</remarks>
internal delegate double Measured(long operations);

/// <summary>Measures once.</summary>
/// <param name="size">How much: <see cref="Row.Operations"/>, or less for a quick look.</param>
/// <param name="isWarmUp">Whether the result will not count.</param>
internal delegate Sample Sampled(long size, bool isWarmUp);

/// <summary>One thing to measure.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="GoalNs">The median that is wished for; null for what serves comparison.</param>
/// <param name="Operations">How many operations one round has.</param>
/// <param name="Run">The operation, or null when it cannot run here.</param>
/// <param name="Why">Why it cannot run, or what to know about it.</param>
internal sealed record Row(string Name, double? GoalNs, long Operations, Measured? Run, string Why = "")
{
    private readonly List<Sample> _samples = [];
    private bool _isOver;

    /// <summary>
    /// Measures in place of <see cref="Run"/>, in any unit; the size is what the row and its measure agree
    /// on, such as milliseconds.
    /// </summary>
    public Sampled? Sampled { get; init; }

    /// <summary>Why it broke off; null when it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Why it has no result although nothing broke; <see cref="Why"/> unless a round told.</summary>
    public string SkipReason { get; private set; } = Why;

    /// <summary>Whether it can be measured.</summary>
    public bool IsAble => (Run is not null || Sampled is not null) && !_isOver;

    /// <summary>Whether it has a result.</summary>
    public bool IsMeasured => _samples.Count != 0 && !_isOver;

    /// <summary>What each round gave.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>The value of each round; time of one operation unless its stage says otherwise.</summary>
    public IReadOnlyList<double> Rounds => [.. _samples.Select(sample => sample.Value)];

    public double Minimum => _samples.Min(sample => sample.Value);

    public double Maximum => _samples.Max(sample => sample.Value);

    public double Median => Numbers.Median(Rounds)!.Value;

    /// <summary>The median of something that only some rows tell; null for the others.</summary>
    public double? MedianOf(Func<Sample, double?> part) =>
        Numbers.Median([.. _samples.Select(part).OfType<double>()]);

    /// <summary>
    /// A row of something that is made ready now; what keeps it from that is the row's result.
    /// </summary>
    public static Row Make(string name, long operations, Func<Sampled> prepare)
    {
        Sampled sampled;
        try
        {
            sampled = prepare();
        }
        catch (Exception e) when (e is BenchFailureException or UnavailableException)
        {
            sampled = (_, _) => throw e;
        }
        return new Row(name, null, operations, null) { Sampled = sampled };
    }

    /// <summary>Runs one round; it counts unless it serves to warm up.</summary>
    public void RunRound(long operations, bool counts)
    {
        try
        {
            var sample = Sampled?.Invoke(operations, !counts) ?? new Sample(Run!(operations) / operations);
            if (counts)
                _samples.Add(sample);
        }
        catch (BenchFailureException e)
        {
            _isOver = true;
            Failure = e.Message;
        }
        catch (UnavailableException e)
        {
            _isOver = true;
            SkipReason = e.Message;
        }
    }
}
