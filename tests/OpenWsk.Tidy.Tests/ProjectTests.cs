// Projects against the layer table: who may reference whom, which packages, where unsafe code is allowed, and
// that the solution and the lock files are complete. The table is in ARCHITECTURE.md.
using System.Xml.Linq;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tidy.Tests;

public sealed class ProjectTests
{
    private const string Generators = "OpenWsk.Generators";

    private static IEnumerable<(SourceFile File, string Name, XElement Root)> Projects => SourceTree.Projects
        .Select(file => (file, file.Name[..^".csproj".Length], XElement.Parse(file.Text)));

    private static IEnumerable<(SourceFile File, string Name, XElement Root)> Source =>
        Projects.Where(project => project.File.IsUnder("src"));

    [Fact]
    public void Every_project_has_a_row() => Expect.None(
        Source.Where(project => LayerTable.Find(project.Name) is null).Select(project =>
            $"{project.File.Path}: give {project.Name} a row in the layer table of ARCHITECTURE.md."));

    [Fact]
    public void Every_row_has_a_project() => Expect.None(
        from row in LayerTable.Rows
        where Source.All(project => project.Name != row.Project)
        select $"ARCHITECTURE.md: the layer table has a row for {row.Project}, which does not exist.");

    [Fact]
    public void A_project_references_lower_layers_only() => Expect.None(
        from project in Source
        let row = LayerTable.Find(project.Name)
        where row is not null
        from reference in References(project.Root)
        let other = LayerTable.Find(reference)
        where !(other?.Layer < row.Layer)
            || (row.OnlyReferences.Count > 0 && !row.OnlyReferences.Contains(reference))
        select $"{project.File.Path}: {project.Name} (layer {row.Layer}) may not reference {reference} "
            + $"(layer {other?.Layer}): the layer table in ARCHITECTURE.md says so.");

    [Fact]
    public void A_project_uses_the_packages_of_its_row_only() => Expect.None(
        from project in Source
        let row = LayerTable.Find(project.Name)
        where row is not null
        from package in Values(project.Root, "PackageReference")
        where !row.Packages.Contains(package)
        select $"{project.File.Path}: {project.Name} may not use the package {package}.");

    [Fact]
    public void Source_references_no_test() => Expect.None(
        from project in Source
        from reference in Values(project.Root, "ProjectReference")
        where reference.Contains("tests/", StringComparison.Ordinal)
        select $"{project.File.Path}: a source project references {reference}.");

    [Fact]
    public void Unsafe_blocks_are_allowed_where_the_table_says() => Expect.None(
        from project in Source
        let isAllowed = LayerTable.Find(project.Name)?.Unsafe is "files" or "generated" or "throughout"
        where !isAllowed && project.Root.Descendants("AllowUnsafeBlocks").Any(value => value.Value == "true")
        select $"{project.File.Path}: AllowUnsafeBlocks is not for {project.Name}.");

    [Fact]
    public void Versions_are_central() => Expect.None(
        from project in Projects
        from package in project.Root.Descendants("PackageReference")
        where package.Attribute("Version") is not null
        select $"{project.File.Path}: the version of {package.Attribute("Include")?.Value} belongs in "
            + "Directory.Packages.props.");

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = XElement.Parse(File.ReadAllText(Repository.PathOf("OpenWsk.slnx")));
        var listed = solution.Descendants("Project").Select(project => project.Attribute("Path")!.Value)
            .ToList();
        Expect.None(Projects.Where(project => !listed.Contains(project.File.Path)).Select(project =>
            $"OpenWsk.slnx: add {project.File.Path}."));
        Expect.None(listed.Where(path => Projects.All(project => project.File.Path != path)).Select(path =>
            $"OpenWsk.slnx: {path} does not exist."));
    }

    [Fact]
    public void Every_project_has_its_lock_file() => Expect.None(
        from project in Projects
        let path = Path.GetDirectoryName(project.File.Path)!.Replace('\\', '/') + "/packages.lock.json"
        where SourceTree.Files.All(file => file.Path != path)
        select $"{project.File.Path}: build once and commit {path}.");

    private static IEnumerable<string> References(XElement project) =>
        Values(project, "ProjectReference")
            .Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))
            .Where(name => name != Generators);

    private static IEnumerable<string> Values(XElement project, string element) =>
        project.Descendants(element).Select(item => item.Attribute("Include")?.Value ?? "");
}
