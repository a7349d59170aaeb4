// Files, sections, events and memory as a driver uses them: in memory on a simulated machine, and in a folder
// of the host. The driver, Drivers/files.c, prints what is not as Windows documents it.
// It knows nothing about what the driver does in between.
using OpenWsk.Host;

namespace OpenWsk.Testing.Tests;

public sealed class FileTests
{
    [CapabilityFact("clang", "lld", "llvm")]
    public void A_driver_uses_files_in_memory()
    {
        using var world = DriverWorld.Simulate();
        RunIn(world);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_driver_uses_the_files_of_a_folder()
    {
        var folder = Directory.CreateTempSubdirectory("openwsk-files-");
        try
        {
            folder.CreateSubdirectory("Temp");
            folder.CreateSubdirectory(Path.Combine("Windows", "Temp"));
            using (var world = DriverWorld.OnHost(files: new FolderFileSystem(folder.FullName)))
                RunIn(world);
            Assert.Equal("abc", File.ReadAllText(Path.Combine(folder.FullName, "Windows/Temp/One.txt")));
            Assert.Equal("mapd", File.ReadAllText(Path.Combine(folder.FullName, "Temp/Map.bin")));
            Assert.False(File.Exists(Path.Combine(folder.FullName, "Temp/Log.txt")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_driver_opens_the_device_of_another()
    {
        using var world = DriverWorld.Simulate();
        world.Load(TestDrivers.PathOf("talk"));
        world.Load(TestDrivers.PathOf("files"));
        Assert.EndsWith(
            "create '' by 4\nthe other driver says 6\ncleanup\nclose with context\ndone\n", world.Printed,
            StringComparison.Ordinal);
    }

    private static void RunIn(DriverWorld world)
    {
        var driver = world.Load(TestDrivers.PathOf("files"));
        Assert.Equal("done\n", world.Printed);
        Assert.True(driver.Unload());
        Assert.Empty(world.Leftovers);
        Assert.Empty(world.Findings);
    }
}
