// Who runs what right now, so that a sequence that hangs where no limit applies (inside a call, or while its
// world ends) is named instead of stopping the test run for ever. It knows nothing about why.
using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenWsk.Model.Tests;

/// <summary>The sequences that are running.</summary>
internal static class Watch
{
    private static readonly ConcurrentDictionary<ulong, (string Doing, long Since)> s_running = new();

    /// <summary>Notes what the run of a seed does now.</summary>
    public static void Note(ulong seed, string doing) =>
        s_running[seed] = (doing, Stopwatch.GetTimestamp());

    public static void End(ulong seed) => s_running.TryRemove(seed, out _);

    /// <summary>A run that does the same thing for longer than the limit; null for none.</summary>
    public static string? FindHang(TimeSpan limit)
    {
        foreach (var (seed, (doing, since)) in s_running)
        {
            if (Stopwatch.GetElapsedTime(since) > limit)
                return $"seed {seed} hangs: {doing}";
        }
        return null;
    }
}
