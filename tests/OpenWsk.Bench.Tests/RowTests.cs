// The arithmetic of rows and the order of rounds, without measuring anything.
// It knows nothing about what is measured elsewhere: HostingTests.cs, NetworkTests.cs.
namespace OpenWsk.Bench.Tests;

public sealed class RowTests
{
    [Theory]
    [InlineData(new double[] { }, null)]
    [InlineData(new double[] { 7 }, 7.0)]
    [InlineData(new double[] { 9, 1, 5 }, 5.0)]
    [InlineData(new double[] { 4, 1, 3, 2 }, 2.5)]
    public void The_median_is_the_middle_or_the_mean_of_both(double[] values, double? expected) =>
        Assert.Equal(expected, Numbers.Median(values));

    [Theory]
    [InlineData(3.0, 2.0, 1.5)]
    [InlineData(3.0, 0.0, null)]
    [InlineData(null, 2.0, null)]
    [InlineData(3.0, null, null)]
    public void A_ratio_needs_both_values_and_something_to_divide_by(
        double? value, double? reference, double? expected) =>
        Assert.Equal(expected, Numbers.Ratio(value, reference));

    [Fact]
    public void A_measured_time_counts_for_each_operation()
    {
        var row = new Row("x", null, 10, operations => operations * 3);
        row.RunRound(10, counts: false);
        row.RunRound(10, counts: true);
        Assert.Equal([3.0], row.Rounds);
        Assert.True(row.IsMeasured);
    }

    [Fact]
    public void Rows_take_turns_and_warm_rounds_do_not_count()
    {
        var order = new List<string>();
        new Schedule(2, 1, 4).Run([Told("a", order), Told("b", order)]);
        Assert.Equal(["a25w", "b25w", "a25", "b25", "a25", "b25"], order);
    }

    [Fact]
    public void A_row_that_breaks_off_has_no_result_and_is_not_run_again()
    {
        var runs = 0;
        var row = new Row("x", null, 1, null)
        {
            Sampled = (_, _) => runs++ == 0 ? new Sample(1) : throw new BenchFailureException("it broke"),
        };
        new Schedule(5, 0, 1).Run([row]);
        Assert.Equal(2, runs);
        Assert.False(row.IsMeasured);
        Assert.Equal("it broke", row.Failure);
    }

    [Fact]
    public void A_row_that_cannot_run_here_is_skipped_with_its_reason()
    {
        var row = Row.Make("x", 1, () => throw new UnavailableException("no wine"));
        new Schedule(5, 1, 1).Run([row]);
        Assert.False(row.IsMeasured);
        Assert.Null(row.Failure);
        Assert.Equal("no wine", row.SkipReason);
    }

    [Fact]
    public void The_first_measured_row_is_the_reference()
    {
        var skipped = new Row("a", null, 1, null, "not here");
        var measured = new Row("b", null, 1, _ => 5);
        using var stage = new Stage("s", "s", "ns", IsRate: false, [skipped, measured]);
        new Schedule(1, 0, 1).Run(stage.Rows);
        Assert.Same(measured, stage.Reference);
    }

    private static Row Told(string name, List<string> order) => new(name, null, 100, null)
    {
        Sampled = (size, isWarmUp) =>
        {
            order.Add($"{name}{size}{(isWarmUp ? "w" : "")}");
            return new Sample(1);
        },
    };
}
