// What the system tells of a process's memory and time, in files of /proc. It knows nothing about whose it is
// and what for: IdleBench.cs, LoadStage.cs.
using System.Globalization;

namespace OpenWsk.Bench.Network;

/// <summary>Reads /proc.</summary>
internal static class Memory
{
    /// <summary>The most that the processes together had. Units: bytes.</summary>
    public static double? Peak(IEnumerable<int> processes) =>
        Sum(processes, id => Field($"/proc/{id}/status", "VmHWM:"));

    /// <summary>Their share of memory now (PSS). Units: bytes.</summary>
    public static double? Proportional(IEnumerable<int> processes) =>
        Sum(processes, id => Field($"/proc/{id}/smaps_rollup", "Pss:"));

    /// <summary>Processor time of a process's first thread so far. Units: nanoseconds.</summary>
    public static double? FirstThreadNs(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/task/{process}/schedstat");
            return double.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A number of kibibytes behind a name, in bytes.</summary>
    internal static double? ParseField(IEnumerable<string> lines, string name)
    {
        foreach (var line in lines)
        {
            if (!line.StartsWith(name, StringComparison.Ordinal))
                continue;
            var number = line[name.Length..].Replace("kB", "", StringComparison.Ordinal);
            return 1024 * double.Parse(number, CultureInfo.InvariantCulture);
        }
        return null;
    }

    private static double? Sum(IEnumerable<int> processes, Func<int, double?> one)
    {
        double? sum = null;
        foreach (var id in processes)
            sum = (sum ?? 0) + (one(id) ?? 0);
        return sum;
    }

    private static double? Field(string path, string name)
    {
        try
        {
            return ParseField(File.ReadLines(path), name);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
