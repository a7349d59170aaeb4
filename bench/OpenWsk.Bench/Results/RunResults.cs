// Everything that one run of the program measured, and its goals' judgements.
// It knows nothing about files and printing.
namespace OpenWsk.Bench.Results;

/// <summary>The stages of a run, in order.</summary>
internal sealed class RunResults(bool isQuick)
{
    private readonly List<(string Benchmark, Stage Stage)> _stages = [];

    public bool IsQuick => isQuick;

    public DateTimeOffset Begun { get; } = DateTimeOffset.UtcNow;

    public IReadOnlyList<(string Benchmark, Stage Stage)> Stages => _stages;

    /// <summary>What broke off.</summary>
    public IEnumerable<Row> Failures =>
        _stages.SelectMany(entry => entry.Stage.Rows).Where(row => row.Failure is not null);

    public void Add(string benchmark, Stage stage) => _stages.Add((benchmark, stage));

    /// <summary>A measured row; null when there is none.</summary>
    public Row? Find(string stage, string row) => _stages
        .Where(entry => entry.Stage.Name == stage)
        .SelectMany(entry => entry.Stage.Rows)
        .FirstOrDefault(x => x.Name == row && x.IsMeasured);

    /// <summary>Every goal of a stage that was run.</summary>
    public IReadOnlyList<Judgement> Judge() =>
    [
        .. Goals.All.Where(goal => _stages.Any(x => x.Stage.Name == goal.Stage))
            .Select(goal => goal.Judge(this)),
    ];
}
