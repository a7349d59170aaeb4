// The functions of the listening role: accept, listen, the end of an inspection. Each checks its arguments
// and lets the socket do the work. Rules: groups ACCEPT, LISTEN, INSPECT. Next: Sockets/Listen/.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>Members of WSK_PROVIDER_LISTEN_DISPATCH and the listening ones of the stream table.</summary>
public static class ListenRoutines
{
    /// <summary>Takes a connection as a new connection-oriented socket.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Owns: the address buffers are the provider's until the IRP completes.
    /// Completes: when a connection is there; Information is the PWSK_SOCKET. Several requests are served in
    /// the order of their calls. Errors: STATUS_INVALID_PARAMETER for reserved Flags;
    /// STATUS_INVALID_DEVICE_STATE when the socket does not listen; STATUS_FILE_FORCED_CLOSED when it is no
    /// longer functional. Rules: ACCEPT-01..19, 37, 38. Page: nc-wsk-pfn_wsk_accept.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskAccept(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        uint Flags,
        nuint AcceptSocketContext,
        GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH> AcceptSocketDispatch,
        GuestPtr<SOCKADDR> LocalAddress,
        GuestPtr<SOCKADDR> RemoteAddress,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall<IAcceptor>.TryBegin(
            provider, SocketFunction.WskAccept, Socket, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            if (!SocketRoutines.IsReservedZero(provider, nameof(WskAccept), Flags, "ACCEPT-07"))
                return request.Refuse(WskSettings.ReservedFlags);
            SocketArguments.CheckContext(provider, AcceptSocketContext, "ACCEPT-10");
            SocketArguments.CheckConnectionTable(provider, AcceptSocketDispatch.Address, "ACCEPT-11");
            request.State = new AcceptArguments(
                provider.Executive, AcceptSocketContext, AcceptSocketDispatch.Address, LocalAddress,
                RemoteAddress);
            return SocketRoutines.Start(
                provider, request, call.Socket.Listening.StartAccept(request), "ACCEPT-06");
        }
    }

    /// <summary>Ends a pended inspection.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_PARAMETER for an action that is neither accept
    /// nor reject, or an identifier that never existed; STATUS_INVALID_DEVICE_STATE when the socket does
    /// not listen in conditional accept mode; STATUS_FILE_FORCED_CLOSED when it is no longer functional.
    /// For a request that is gone it succeeds without effect. Rules: INSPECT-21..28. Page:
    /// nc-wsk-pfn_wsk_inspect_complete.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskInspectComplete(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> ListenSocket,
        GuestPtr<WSK_INSPECT_ID> InspectID,
        WSK_INSPECT_ACTION Action,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall<IAcceptor>.TryBegin(
            provider, SocketFunction.WskInspectComplete, ListenSocket, Irp, out var call, out var request,
            out var refusal))
            return refusal;
        using (call)
        {
            var listener = call.Socket.Listening;
            if (!JudgeInspection(provider, listener, InspectID, Action))
                return request.Refuse(WskSettings.NoSuchInspection);
            var started = listener.StartInspectComplete(
                request, InspectID.Value, Action == WSK_INSPECT_ACTION.WskInspectAccept);
            if (started == WskSettings.NoSuchInspection)
                listener.ReportNotPended();
            return SocketRoutines.Start(provider, request, started, "INSPECT-22");
        }
    }

    /// <summary>Makes a bound stream socket listen.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Completes: once the socket listens; it waits for no connection (DIFF-09).
    /// Errors: STATUS_INVALID_DEVICE_STATE when the socket is not bound, listens already or is connected;
    /// STATUS_FILE_FORCED_CLOSED when it is no longer functional; what the transport says. Rules: LISTEN,
    /// STREAM. Page: nc-wsk-pfn_wsk_listen.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskListen(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<IRP> Irp)
    {
        if (!SocketCall<StreamSocket>.TryBegin(
            provider, SocketFunction.WskListen, Socket, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            var status = call.Socket.Listen();
            if (status == WskSettings.WrongState)
                return SocketRoutines.Start(provider, request, status, "LISTEN-06");
            request.Complete(status, 0);
            return request.EndCall();
        }
    }

    private static bool JudgeInspection(
        WskProvider provider,
        ProviderSocket.ListenRole listener,
        GuestPtr<WSK_INSPECT_ID> id,
        WSK_INSPECT_ACTION action)
    {
        if (action is not (WSK_INSPECT_ACTION.WskInspectAccept or WSK_INSPECT_ACTION.WskInspectReject))
        {
            provider.Executive.Breach(
                "INSPECT-23", $"WskInspectComplete was given the action {(uint)action}");
            return false;
        }
        if (id.IsNull)
        {
            listener.ReportNotPended();
            return false;
        }
        if (!listener.IsStale(id))
            return true;
        // What a callback was shown names no request any more once it has returned.
        provider.Executive.Breach(
            "INSPECT-12", $"WskInspectComplete was given the provider's structure {id}");
        provider.Executive.Breach("INSPECT-20", $"the contents of {id} were not copied in WskInspectEvent");
        return false;
    }
}
