// waitpid(2): waits until a child has ended. It knows nothing about what its status means; see
// WorkerProcess.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Cli.Supervision;

internal static partial class Interop
{
    /// <summary>Waits; the child's id, or -1 when a signal came first.</summary>
    /// <param name="processId">The child.</param>
    /// <param name="status">Where its status goes, four bytes.</param>
    public static int WaitPid(int processId, nint status) => waitpid(processId, status, 0);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int waitpid(int processId, nint status, int options);
}
