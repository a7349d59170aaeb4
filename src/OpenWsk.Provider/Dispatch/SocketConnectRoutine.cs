// WskSocketConnect, the central call: checks the arguments, makes a connection-oriented socket, and lets it
// bind and connect. Rules: group SCONN. Next: Sockets/Connection/ConnectionSocket.Connect.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>The WskSocketConnect member of WSK_PROVIDER_DISPATCH.</summary>
public static class SocketConnectRoutine
{
    /// <summary>Creates a connection-oriented socket, binds it and connects it.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Owns: a cached security descriptor stays the caller's until the IRP
    /// completes; addresses are copied during the call. Completes: through the IRP, Information is the
    /// PWSK_SOCKET; normally pended. Errors: STATUS_INVALID_PARAMETER for a NULL or mismatched address,
    /// reserved Flags, a descriptor that is not cached; STATUS_INVALID_HANDLE for a bad Client;
    /// STATUS_PROTOCOL_UNREACHABLE or STATUS_NOT_IMPLEMENTED for a combination without connections; what
    /// WskBind and WskConnect return. Rules: SCONN-01..44. Page: nc-wsk-pfn_wsk_socket_connect.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-06")]
    public static NTSTATUS WskSocketConnect(
        WskProvider provider,
        GuestPtr<WSK_CLIENT> Client,
        ushort SocketType,
        uint Protocol,
        GuestPtr<SOCKADDR> LocalAddress,
        GuestPtr<SOCKADDR> RemoteAddress,
        uint Flags,
        nuint SocketContext,
        GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH> Dispatch,
        nuint OwningProcess,
        nuint OwningThread,
        nuint SecurityDescriptor,
        GuestPtr<IRP> Irp)
    {
        if (!ClientCall.TryBegin(
            provider, nameof(WskSocketConnect), Client, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            var status = Judge(
                provider,
                SocketType,
                Protocol,
                LocalAddress,
                RemoteAddress,
                Flags,
                out var local,
                out var remote);
            var descriptor = default(CachedDescriptor);
            if (status.IsSuccess())
                status = SocketArguments.FindDescriptor(
                    provider, SecurityDescriptor, "SCONN-22", out descriptor);
            if (!status.IsSuccess())
                return request.Refuse(status);
            SocketArguments.CheckContext(provider, SocketContext, "SCONN-15");
            SocketArguments.CheckConnectionTable(provider, Dispatch.Address, "SCONN-16");
            var identity = call.Client.IdentityOf(
                local.Family,
                SocketType,
                Protocol,
                provider.Security.Of(OwningProcess, OwningThread));
            var socket = provider.SocketPool.Rent(identity, descriptor?.Value);
            status = socket.OpenTransport();
            if (!status.IsSuccess())
                return request.Refuse(status);
            socket.Entrust(SocketContext, Dispatch.Address);
            socket.Adopt(request);
            SocketArguments.HoldDescriptor(provider, request, descriptor, "SCONN-24");
            socket.StartSocketConnect(request, local, remote);
            return request.EndCall();
        }
    }

    private static NTSTATUS Judge(
        WskProvider provider,
        ushort socketType,
        uint protocol,
        GuestPtr<SOCKADDR> localAddress,
        GuestPtr<SOCKADDR> remoteAddress,
        uint flags,
        out EndpointAddress local,
        out EndpointAddress remote)
    {
        local = remote = default;
        if (flags != 0)
        {
            provider.Executive.Breach(
                "SCONN-13", $"WskSocketConnect was given Flags 0x{flags:x}; they are reserved");
            return WskSettings.ReservedFlags;
        }
        if (localAddress.IsNull || !EndpointAddress.TryRead(localAddress, out local))
        {
            provider.Executive.Breach(
                "SCONN-07", "LocalAddress of WskSocketConnect is no SOCKADDR_IN or SOCKADDR_IN6");
            return localAddress.IsNull ? STATUS_INVALID_PARAMETER : WskSettings.NoTransport;
        }
        var status = TransportCatalog.Judge(
            provider.Transport, local.Family, socketType, protocol, SocketCategories.Connection);
        return status.IsSuccess()
            ? AddressArgument.Read(provider, remoteAddress, local.Family, "SCONN-08", out remote)
            : status;
    }
}
