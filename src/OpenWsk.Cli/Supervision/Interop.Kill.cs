// kill(2): passes a signal on to the worker. It knows nothing about which; see Supervisor.cs for when, and
// Worker.cs for what it means there.
using System.Runtime.InteropServices;

namespace OpenWsk.Cli.Supervision;

internal static partial class Interop
{
    /// <summary>Sends a signal; a process that has ended meanwhile needs none.</summary>
    public static void Kill(int processId, int signal) => _ = kill(processId, signal);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}
