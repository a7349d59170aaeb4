// What has passed each interface as Linux tells it in net/dev of /proc: a name, eight columns of what came
// in, eight of what went out (proc(5)). .NET reads the file for one interface at a time and fails when it has
// gone meanwhile. It knows nothing about interfaces but their names.
using System.Globalization;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Reads counters.</summary>
internal static class LinuxCounts
{
    private const string File = "/proc/thread-self/net/dev";

    /// <summary>Counters by interface; none where the system has no such file.</summary>
    public static Dictionary<string, InterfaceCounts> List()
    {
        var all = new Dictionary<string, InterfaceCounts>();
        if (!System.IO.File.Exists(File))
            return all;
        foreach (var line in System.IO.File.ReadLines(File).Skip(2))
        {
            var end = line.IndexOf(':', StringComparison.Ordinal);
            if (end < 0)
                continue;
            var columns = line[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length >= 10)
                all[line[..end].Trim()] = new InterfaceCounts(
                    Number(columns[0]), Number(columns[8]), Number(columns[1]), Number(columns[9]));
        }
        return all;
    }

    private static ulong Number(string text) =>
        ulong.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
