// The source tree that the running tests were built from. Tests that read sources, samples or documents start
// here.
namespace OpenWsk.TestSupport;

/// <summary>Finds the root of the repository.</summary>
public static class Repository
{
    private static readonly Lazy<string> LazyRoot = new(FindRoot);

    /// <summary>The folder that holds OpenWsk.slnx.</summary>
    public static string Root => LazyRoot.Value;

    /// <summary>A path below the root, from its parts.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory);
             folder is not null;
             folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenWsk.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException($"No OpenWsk.slnx above {AppContext.BaseDirectory}.");
    }
}
