// The one table from what the operating system says to the NTSTATUS that a WSK client sees. It knows nothing
// about the operation that failed; the few cases where the same error means something else in another
// operation are decided where the operation is, in SystemStream.Bind.cs and SystemStream.Connect.cs.
using System.Net.Sockets;
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Host;

/// <summary>SocketError and Linux' errno to NTSTATUS.</summary>
public static class HostErrors
{
    /// <summary>The status for an error; STATUS_UNSUCCESSFUL for one that this table does not name.</summary>
    public static NTSTATUS ToStatus(SocketError error) => error switch
    {
        SocketError.Success => STATUS_SUCCESS,

        // How a connection attempt or a connection ends.
        SocketError.ConnectionRefused => STATUS_CONNECTION_REFUSED,
        SocketError.TimedOut => STATUS_IO_TIMEOUT,
        SocketError.NetworkUnreachable => STATUS_NETWORK_UNREACHABLE,
        SocketError.NetworkDown => STATUS_NETWORK_UNREACHABLE,
        SocketError.HostUnreachable => STATUS_HOST_UNREACHABLE,
        SocketError.HostDown => STATUS_HOST_UNREACHABLE,
        SocketError.ConnectionReset => STATUS_CONNECTION_RESET,
        SocketError.NetworkReset => STATUS_CONNECTION_RESET,
        SocketError.ConnectionAborted => STATUS_CONNECTION_ABORTED,
        SocketError.Disconnecting => STATUS_GRACEFUL_DISCONNECT,

        // EPIPE. We never send after our own FIN, so the peer has closed and then reset the connection.
        SocketError.Shutdown => STATUS_CONNECTION_RESET,

        // Addresses.
        SocketError.AddressAlreadyInUse => STATUS_ADDRESS_ALREADY_EXISTS,
        SocketError.AddressNotAvailable => STATUS_INVALID_ADDRESS_COMPONENT,
        SocketError.DestinationAddressRequired => STATUS_INVALID_ADDRESS_COMPONENT,
        SocketError.AccessDenied => STATUS_ACCESS_DENIED,

        // What the host has not got.
        SocketError.NoBufferSpaceAvailable => STATUS_INSUFFICIENT_RESOURCES,
        SocketError.TooManyOpenSockets => STATUS_INSUFFICIENT_RESOURCES,
        SocketError.ProcessLimit => STATUS_INSUFFICIENT_RESOURCES,
        SocketError.AddressFamilyNotSupported => STATUS_PROTOCOL_UNREACHABLE,
        SocketError.ProtocolFamilyNotSupported => STATUS_PROTOCOL_UNREACHABLE,
        SocketError.ProtocolNotSupported => STATUS_PROTOCOL_UNREACHABLE,
        SocketError.ProtocolType => STATUS_PROTOCOL_UNREACHABLE,
        SocketError.SocketNotSupported => STATUS_PROTOCOL_UNREACHABLE,
        SocketError.OperationNotSupported => STATUS_NOT_SUPPORTED,
        SocketError.ProtocolOption => STATUS_NOT_SUPPORTED,
        SocketError.VersionNotSupported => STATUS_NOT_SUPPORTED,
        SocketError.SystemNotReady => STATUS_DEVICE_NOT_READY,
        SocketError.NotInitialized => STATUS_DEVICE_NOT_READY,

        // Progress.
        SocketError.WouldBlock => STATUS_PENDING,
        SocketError.IOPending => STATUS_PENDING,
        SocketError.InProgress => STATUS_PENDING,
        SocketError.AlreadyInProgress => STATUS_PENDING,
        SocketError.OperationAborted => STATUS_CANCELLED,
        SocketError.Interrupted => STATUS_CANCELLED,

        // Arguments and states, all checked before the host is asked.
        SocketError.Fault => STATUS_ACCESS_VIOLATION,
        SocketError.InvalidArgument => STATUS_INVALID_PARAMETER,
        SocketError.MessageSize => STATUS_INVALID_BUFFER_SIZE,
        SocketError.NotSocket => STATUS_INVALID_HANDLE,
        SocketError.IsConnected => STATUS_CONNECTION_ACTIVE,
        SocketError.NotConnected => STATUS_CONNECTION_INVALID,

        // Names.
        SocketError.HostNotFound => STATUS_NOT_FOUND,
        SocketError.NoData => STATUS_NOT_FOUND,
        SocketError.TypeNotFound => STATUS_NOT_FOUND,
        SocketError.TryAgain => STATUS_RETRY,
        SocketError.NoRecovery => STATUS_UNSUCCESSFUL,

        SocketError.SocketError => STATUS_UNSUCCESSFUL,
        _ => STATUS_UNSUCCESSFUL,
    };

    /// <summary>The status for an error number of Linux (asm-generic/errno.h).</summary>
    public static NTSTATUS ToStatus(Errno error) => error switch
    {
        Errno.None => STATUS_SUCCESS,
        Errno.Eagain => STATUS_PENDING,
        Errno.Eperm or Errno.Eacces => STATUS_ACCESS_DENIED,
        Errno.Einval => STATUS_INVALID_PARAMETER,
        Errno.Efault => STATUS_ACCESS_VIOLATION,
        Errno.Ebadf or Errno.Enotsock => STATUS_INVALID_HANDLE,
        Errno.Emfile or Errno.Enfile or Errno.Enobufs or Errno.Enomem => STATUS_INSUFFICIENT_RESOURCES,
        Errno.Emsgsize => STATUS_INVALID_BUFFER_SIZE,
        Errno.Enoprotoopt or Errno.Eopnotsupp => STATUS_NOT_SUPPORTED,
        Errno.Eprotonosupport or Errno.Esocktnosupport or Errno.Eafnosupport => STATUS_PROTOCOL_UNREACHABLE,
        Errno.Eaddrinuse => STATUS_ADDRESS_ALREADY_EXISTS,
        Errno.Eaddrnotavail or Errno.Enodev or Errno.Edestaddrreq => STATUS_INVALID_ADDRESS_COMPONENT,
        Errno.Enetdown or Errno.Enetunreach => STATUS_NETWORK_UNREACHABLE,
        Errno.Ehostdown or Errno.Ehostunreach => STATUS_HOST_UNREACHABLE,
        Errno.Econnrefused => STATUS_PORT_UNREACHABLE,
        Errno.Econnreset => STATUS_CONNECTION_RESET,
        Errno.Econnaborted => STATUS_CONNECTION_ABORTED,
        Errno.Etimedout => STATUS_IO_TIMEOUT,
        _ => STATUS_UNSUCCESSFUL,
    };

    /// <summary>Whether a connection that ends like this has lost what it stood on, for good.</summary>
    public static bool IsBroken(SocketError error) =>
        error is SocketError.NotSocket or SocketError.NetworkDown;

    /// <summary>Whether a datagram socket that says this has lost what it stood on, for good.</summary>
    /// <remarks>ECONNABORTED: the system's administrator has destroyed the socket.</remarks>
    public static bool IsBroken(Errno error) => error
        is Errno.Ebadf or Errno.Enotsock or Errno.Enetdown or Errno.Econnaborted;
}
