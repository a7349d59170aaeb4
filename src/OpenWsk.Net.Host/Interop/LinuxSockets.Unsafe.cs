// Linux' calls that send and receive messages with addresses and control information, and make sockets of any
// protocol. Everything is spans here; they are pinned for the duration of the call, and the system keeps none
// of the pointers. It knows nothing about what the bytes mean: LinuxAddress.cs, LinuxControl.cs.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenWsk.Abi;

namespace OpenWsk.Net.Host;

/// <summary>Message calls of Linux.</summary>
internal static unsafe partial class LinuxSockets
{
    /// <summary>Do not wait (MSG_DONTWAIT).</summary>
    public const int DontWait = 0x40;

    /// <summary>No SIGPIPE (MSG_NOSIGNAL).</summary>
    public const int NoSignal = 0x4000;

    /// <summary>Take from the error queue (MSG_ERRQUEUE).</summary>
    public const int ErrorQueue = 0x2000;

    /// <summary>The message was longer than the room for it (MSG_TRUNC).</summary>
    public const int Truncated = 0x20;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int ProtocolsMax = 256;
    private const int ShutRead = 0;
    private const int Raw = 3;

    // RFC 3692 section 2.1: a number that no protocol has.
    private const int NoProtocol = 254;

    /// <summary>Makes a datagram or raw socket of any protocol that .NET can wait for.</summary>
    public static NTSTATUS Create(ushort family, ushort type, uint protocol, out Socket? socket)
    {
        socket = null;
        if (protocol >= ProtocolsMax)
        {
            return NTSTATUS.STATUS_PROTOCOL_UNREACHABLE;
        }

        // Divergence from Windows: a raw socket of protocol 0 exists, but does not see every protocol, since
        // Linux has none that does.
        var number = type == Raw && protocol == 0 ? NoProtocol : (int)protocol;
        var descriptor = SysSocket(
            LinuxAddress.FamilyOf(family), type | CloseOnExec | NonBlocking, number);
        if (descriptor < 0)
        {
            var error = (Errno)Marshal.GetLastPInvokeError();

            // A type whose protocol the system does not know is EINVAL too.
            return error == Errno.Einval
                ? NTSTATUS.STATUS_PROTOCOL_UNREACHABLE
                : HostErrors.ToStatus(error);
        }
        if (!FileRoom.MayMake(descriptor))
        {
            Descriptors.Close(descriptor);
            return HostErrors.ToStatus(Errno.Emfile);
        }
        socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)) { Blocking = false };
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Sends one message without waiting.</summary>
    public static Errno Send(
        SafeSocketHandle socket, ReadOnlySpan<byte> data, ReadOnlySpan<byte> name, ReadOnlySpan<byte> control)
    {
        fixed (byte* dataPointer = data)
        fixed (byte* namePointer = name)
        fixed (byte* controlPointer = control)
        {
            var vector = new Vector { Base = dataPointer, Length = (nuint)data.Length };
            var message = new Message
            {
                Name = namePointer,
                NameLength = (uint)name.Length,
                Vectors = &vector,
                VectorCount = 1,
                Control = controlPointer,
                ControlLength = (nuint)control.Length,
            };
            while (SysSend(socket, &message, DontWait | NoSignal) < 0)
            {
                var error = (Errno)Marshal.GetLastPInvokeError();
                if (error != Errno.Eintr)
                {
                    return error;
                }
            }
            return Errno.None;
        }
    }

    /// <summary>Takes one message without waiting; name and control are cut to what came.</summary>
    public static Errno Receive(
        SafeSocketHandle socket,
        Span<byte> data,
        ref Span<byte> name,
        ref Span<byte> control,
        ref int flags,
        out int bytes)
    {
        fixed (byte* dataPointer = data)
        fixed (byte* namePointer = name)
        fixed (byte* controlPointer = control)
        {
            var vector = new Vector { Base = dataPointer, Length = (nuint)data.Length };
            var message = new Message
            {
                Name = namePointer,
                NameLength = (uint)name.Length,
                Vectors = &vector,
                VectorCount = 1,
                Control = controlPointer,
                ControlLength = (nuint)control.Length,
            };
            bytes = 0;
            nint result;
            while ((result = SysReceive(socket, &message, flags | DontWait)) < 0)
            {
                var error = (Errno)Marshal.GetLastPInvokeError();
                if (error != Errno.Eintr)
                {
                    return error;
                }
            }
            bytes = (int)result;
            name = name[..(int)message.NameLength];
            control = control[..(int)message.ControlLength];
            flags = message.Flags;
            return Errno.None;
        }
    }

    /// <summary>Receives no more; a listener listens no more.</summary>
    public static void EndReceiving(SafeSocketHandle socket) => _ = SysShutdown(socket, ShutRead);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int SysShutdown(SafeSocketHandle socket, int how);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SysSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SysSend(SafeSocketHandle socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint SysReceive(SafeSocketHandle socket, Message* message, int flags);

    // struct iovec.
    private struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    // struct msghdr of 64-bit Linux.
    private struct Message
    {
        public byte* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
