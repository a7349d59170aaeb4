// Which processors the measured process and the load get: the first two that this process may use, and a
// third for what is measured with two. It knows nothing about processes.
namespace OpenWsk.Bench;

/// <summary>Processors by their numbers.</summary>
/// <param name="Subject">Where what is measured runs.</param>
/// <param name="Load">Where the load runs; null when there is only one processor.</param>
/// <param name="Pair">
/// Where what has two dispatchers runs: two processors, or one where the load has the other.
/// </param>
internal sealed record Cores(int Subject, int? Load, IReadOnlyList<int> Pair)
{
    private const int WithPair = 3;

    /// <summary>Reads what the system allows.</summary>
    public static Cores Find()
    {
        const string Field = "Cpus_allowed_list:";
        const string Status = "/proc/self/status";
        var lines = File.Exists(Status) ? File.ReadLines(Status) : [];
        var line = lines.FirstOrDefault(x => x.StartsWith(Field, StringComparison.Ordinal));
        return Choose(Parse(line?[Field.Length..] ?? "0"));
    }

    internal static Cores Choose(IReadOnlyList<int> allowed) => new(
        allowed[0], allowed.Count > 1 ? allowed[1] : null,
        allowed.Count >= WithPair ? [allowed[0], allowed[WithPair - 1]] : [allowed[0]]);

    /// <summary>The numbers of a list such as 0-3,8.</summary>
    internal static IReadOnlyList<int> Parse(string list) =>
    [
        .. list.Trim().Split(',').SelectMany(part =>
        {
            var ends = part.Split('-').Select(int.Parse).ToArray();
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
        }),
    ];
}
