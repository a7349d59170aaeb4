// What the system grants to this process (sys/resource.h). It knows nothing about what is done with it:
// FileRoom.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

/// <summary>getrlimit of Linux.</summary>
internal static partial class LinuxLimits
{
    private const int NoFile = 7;

    /// <summary>How many files the process may have open; the largest number without a limit.</summary>
    public static int Files
    {
        get
        {
            Span<ulong> softAndHard = stackalloc ulong[2];
            return SysGetLimit(NoFile, ref softAndHard[0]) == 0 && softAndHard[0] < int.MaxValue
                ? (int)softAndHard[0]
                : int.MaxValue;
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int SysGetLimit(int resource, ref ulong softAndHard);
}
