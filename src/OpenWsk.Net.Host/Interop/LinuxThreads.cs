// How the system shares processors among threads, for the calling thread (sched.h). It knows nothing about
// which threads there are.
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

/// <summary>Scheduling of Linux.</summary>
internal static partial class LinuxThreads
{
    /// <summary>SCHED_OTHER: what threads have.</summary>
    public const int Ordinary = 0;

    /// <summary>SCHED_BATCH: a thread that wakes takes no processor from one that works.</summary>
    public const int Batch = 3;

    private const int Self = 0;

    /// <summary>The calling thread's policy.</summary>
    public static int Policy => SysGetPolicy(Self);

    /// <summary>
    /// Gives the calling thread the policy that leaves processors to others. One with a policy of somebody's
    /// choice keeps it.
    /// </summary>
    public static void Yield()
    {
        var noPriority = 0;
        if (Policy == Ordinary)
        {
            // Refused where a filter of system calls forbids it: then it stays as it was.
            _ = SysSetPolicy(Self, Batch, ref noPriority);
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int SysGetPolicy(int thread);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SysSetPolicy(int thread, int policy, ref int priority);
}
