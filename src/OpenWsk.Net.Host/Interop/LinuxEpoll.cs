// The calls of epoll (sys/epoll.h). Their structure is packed on some processors only, so it is passed as
// bytes, which are written and read here. It knows nothing about what is waited for.
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

/// <summary>epoll of Linux.</summary>
internal static partial class LinuxEpoll
{
    public const int Add = 1;
    public const int Delete = 2;
    public const int CloseOnExec = 0x80000;

    public const uint In = 0x1;
    public const uint Out = 0x4;
    public const uint Edge = 1u << 31;
    public const uint OneShot = 1u << 30;

    /// <summary>An error; reported without being asked for, as is the next one.</summary>
    public const uint Error = 0x8;

    /// <summary>Both directions have ended.</summary>
    public const uint HangUp = 0x10;

    /// <summary>The peer has sent FIN.</summary>
    public const uint PeerHangUp = 0x2000;

    /// <summary>Room for one event on any processor.</summary>
    public const int EventBytesMax = 16;

    // struct epoll_event: events at 0, data right behind where it is packed, or at 8.
    private static readonly int s_dataOffset =
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? sizeof(uint) : sizeof(ulong);

    /// <summary>Bytes of an event.</summary>
    public static int EventBytes { get; } = s_dataOffset + sizeof(ulong);

    /// <summary>Writes an event.</summary>
    public static void Write(Span<byte> destination, uint events, ulong data)
    {
        MemoryMarshal.Write(destination, events);
        MemoryMarshal.Write(destination[s_dataOffset..], data);
    }

    /// <summary>Reads one of several events.</summary>
    public static void Read(ReadOnlySpan<byte> source, int index, out uint events, out ulong data)
    {
        var one = source.Slice(index * EventBytes, EventBytes);
        events = MemoryMarshal.Read<uint>(one);
        data = MemoryMarshal.Read<ulong>(one[s_dataOffset..]);
    }

    /// <summary>epoll_create1.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int Create(int flags);

    /// <summary>epoll_ctl.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int Control(int epoll, int operation, SafeSocketHandle socket, ref byte settings);

    /// <summary>epoll_ctl.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int Control(int epoll, int operation, int descriptor, ref byte settings);

    /// <summary>epoll_wait.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int Wait(int epoll, ref byte events, int eventsMax, int timeoutMs);
}
