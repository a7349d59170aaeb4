// The order of rounds: all rows take turns, so that a machine that slows down meanwhile slows all of them.
// It knows nothing about what is measured.
namespace OpenWsk.Bench;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Rounds that count.</param>
/// <param name="WarmRounds">
/// Rounds before, in which the runtime compiles in the background what is hot: together they take seconds.
/// </param>
/// <param name="Divisor">Divides each row's operations, for a quick look.</param>
internal sealed record Schedule(int Rounds, int WarmRounds, int Divisor)
{
    public static Schedule Full { get; } = new(31, 60, 1);

    public static Schedule Quick { get; } = new(3, 1, 100);

    /// <summary>Runs every row that can run.</summary>
    public void Run(IReadOnlyList<Row> rows)
    {
        var able = rows.Where(row => row.IsAble && row.Samples.Count == 0).ToList();
        for (var round = -WarmRounds; round < Rounds; round++)
        {
            foreach (var row in able.Where(row => row.IsAble))
                row.RunRound(Math.Max(1, row.Operations / Divisor), round >= 0);
        }
    }
}
