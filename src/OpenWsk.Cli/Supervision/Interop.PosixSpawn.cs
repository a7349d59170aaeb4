// posix_spawn(3): starts a program with arguments and environment that lie in memory as C wants them. It is
// called instead of Process because the driver's start would wait for that class and all that it needs.
// It knows nothing about which program; see WorkerProcess.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Cli.Supervision;

internal static partial class Interop
{
    /// <summary>Starts a program; 0, or the error's number.</summary>
    /// <param name="processId">Where the id of the process goes, four bytes.</param>
    /// <param name="path">The program's path, ended by a zero byte.</param>
    /// <param name="arguments">Addresses of its arguments, ended by 0.</param>
    /// <param name="environment">Addresses of its variables, ended by 0.</param>
    public static int PosixSpawn(nint processId, nint path, nint arguments, nint environment) =>
        posix_spawn(processId, path, 0, 0, arguments, environment);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn(
        nint processId, nint path, nint actions, nint attributes, nint arguments, nint environment);
}
