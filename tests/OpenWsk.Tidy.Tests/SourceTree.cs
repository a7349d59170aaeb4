// The files of the repository as the tidy tests see them: everything but build output, hidden folders and
// binaries. It reads text and knows no rule.
using OpenWsk.TestSupport;

namespace OpenWsk.Tidy.Tests;

/// <summary>One text file.</summary>
/// <param name="Path">Relative to the root, with forward slashes.</param>
/// <param name="Text">The whole text.</param>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The lines without their ends; a final line feed opens no further line.</summary>
    internal string[] Lines { get; } = Text.Split('\n') is [.. var lines, ""] ? lines : Text.Split('\n');

    internal string Name => System.IO.Path.GetFileName(Path);

    internal string Extension => System.IO.Path.GetExtension(Path);

    internal bool IsUnder(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);
}

/// <summary>Finds and reads the files once per run.</summary>
internal static class SourceTree
{
    private static readonly string[] OutputFolders =
        ["bin", "obj", "artifacts", "TestResults", "node_modules"];
    private static readonly string[] TextExtensions =
    [
        ".cs", ".c", ".h", ".md", ".txt", ".csproj", ".props", ".targets", ".slnx", ".json", ".def", "",
    ];

    private static readonly Lazy<List<SourceFile>> LazyFiles =
        new(() => [.. Read(new(Repository.Root)).OrderBy(
        file => file.Path, StringComparer.Ordinal)]);

    internal static IReadOnlyList<SourceFile> Files => LazyFiles.Value;

    /// <summary>C#, C and header files that people write.</summary>
    internal static IEnumerable<SourceFile> Code =>
        Files.Where(file => file.Extension is ".cs" or ".c" or ".h");

    /// <summary>Shell scripts: the files without extension that begin with #!.</summary>
    internal static IEnumerable<SourceFile> Scripts => Files.Where(
        file => file.Extension is "" && file.Text.StartsWith("#!", StringComparison.Ordinal));

    internal static IEnumerable<SourceFile> Projects => Files.Where(file => file.Extension is ".csproj");

    internal static IEnumerable<SourceFile> Pages => Files.Where(file => file.Extension is ".md");

    private static IEnumerable<SourceFile> Read(DirectoryInfo folder)
    {
        foreach (var file in folder.GetFiles().Where(file => TextExtensions.Contains(file.Extension)))
        {
            var text = File.ReadAllText(file.FullName);
            if (file.Name != ".git" && !text.Contains('\0', StringComparison.Ordinal))
            {
                var path = Path.GetRelativePath(Repository.Root, file.FullName).Replace('\\', '/');
                yield return new SourceFile(path, text);
            }
        }
        foreach (var child in folder.GetDirectories())
        {
            if ((child.Name[0] != '.' || child.Name == ".ci") && !OutputFolders.Contains(child.Name))
            {
                foreach (var file in Read(child))
                {
                    yield return file;
                }
            }
        }
    }
}
