// Linux' socket calls on bare descriptors. Each answers with Errno.None or what went wrong; none waits. The
// memory of each call is pinned or on the stack for its duration, and the system keeps none of the pointers.
// They know nothing about rules. Numbers: asm-generic/socket.h, linux/in.h, linux/tcp.h.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Socket calls.</summary>
internal static unsafe partial class Descriptors
{
    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;
    public const int WaitAll = 0x100;
    public const int More = 0x8000;
    public const int Peek = 2;

    public const int ShutRead = 0;
    public const int ShutWrite = 1;

    public const int SolSocket = 1;
    public const int SoReuseAddr = 2;
    public const int SoError = 4;
    public const int SoSendBuffer = 7;
    public const int SoLinger = 13;
    public const int SoReusePort = 15;
    public const int Ip = 0;
    public const int IpBindAddressNoPort = 24;
    public const int Ipv6 = 41;
    public const int Ipv6Only = 26;
    public const int Tcp = 6;
    public const int TcpNoDelay = 1;
    public const int TcpInfo = 11;

    public const int Stream = 1;
    public const int CloseOnExecNonBlocking = 0x80000 | 0x800;

    private const int AddressBytes = 32;

    /// <summary>A new socket; EMFILE also when the process is to keep what files it has left.</summary>
    public static Errno Open(int family, int type, out int descriptor)
    {
        var error = Outcome(descriptor = SysSocket(family, type | CloseOnExecNonBlocking, 0));
        if (error == Errno.None && !FileRoom.MayMake(descriptor))
        {
            Close(descriptor);
            descriptor = -1;
            return Errno.Emfile;
        }
        return error;
    }

    public static Errno Bind(int descriptor, in EndpointAddress address)
    {
        Span<byte> buffer = stackalloc byte[AddressBytes];
        var bytes = LinuxAddress.Write(address, address.Port, buffer);
        fixed (byte* pointer = bytes)
        {
            return Outcome(SysBind(descriptor, pointer, (uint)bytes.Length));
        }
    }

    /// <summary>One call of connect; twice in a row it tells whether an attempt has succeeded.</summary>
    public static Errno Connect(int descriptor, in EndpointAddress address)
    {
        Span<byte> buffer = stackalloc byte[AddressBytes];
        var bytes = LinuxAddress.Write(address, address.Port, buffer);
        fixed (byte* pointer = bytes)
        {
            return Outcome(SysConnect(descriptor, pointer, (uint)bytes.Length));
        }
    }

    /// <summary>
    /// Ends a connection at once by a reset, whoever else has the socket in use: each of them is told.
    /// </summary>
    /// <returns>Whether the socket is as it was before it connected.</returns>
    public static bool Reset(int descriptor)
    {
        // AF_UNSPEC: connect(2), "dissolve the association".
        var unspecified = stackalloc byte[16];
        new Span<byte>(unspecified, 16).Clear();
        if (SysConnect(descriptor, unspecified, 16) == 0)
        {
            return true;
        }
        var linger = 1L;
        _ = SysSet(descriptor, SolSocket, SoLinger, &linger, sizeof(long));
        return false;
    }

    public static Errno Listen(int descriptor, int backlog) => Outcome(SysListen(descriptor, backlog));

    public static Errno Accept(int descriptor, out int accepted, out EndpointAddress remote)
    {
        AcceptedName name;
        name.Length = AcceptedName.Bytes;
        accepted = SysAccept(descriptor, name.Address, &name.Length, CloseOnExecNonBlocking);
        var error = Outcome(accepted);
        remote = error == Errno.None ? name.Read() : default;
        return error;
    }

    public static Errno Shutdown(int descriptor, int how) => Outcome(SysShutdown(descriptor, how));

    public static void Close(int descriptor) => _ = SysClose(descriptor);

    public static EndpointAddress LocalAddress(int descriptor)
    {
        var buffer = stackalloc byte[AddressBytes];
        var length = (uint)AddressBytes;
        return SysName(descriptor, buffer, &length) == 0
            ? LinuxAddress.Read(new ReadOnlySpan<byte>(buffer, (int)length))
            : default;
    }

    public static EndpointAddress RemoteAddress(int descriptor)
    {
        var buffer = stackalloc byte[AddressBytes];
        var length = (uint)AddressBytes;
        return SysPeerName(descriptor, buffer, &length) == 0
            ? LinuxAddress.Read(new ReadOnlySpan<byte>(buffer, (int)length))
            : default;
    }

    public static void Set(int descriptor, int level, int name, int value) =>
        _ = SysSet(descriptor, level, name, &value, sizeof(int));

    /// <summary>An option of at most four bytes; 0 when the socket has none of it.</summary>
    public static int Get(int descriptor, int level, int name, int bytes = sizeof(int))
    {
        var value = 0;
        var length = (uint)bytes;
        return SysGet(descriptor, level, name, &value, &length) == 0 ? value : 0;
    }

    public static Errno Receive(int descriptor, Span<byte> destination, int flags, out int bytes)
    {
        fixed (byte* pointer = destination)
        {
            var error = Outcome(
                bytes = (int)SysReceive(descriptor, pointer, (nuint)destination.Length, flags | DontWait));
            bytes = Math.Max(bytes, 0);
            return error;
        }
    }

    public static Errno Send(int descriptor, IoVector* vectors, int count, out int bytes, int flags = 0)
    {
        var message = new MessageHeader { Vectors = vectors, VectorCount = (nuint)count };
        var error = Outcome(bytes = (int)SysSend(descriptor, &message, DontWait | NoSignal | flags));
        bytes = Math.Max(bytes, 0);
        return error;
    }

    /// <summary>What .NET calls an error; the rules are written in its words.</summary>
    public static SocketError ToSocketError(Errno error) => error switch
    {
        Errno.None => SocketError.Success,
        Errno.Eperm or Errno.Eacces => SocketError.AccessDenied,
        Errno.Eagain => SocketError.WouldBlock,
        Errno.Ebadf or Errno.Enotsock => SocketError.NotSocket,
        Errno.Enomem or Errno.Enobufs => SocketError.NoBufferSpaceAvailable,
        Errno.Efault => SocketError.Fault,
        Errno.Einval => SocketError.InvalidArgument,
        Errno.Enfile or Errno.Emfile => SocketError.TooManyOpenSockets,
        Errno.Edestaddrreq => SocketError.DestinationAddressRequired,
        Errno.Emsgsize => SocketError.MessageSize,
        Errno.Enoprotoopt => SocketError.ProtocolOption,
        Errno.Eprotonosupport => SocketError.ProtocolNotSupported,
        Errno.Esocktnosupport => SocketError.SocketNotSupported,
        Errno.Eopnotsupp => SocketError.OperationNotSupported,
        Errno.Eafnosupport => SocketError.AddressFamilyNotSupported,
        Errno.Eaddrinuse => SocketError.AddressAlreadyInUse,
        Errno.Eaddrnotavail => SocketError.AddressNotAvailable,
        Errno.Enetdown => SocketError.NetworkDown,
        Errno.Enetunreach => SocketError.NetworkUnreachable,
        Errno.Econnaborted => SocketError.ConnectionAborted,
        Errno.Econnreset => SocketError.ConnectionReset,
        Errno.Etimedout => SocketError.TimedOut,
        Errno.Econnrefused => SocketError.ConnectionRefused,
        Errno.Ehostdown => SocketError.HostDown,
        Errno.Ehostunreach => SocketError.HostUnreachable,
        (Errno)32 => SocketError.Shutdown,
        (Errno)107 => SocketError.NotConnected,
        (Errno)114 => SocketError.AlreadyInProgress,
        (Errno)115 => SocketError.InProgress,
        (Errno)125 => SocketError.OperationAborted,
        _ => SocketError.SocketError,
    };

    private static Errno Outcome(nint result) =>
        result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SysSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int SysBind(int descriptor, byte* address, uint bytes);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int SysConnect(int descriptor, byte* address, uint bytes);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int SysListen(int descriptor, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int SysAccept(int descriptor, byte* address, uint* bytes, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int SysClose(int descriptor);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int SysShutdown(int descriptor, int how);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static partial int SysName(int descriptor, byte* address, uint* bytes);

    [LibraryImport("libc", EntryPoint = "getpeername", SetLastError = true)]
    private static partial int SysPeerName(int descriptor, byte* address, uint* bytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SysSet(int descriptor, int level, int name, void* value, uint bytes);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int SysGet(int descriptor, int level, int name, void* value, uint* bytes);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint SysReceive(int descriptor, byte* bytes, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SysSend(int descriptor, MessageHeader* message, int flags);
}
