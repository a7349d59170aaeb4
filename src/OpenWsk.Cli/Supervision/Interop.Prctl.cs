// prctl(2), PR_SET_PDEATHSIG, and getppid(2): the worker gets a signal when its supervisor ends, and can see
// whether it still has one. See Worker.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Cli.Supervision;

internal static partial class Interop
{
    private const int SetParentDeath = 1;

    /// <summary>The signal that the kernel sends to this process when the parent ends.</summary>
    public static void SetParentDeathSignal(int signal) => _ = prctl(SetParentDeath, (nuint)signal, 0, 0, 0);

    /// <summary>The parent's process id.</summary>
    public static int ParentId => getppid();

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getppid();

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
