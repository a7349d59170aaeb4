// The functions of a connection-oriented socket that make and end its connection, and tell the peer's
// address. Each checks its arguments and lets the socket do the work. Data: TransferRoutines.cs. What every
// socket has: SocketRoutines.cs.
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
        if (!SocketCall<ConnectionSocket>.TryBegin(
            provider, SocketFunction.WskConnect, Socket, Irp, out var call,
            out var request, out var refusal))
            return refusal;
        using (call)
        {
            return SocketRoutines.IsReservedZero(provider, nameof(WskConnect), Flags, "CONN-07")
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
        if (!SocketCall<ConnectionSocket>.TryBegin(
            provider, SocketFunction.WskConnectEx, Socket, Irp, out var call,
            out var request, out var refusal))
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
        if (!SocketCall<ConnectionSocket>.TryBegin(
            provider, SocketFunction.WskGetRemoteAddress, Socket, Irp, out var call, out var request,
            out var refusal))
            return refusal;
        using (call)
        {
            var status = call.Socket.TryGetRemoteAddress(out var address);
            return SocketRoutines.Answer(provider, request, RemoteAddress, "ADDR-12", status, address);
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
        if (!SocketCall<ConnectionSocket>.TryBegin(
            provider, SocketFunction.WskDisconnect, Socket, Irp, out var call,
            out var request, out var refusal))
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
            return SocketRoutines.Start(provider, request, started, "DISC-05");
        }
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
            ? SocketRoutines.Start(provider, request, socket.StartConnect(request, remote), stateRule)
            : request.Refuse(status);
    }
}
