// "Did you mean": the known word that is closest to what the user typed.
// It knows nothing about verbs or options.
namespace OpenWsk.Cli.CommandLine;

/// <summary>Finds the nearest word.</summary>
internal static class Nearest
{
    /// <summary>
    /// The word at the smallest editing distance, or null when none is near enough to be meant.
    /// </summary>
    public static string? Find(string typed, IEnumerable<string> known) => known
        .Select(word => (word, distance: Distance(typed, word)))
        .Where(pair => pair.distance <= Math.Max(1, Math.Min(typed.Length, pair.word.Length) / 2))
        .OrderBy(pair => pair.distance)
        .ThenBy(pair => pair.word, StringComparer.Ordinal)
        .Select(pair => pair.word)
        .FirstOrDefault();

    // Insertions, deletions, replacements and swaps of neighbours each count one.
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replace, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[a.Length, b.Length];
    }
}
