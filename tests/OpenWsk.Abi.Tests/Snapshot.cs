// Compares a checked-in file with what it must be, and rewrites it when OPENWSK_UPDATE_SNAPSHOTS=1.
// It knows nothing about what the files are.
namespace OpenWsk.Abi.Tests;

internal static class Snapshot
{
    public static void Matches(string relativePath, string expected)
    {
        var path = Repository.PathOf(relativePath);
        if (Environment.GetEnvironmentVariable("OPENWSK_UPDATE_SNAPSHOTS") == "1") {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        var actual = File.Exists(path) ? File.ReadAllText(path) : "";
        Assert.True(expected == actual,
            $"{relativePath} is not what its table says; run this test with OPENWSK_UPDATE_SNAPSHOTS=1. "
            + FirstDifference(expected, actual));
    }

    private static string FirstDifference(string expected, string actual)
    {
        var expectedLines = expected.Split('\n');
        var actualLines = actual.Split('\n');
        var line = 0;
        while (line < expectedLines.Length && line < actualLines.Length
            && expectedLines[line] == actualLines[line])
            line++;
        return $"First difference at line {line + 1}: expected '{expectedLines.ElementAtOrDefault(line)}', "
            + $"found '{actualLines.ElementAtOrDefault(line)}'.";
    }
}
