// Where the sources of this project are, so that tests can read tables, headers and samples.
// It knows nothing about their contents. The path is put into the assembly when it is built.
using System.Reflection;

namespace OpenWsk.Abi.Tests;

internal static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static string PathOf(string relativePath) => Path.Combine(Root, relativePath);

    public static string Read(string relativePath) => File.ReadAllText(PathOf(relativePath));
}
