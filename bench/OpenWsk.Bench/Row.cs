// One line of a benchmark: what is measured, how often, and what is wished for.
// It knows nothing about printing; see Report.cs.
namespace OpenWsk.Bench;

/// <summary>Runs an operation some number of times and returns how long that took.</summary>
/// <remarks>Units: nanoseconds.</remarks>
internal delegate double Measured(long operations);

/// <summary>One thing to measure.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="GoalNs">The median that is wished for; null for what serves comparison.</param>
/// <param name="Operations">How many operations one round has.</param>
/// <param name="Run">The operation, or null when it cannot run here.</param>
/// <param name="Why">Why it cannot run, or what to know about it.</param>
internal sealed record Row(string Name, double? GoalNs, long Operations, Measured? Run, string Why = "")
{
    private readonly List<double> _rounds = [];

    /// <summary>Time of one operation in each round. Units: nanoseconds.</summary>
    public IReadOnlyList<double> Rounds => _rounds;

    public double Minimum => _rounds.Min();

    public double Maximum => _rounds.Max();

    public double Median => _rounds.Order().ElementAt(_rounds.Count / 2);

    /// <summary>Runs one round; it counts unless it serves to warm up.</summary>
    public void RunRound(long operations, bool counts)
    {
        var each = Run!(operations) / operations;
        if (counts)
            _rounds.Add(each);
    }
}
