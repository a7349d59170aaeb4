// A goal of the project's performance and how it is judged: by ratios of medians of one run.
// It knows no numbers: Goals.cs.
using System.Globalization;

namespace OpenWsk.Bench.Results;

/// <summary>How a goal is formed.</summary>
internal enum GoalKind
{
    /// <summary>Our median at least so many times the other's.</summary>
    RateRatio,

    /// <summary>Our processor time of an operation at most so many times that in another stage.</summary>
    CostRatio,

    /// <summary>Our median at most so much.</summary>
    ValueAtMost,

    /// <summary>Our managed bytes of an operation at most so many.</summary>
    AllocatedAtMost,
}

/// <summary>A goal.</summary>
/// <param name="Text">For people.</param>
/// <param name="Kind">How it is formed.</param>
/// <param name="Stage">Where ours is measured.</param>
/// <param name="Ours">Which rows may be ours; the first that was measured is.</param>
/// <param name="Versus">The other row, or the other stage; empty when there is none.</param>
/// <param name="Limit">What must be reached, or not exceeded.</param>
internal sealed record Goal(
    string Text, GoalKind Kind, string Stage, IReadOnlyList<string> Ours, string Versus, double Limit)
{
    // What it takes to ask for the counters shows in the second decimal.
    private const double AllocatedTolerance = 0.05;

    /// <summary>The limit with its sign.</summary>
    public string Wanted => Kind switch
    {
        GoalKind.RateRatio => string.Create(CultureInfo.InvariantCulture, $">= {Limit:0.00} x"),
        GoalKind.CostRatio => string.Create(CultureInfo.InvariantCulture, $"<= {Limit:0.00} x"),
        _ => string.Create(CultureInfo.InvariantCulture, $"<= {Limit:N0} B"),
    };

    /// <summary>Judges it.</summary>
    public Judgement Judge(RunResults results)
    {
        var found = Ours.Select(name => results.Find(Stage, name)).FirstOrDefault(row => row is not null);
        if (found is not { } ours)
            return new Judgement(this, null, null, null, $"{Ours[0]} was not measured");
        var measured = Kind switch
        {
            GoalKind.RateRatio => Numbers.Ratio(ours.Median, results.Find(Stage, Versus)?.Median),
            GoalKind.CostRatio => Numbers.Ratio(Cpu(ours), Cpu(results.Find(Versus, ours.Name))),
            GoalKind.ValueAtMost => ours.Median,
            _ => ours.MedianOf(sample => sample.AllocatedBytes),
        };
        var note = ours.Name == Ours[0] ? "" : $"{Ours[0]} was not measured; this is {ours.Name}";
        if (measured is { } value)
            return new Judgement(this, ours.Name, value, IsMet(value), note);
        var other = Versus.Length == 0 ? "it" : Versus;
        return new Judgement(this, ours.Name, null, null, $"{other} was not measured");
    }

    private static double? Cpu(Row? row) => row?.MedianOf(sample => sample.CpuNs);

    private bool IsMet(double value) => Kind switch
    {
        GoalKind.RateRatio => value >= Limit,
        GoalKind.AllocatedAtMost => value <= Limit + AllocatedTolerance,
        _ => value <= Limit,
    };
}

/// <summary>A judged goal.</summary>
/// <param name="Goal">The goal.</param>
/// <param name="Ours">Which row was taken; null when there is none.</param>
/// <param name="Measured">The ratio or value; null when it could not be formed.</param>
/// <param name="IsMet">Null when it could not be formed.</param>
/// <param name="Note">What to know about it.</param>
internal sealed record Judgement(Goal Goal, string? Ours, double? Measured, bool? IsMet, string Note)
{
    /// <summary>met, not met or not measured.</summary>
    public string Verdict => IsMet switch
    {
        true => "met",
        false => "not met",
        null => "not measured",
    };

    /// <summary>The measured number for people.</summary>
    public string Number => Measured is not { } value ? "-"
        : Goal.Kind is GoalKind.RateRatio or GoalKind.CostRatio
            ? string.Create(CultureInfo.InvariantCulture, $"{value:0.00} x")
            : string.Create(CultureInfo.InvariantCulture, $"{value:N2} B");
}
