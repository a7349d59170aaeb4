// Numbers for routines' descriptions, by which records name them. They are the process's, as the descriptions
// are, and mean nothing outside it. It knows nothing about records.
namespace OpenWsk.Kernel;

/// <summary>Gives out numbers.</summary>
public static class RoutineNumbers
{
    private static int s_last;

    /// <summary>The first of some numbers that nobody has.</summary>
    public static int Take(int count = 1) => Interlocked.Add(ref s_last, count) - count + 1;
}
