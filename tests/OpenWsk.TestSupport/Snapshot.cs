// Files of the repository that are generated and committed: a test compares what the program writes now with
// what is committed, and OPENWSK_UPDATE_SNAPSHOTS=1 makes the same test rewrite the file.
using Xunit;

namespace OpenWsk.TestSupport;

/// <summary>Compares generated text with a committed file.</summary>
public static class Snapshot
{
    /// <summary>Whether this run rewrites snapshots.</summary>
    public static bool IsUpdating => Environment.GetEnvironmentVariable("OPENWSK_UPDATE_SNAPSHOTS") == "1";

    /// <summary>
    /// Fails when the file below the root differs from the text; rewrites it when updating.
    /// </summary>
    public static void Check(string text, params string[] path)
    {
        var file = Repository.PathOf(path);
        if (IsUpdating)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
            return;
        }
        var committed = File.Exists(file) ? File.ReadAllText(file) : "";
        if (committed != text)
        {
            Assert.Fail($"{Path.GetRelativePath(Repository.Root, file)} is out of date at line "
                + $"{FirstDifference(committed, text)}; run with OPENWSK_UPDATE_SNAPSHOTS=1 and commit.");
        }
    }

    private static int FirstDifference(string left, string right)
    {
        var (a, b) = (left.Split('\n'), right.Split('\n'));
        var line = 0;
        while (line < a.Length && line < b.Length && a[line] == b[line])
        {
            line++;
        }
        return line + 1;
    }
}
