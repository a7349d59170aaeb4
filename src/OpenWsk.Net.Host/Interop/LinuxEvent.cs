// Event descriptors of Linux, by which one thread ends another one's wait. They know nothing about who waits:
// Polling/PollLoop.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

/// <summary>eventfd of Linux.</summary>
internal static partial class LinuxEvent
{
    private const int NonBlockingCloseOnExec = 0x800 | 0x80000;

    /// <summary>A new event descriptor; negative when there is none.</summary>
    public static int Create() => SysEvent(0, NonBlockingCloseOnExec);

    /// <summary>Signals it.</summary>
    public static void Signal(int descriptor)
    {
        var one = 1ul;
        _ = SysWrite(descriptor, ref one, sizeof(ulong));
    }

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int SysEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint SysWrite(int descriptor, ref ulong value, nuint count);
}
