// The driver of the demo: the built sample that is compiled into this program, so that an installed copy has
// it too.
using OpenWsk.Cli.Worlds;
using OpenWsk.Loader;

namespace OpenWsk.Cli.Demo;

/// <summary>samples/connect/connect.sys.</summary>
internal static class DemoDriver
{
    private const string Name = "connect.sys";

    /// <summary>The checked image and its size in bytes.</summary>
    public static (DriverImage Image, int Bytes) Read()
    {
        using var stream = typeof(DemoDriver).Assembly.GetManifestResourceStream(Name)
            ?? throw new FailureException(
                ExitCodes.CapabilityMissing,
                "this build has no demo driver; build samples/connect/connect.sys first");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return (DriverFiles.Read(bytes, Name), bytes.Length);
    }
}
