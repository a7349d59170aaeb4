// What all worlds of a process share is made on a thread of its own while the command line is read, so that
// the first driver is entered sooner. Nobody waits for the thread: whoever needs a part first makes it or
// waits for that. It knows nothing about worlds; see RunWorld.cs.
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Provider;

namespace OpenWsk.Cli.Worlds;

/// <summary>Work that the first world would have to do.</summary>
internal static class Preparing
{
    /// <summary>Begins it, when the process is going to run drivers.</summary>
    public static void Begin() => new Thread(Run) { IsBackground = true, Name = "preparing" }.Start();

    private static void Run()
    {
        try
        {
            NativeCode.Prepare();
            _ = KernelExports.All;
            WskProvider.Prepare();
        }
        catch (Exception)
        {
            // The world that needs the part meets the same and reports it.
        }
    }
}
