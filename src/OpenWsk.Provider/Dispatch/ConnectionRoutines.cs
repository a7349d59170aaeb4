// The functions of a connection-oriented socket that set it up and end it: bind, connect, addresses,
// disconnect, close. Each checks its arguments and lets the socket do the work. Data: TransferRoutines.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>Members of WSK_PROVIDER_CONNECTION_DISPATCH.</summary>
public static class ConnectionRoutines
{
    private const uint ConnectExBytesMax = 65535;

    /// <summary>Binds the socket to a local address.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_PARAMETER for a NULL or mismatched address or
    /// reserved Flags; STATUS_INVALID_DEVICE_STATE when bound; STATUS_ADDRESS_ALREADY_EXISTS and
    /// STATUS_ACCESS_DENIED by the sharing rules; STATUS_INVALID_ADDRESS_COMPONENT for an address that is not
    /// local. Rules: BIND. Page: nc-wsk-pfn_wsk_bind.
    /// </remarks>
    [Export(
        Libraries.Wsk, SupportLevel.Partial, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07",
        Note = "connection-oriented sockets")]
    public static NTSTATUS WskBind(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<SOCKADDR> LocalAddress,
        uint Flags,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall.TryBegin(
            provider, nameof(WskBind), Socket, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            if (!IsReservedZero(provider, nameof(WskBind), Flags, "BIND-06"))
                return request.Refuse(WskSettings.ReservedFlags);
            var status = AddressArgument.Read(
                provider, LocalAddress, call.Socket.Identity.Family, "BIND-05", out var local);
            if (!status.IsSuccess())
                return request.Refuse(status);
            request.Complete(call.Socket.Bind(local), 0);
            return request.EndCall();
        }
    }

    /// <summary>Connects a bound socket.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_DEVICE_STATE when not bound or connected already;
    /// STATUS_CONNECTION_REFUSED, STATUS_IO_TIMEOUT, STATUS_NETWORK_UNREACHABLE, STATUS_HOST_UNREACHABLE.
    /// Rules: CONN. Page: nc-wsk-pfn_wsk_connect.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskConnect(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<SOCKADDR> RemoteAddress,
        uint Flags,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall.TryBegin(
            provider, nameof(WskConnect), Socket, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            return IsReservedZero(provider, nameof(WskConnect), Flags, "CONN-07")
                ? Connect(provider, call.Socket, RemoteAddress, request, "CONN-05")
                : request.Refuse(WskSettings.ReservedFlags);
        }
    }

    /// <summary>Connects a bound socket and sends first data.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: those of WskConnect; STATUS_INVALID_PARAMETER for any flag;
    /// STATUS_BUFFER_OVERFLOW above 65535 bytes. Rules: CONN-10..21. Page: nc-wsk-pfn_wsk_connect_ex.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskConnectEx(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<SOCKADDR> RemoteAddress,
        GuestPtr<WSK_BUF> Buffer,
        uint Flags,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall.TryBegin(
            provider, nameof(WskConnectEx), Socket, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            if (Flags != 0)
                return request.Refuse(WskSettings.ReservedFlags);
            if (!Buffer.IsNull && Buffer.Value.Length > ConnectExBytesMax)
                return request.Refuse(STATUS_BUFFER_OVERFLOW);
            if (!Buffer.IsNull && !TransferRoutines.TryCapture(provider, request, Buffer))
                return request.Refuse(WskSettings.BufferBeyondChain);
            return Connect(provider, call.Socket, RemoteAddress, request, "CONN-17");
        }
    }

    /// <summary>Tells the local address.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_DEVICE_STATE when not bound. Rules: ADDR.
    /// Page: nc-wsk-pfn_wsk_get_local_address.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskGetLocalAddress(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<SOCKADDR> LocalAddress, GuestPtr<IRP> Irp)
    {
        if (!SocketCall.TryBegin(
            provider, nameof(WskGetLocalAddress), Socket, Irp, out var call, out var request,
            out var refusal))
            return refusal;
        using (call)
        {
            var status = call.Socket.TryGetLocalAddress(out var address);
            return Answer(provider, request, LocalAddress, "ADDR-05", status, address);
        }
    }

    /// <summary>Tells the peer's address.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_DEVICE_STATE when not connected. Rules: ADDR.
    /// Page: nc-wsk-pfn_wsk_get_remote_address.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskGetRemoteAddress(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<SOCKADDR> RemoteAddress,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall.TryBegin(
            provider, nameof(WskGetRemoteAddress), Socket, Irp, out var call, out var request,
            out var refusal))
            return refusal;
        using (call)
        {
            var status = call.Socket.TryGetRemoteAddress(out var address);
            return Answer(provider, request, RemoteAddress, "ADDR-12", status, address);
        }
    }

    /// <summary>Disconnects, gracefully or abortively, with last data if wanted.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Owns: the buffer's MDL chain stays locked until the IRP completes. Errors:
    /// STATUS_INVALID_DEVICE_STATE when not connected or disconnecting already; STATUS_INVALID_PARAMETER for
    /// unknown flags or a buffer with WSK_FLAG_ABORTIVE. Rules: DISC. Page: nc-wsk-pfn_wsk_disconnect.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskDisconnect(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<WSK_BUF> Buffer, uint Flags,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall.TryBegin(
            provider, nameof(WskDisconnect), Socket, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            var isAbortive = (Flags & WSK_FLAG_ABORTIVE) != 0;
            if (isAbortive && !Buffer.IsNull)
            {
                provider.Executive.Breach(
                    "DISC-09", "WskDisconnect was given a buffer with WSK_FLAG_ABORTIVE");
                return request.Refuse(STATUS_INVALID_PARAMETER);
            }
            if ((Flags & ~WSK_FLAG_ABORTIVE) != 0)
                return request.Refuse(WskSettings.ReservedFlags);
            if (!Buffer.IsNull && !TransferRoutines.TryCapture(provider, request, Buffer))
                return request.Refuse(WskSettings.BufferBeyondChain);
            var started = isAbortive ? call.Socket.StartAbort(request) : call.Socket.StartDisconnect(request);
            return Start(provider, request, started, "DISC-05");
        }
    }

    /// <summary>Closes the socket; cancels what is pending on it.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Completes: with success, after every other IRP of the socket and after its
    /// callbacks have returned. Rules: CLOSE. Page: nc-wsk-pfn_wsk_close_socket.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskCloseSocket(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<IRP> Irp)
    {
        var request = provider.Requests.TryBegin(Irp, nameof(WskCloseSocket), out var refusal);
        if (request is null)
            return refusal;
        var socket = provider.Sockets.Find(Socket);
        if (socket is not null && socket.TryStartClose(request))
            return request.EndCall();
        var rule = socket is null ? "SOCK-37" : "CLOSE-11";
        provider.Executive.Breach(rule, $"WskCloseSocket was given {Socket}, which is not open");
        return request.Refuse(socket is null ? WskSettings.NoSuchObject : WskSettings.SocketCloses);
    }

    /// <summary>
    /// Ends a call whose operation was started, or refuses it; the rule names the state it needs.
    /// </summary>
    internal static NTSTATUS Start(
        WskProvider provider, WskRequest request, NTSTATUS started, string stateRule)
    {
        if (started == STATUS_PENDING)
            return request.EndCall();
        if (started == WskSettings.WrongState)
            provider.Executive.Breach(stateRule, "the socket is not in a state that allows the call");
        return request.Refuse(started);
    }

    internal static bool IsReservedZero(WskProvider provider, string function, uint flags, string rule)
    {
        if (flags == 0)
            return true;
        provider.Executive.Breach(rule, $"{function} was given Flags 0x{flags:x}; they are reserved");
        return false;
    }

    private static NTSTATUS Connect(
        WskProvider provider,
        ConnectionSocket socket,
        GuestPtr<SOCKADDR> remoteAddress,
        WskRequest request,
        string stateRule)
    {
        var status = AddressArgument.Read(
            provider, remoteAddress, socket.Identity.Family, "CONN-06", out var remote);
        return status.IsSuccess()
            ? Start(provider, request, socket.StartConnect(request, remote), stateRule)
            : request.Refuse(status);
    }

    private static NTSTATUS Answer(
        WskProvider provider,
        WskRequest request,
        GuestPtr<SOCKADDR> destination,
        string bufferRule,
        NTSTATUS status,
        EndpointAddress address)
    {
        if (destination.IsNull)
            return request.Refuse(STATUS_INVALID_PARAMETER);
        if (provider.Executive.Pool.TryGet(destination.Address, out var block) && block.IsPaged)
            provider.Executive.Breach(
                bufferRule, $"the address is to be written to {destination} in paged pool");
        if (!status.IsSuccess())
            return request.Refuse(status);
        address.Write(destination);
        request.Complete(STATUS_SUCCESS, 0);
        return request.EndCall();
    }
}
