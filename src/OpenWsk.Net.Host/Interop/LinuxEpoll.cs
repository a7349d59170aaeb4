// The three calls of epoll that ReadinessWatch.cs needs. Their structure is packed on some processors only,
// so it is passed as bytes. It knows nothing about what is waited for.
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

/// <summary>epoll of Linux.</summary>
internal static partial class LinuxEpoll
{
    /// <summary>epoll_create1.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int Create(int flags);

    /// <summary>epoll_ctl.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int Control(int epoll, int operation, SafeSocketHandle socket, ref byte settings);

    /// <summary>epoll_wait.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int Wait(int epoll, ref byte events, int eventsMax, int timeoutMs);
}
