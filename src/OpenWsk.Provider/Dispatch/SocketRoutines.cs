// The functions that sockets of several categories have: bind, local address, close; and how every socket
// function ends. Each checks its arguments and lets the socket do the work. Control: Control/.
// It knows nothing about a category's own functions: ConnectionRoutines.cs, ListenRoutines.cs,
// DatagramRoutines.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>Members that several dispatch tables share.</summary>
public static class SocketRoutines
{
    /// <summary>Binds the socket to a local address.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_PARAMETER for a NULL or mismatched address or
    /// reserved Flags; STATUS_INVALID_DEVICE_STATE when bound; STATUS_ADDRESS_ALREADY_EXISTS and
    /// STATUS_ACCESS_DENIED by the sharing rules; STATUS_INVALID_ADDRESS_COMPONENT for an address that is not
    /// local. Rules: BIND. Page: nc-wsk-pfn_wsk_bind.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskBind(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<SOCKADDR> LocalAddress,
        uint Flags,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall<ProviderSocket>.TryBegin(
            provider, SocketFunction.WskBind, Socket, Irp, out var call, out var request, out var refusal))
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

    /// <summary>Tells the local address.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_DEVICE_STATE when not bound. Rules: ADDR.
    /// Page: nc-wsk-pfn_wsk_get_local_address.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskGetLocalAddress(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<SOCKADDR> LocalAddress, GuestPtr<IRP> Irp)
    {
        if (!SocketCall<ProviderSocket>.TryBegin(
            provider, SocketFunction.WskGetLocalAddress, Socket, Irp, out var call, out var request,
            out var refusal))
            return refusal;
        using (call)
        {
            var status = call.Socket.TryGetLocalAddress(out var address);
            return Answer(provider, request, LocalAddress, "ADDR-05", status, address);
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
        if (socket is not null && socket.TryStartClose(Socket, request))
            return request.EndCall();
        var rule = socket is null ? provider.Sockets.RuleOfMissing(Socket) : "CLOSE-11";
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
            provider.Executive.Breach(
                ((ProviderSocket)request.Owner!).RuleOfState(stateRule),
                "the socket is not in a state that allows the call");
        return request.Refuse(started);
    }

    internal static bool IsReservedZero(WskProvider provider, string function, uint flags, string rule)
    {
        if (flags == 0)
            return true;
        provider.Executive.Breach(rule, $"{function} was given Flags 0x{flags:x}; they are reserved");
        return false;
    }

    /// <summary>Ends a call that tells an address.</summary>
    internal static NTSTATUS Answer(
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
        request.Hold(destination.Address, (nuint)EndpointAddress.SockaddrBytes(address.Family), "ADDR-06");
        request.Complete(STATUS_SUCCESS, 0);
        return request.EndCall();
    }
}
