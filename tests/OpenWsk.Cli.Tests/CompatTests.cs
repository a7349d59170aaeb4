// The compatibility table: every routine and every item of the surface is in it once, and the page is
// current.
using OpenWsk.Cli.Compat;
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class CompatTests : IDisposable
{
    private readonly Exports _exports = Exports.Open();

    private IReadOnlyList<CompatItem> Items => CompatTable.Make(_exports.Table);

    public void Dispose() => _exports.Dispose();

    [Fact]
    public void Every_exported_routine_is_listed()
    {
        var names = Items.Select(item => item.Name.Split(' ')[0]).ToHashSet();
        Assert.DoesNotContain(
            _exports.Table.All, r => r.Library != Libraries.Internal && !names.Contains(r.Name));
    }

    [Fact]
    public void No_item_is_listed_twice() =>
        Assert.DoesNotContain(Items.GroupBy(item => (item.Group, item.Name)), group => group.Count() > 1);

    [Fact]
    public void The_surface_is_listed_whether_it_is_here_or_not()
    {
        string[] names = ["WskSocketConnect", "WskAccept", "WSK_CACHE_SD", "SO_RCVBUF", "WskReceiveEvent"];
        foreach (var name in names)
            Assert.Single(Items, item => item.Name == name);
        Assert.Single(Items, item => item.Name == "SIO_WSK_SET_TCP_SILENT_MODE");
    }

    [Fact]
    public void Partial_and_stub_rows_say_what_is_missing() => Assert.DoesNotContain(
        Items, item => item.Level is CompatLevel.Partial or CompatLevel.Stub && item.Note.Length == 0);

    [Fact]
    public void Every_name_of_the_item_list_is_an_item_of_the_surface() =>
        Assert.All(new ItemList().Names, name => Assert.Contains(Items, item => item.Name == name));

    [Fact]
    public void The_reference_page_is_current() =>
        Snapshot.Check(CompatPage.Markdown(Items), "docs", "reference", "compat.md");
}
