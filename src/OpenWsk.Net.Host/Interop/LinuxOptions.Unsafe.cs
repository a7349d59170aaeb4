// Options of Linux' sockets by their raw numbers, answered with an error number instead of an exception. The
// bytes are pinned for the duration of the call, and the system keeps no pointer. It knows nothing about
// which options there are: Options/HostOptionTable.cs.
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

/// <summary>setsockopt and getsockopt.</summary>
internal static unsafe partial class LinuxOptions
{
    /// <summary>Sets an option.</summary>
    public static Errno Set(SafeSocketHandle socket, int level, int name, ReadOnlySpan<byte> value)
    {
        fixed (byte* pointer = value)
        {
            return SysSet(socket, level, name, pointer, (uint)value.Length) == 0
                ? Errno.None
                : (Errno)Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sets an option that is an int.</summary>
    public static Errno Set(SafeSocketHandle socket, int level, int name, int value) =>
        Set(socket, level, name, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>Reads an option and says how long it is.</summary>
    public static Errno Get(SafeSocketHandle socket, int level, int name, Span<byte> value, out int bytes)
    {
        fixed (byte* pointer = value)
        {
            var length = (uint)value.Length;
            var result = SysGet(socket, level, name, pointer, &length);
            bytes = result == 0 ? (int)length : 0;
            return result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Reads an option that is an int; null when the socket has none of it.</summary>
    public static int? Get(SafeSocketHandle socket, int level, int name)
    {
        var value = 0;
        var bytes = MemoryMarshal.AsBytes(new Span<int>(ref value));
        return Get(socket, level, name, bytes, out _) == Errno.None ? value : null;
    }

    /// <summary>Asks a number of a socket by ioctl; null when it has none.</summary>
    public static int? Ask(SafeSocketHandle socket, nuint request)
    {
        var value = 0;
        return SysControl(socket, request, &value) == 0 ? value : null;
    }

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SysSet(SafeSocketHandle socket, int level, int name, byte* value, uint bytes);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int SysGet(SafeSocketHandle socket, int level, int name, byte* value, uint* bytes);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int SysControl(SafeSocketHandle socket, nuint request, int* value);
}
