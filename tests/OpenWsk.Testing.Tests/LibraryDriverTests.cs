// Drivers that export to drivers: by name, by number, through a forwarder, variables too; the order of
// loading; what is said about one that is not there. The drivers are Drivers/library.c and Drivers/import.c.
// It knows nothing about the export table's bytes: OpenWsk.Loader.Tests has images with damaged ones.
using System.Reflection.PortableExecutable;
using OpenWsk.Kernel;
using OpenWsk.Loader;

namespace OpenWsk.Testing.Tests;

public sealed class LibraryDriverTests
{
    [CapabilityFact("clang", "lld", "llvm")]
    public void A_driver_calls_another_one_by_name_number_and_forwarder()
    {
        using var world = DriverWorld.Simulate();
        var library = world.Load(TestDrivers.PathOf("library"));
        var importer = world.Load(TestDrivers.PathOf("import"));
        Assert.True(importer.Unload());
        Assert.True(library.Unload());
        Assert.Equal(
            "library initialized from \\Registry\\Machine\\System\\CurrentControlSet\\Services\\library\n"
            + "twice 21 is 42, number 7 says 7, at level 0\n"
            + "importer unloads after 1 calls\nlibrary unloaded after 2 calls\n", world.Printed);
        Assert.Empty(world.Findings);
        Assert.Empty(world.Leftovers);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void The_exporting_driver_is_loaded_first_whatever_the_order()
    {
        var names = DriverOrder.Sort([Read("talk"), Read("import"), Read("library")]).Select(i => i.Name);
        Assert.Equal(["talk.sys", "library.sys", "import.sys"], names);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void An_import_from_a_driver_that_is_not_there_says_which_to_load()
    {
        using var world = DriverWorld.Simulate();
        var stop = Assert.Throws<GuestStoppedException>(() => world.Load(TestDrivers.PathOf("import")));
        Assert.Contains("load library.sys too", stop.Message, StringComparison.Ordinal);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_damaged_export_table_is_refused_or_harmless()
    {
        var file = File.ReadAllBytes(TestDrivers.PathOf("library"));
        var headers = new PEHeaders(new MemoryStream(file));
        Assert.True(headers.TryGetDirectoryOffset(headers.PEHeader!.ExportTableDirectory, out var start));
        var refused = 0;
        for (var at = start; at < start + headers.PEHeader.ExportTableDirectory.Size; at++)
        {
            foreach (var value in (byte[])[0x00, 0x7F, 0xFF])
            {
                var damaged = file.ToArray();
                damaged[at] = value;
                try
                {
                    DriverImage.Read(damaged, "library.sys");
                }
                catch (ImageFormatException e)
                {
                    Assert.Contains("OW3014", e.ToString(), StringComparison.Ordinal);
                    refused++;
                }
            }
        }
        Assert.True(refused > 50, $"only {refused} were refused");
    }

    private static DriverImage Read(string name) =>
        DriverImage.Read(File.ReadAllBytes(TestDrivers.PathOf(name)), name + ".sys");
}
