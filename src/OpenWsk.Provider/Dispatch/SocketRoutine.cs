// WskSocket: makes a socket of one category. Connection-oriented sockets are built; the other categories
// answer STATUS_NOT_IMPLEMENTED. Rules: group SOCK.
using System.Numerics;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The WskSocket member of WSK_PROVIDER_DISPATCH.</summary>
public static class SocketRoutine
{
    private const uint Categories =
        WSK_FLAG_LISTEN_SOCKET | WSK_FLAG_CONNECTION_SOCKET
        | WSK_FLAG_DATAGRAM_SOCKET | WSK_FLAG_STREAM_SOCKET;

    /// <summary>Creates a socket.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Completes: through the IRP, Information is the PWSK_SOCKET. Errors:
    /// STATUS_INVALID_PARAMETER for several or unknown category bits or a descriptor that is not cached;
    /// STATUS_INVALID_HANDLE for a bad Client; STATUS_PROTOCOL_UNREACHABLE when no transport has the
    /// combination. Rules: SOCK-01..41. Page: nc-wsk-pfn_wsk_socket.
    /// </remarks>
    [Export(
        Libraries.Wsk,
        SupportLevel.Partial,
        MaxIrql = Irql.Dispatch,
        IrqlRule = "IRQL-06",
        Note = "connection-oriented sockets; the other categories answer STATUS_NOT_IMPLEMENTED")]
    public static NTSTATUS WskSocket(
        WskProvider provider,
        GuestPtr<WSK_CLIENT> Client,
        ushort AddressFamily,
        ushort SocketType,
        uint Protocol,
        uint Flags,
        nuint SocketContext,
        nuint Dispatch,
        nuint OwningProcess,
        nuint OwningThread,
        nuint SecurityDescriptor,
        GuestPtr<IRP> Irp)
    {
        if (!ClientCall.TryBegin(
            provider, nameof(WskSocket), Client, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            var status = Judge(provider, AddressFamily, SocketType, Protocol, Flags);
            var descriptor = default(CachedDescriptor);
            if (status.IsSuccess())
                status = SocketArguments.FindDescriptor(
                    provider, SecurityDescriptor, "SOCK-33", out descriptor);
            if (!status.IsSuccess())
                return request.Refuse(status);
            var table = new GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH>(Dispatch);
            SocketArguments.CheckContext(provider, SocketContext, "SOCK-23");
            SocketArguments.CheckDispatch(provider, table, "SOCK-26");
            var identity = new SocketIdentity(
                call.Client,
                AddressFamily,
                SocketContext,
                table,
                provider.Security.Of(OwningProcess, OwningThread));
            status = ConnectionSocket.Create(provider, identity, descriptor?.Value, out var socket);
            if (!status.IsSuccess())
                return request.Refuse(status);
            request.Kind = RequestKind.Create;
            socket!.Adopt(request);
            SocketArguments.HoldDescriptor(provider, request, descriptor, "SOCK-35");
            request.Complete(STATUS_SUCCESS, socket.Publish());
            return request.EndCall();
        }
    }

    private static NTSTATUS Judge(WskProvider provider, ushort family, ushort type, uint protocol, uint flags)
    {
        if (BitOperations.PopCount(flags) > 1)
            provider.Executive.Breach(
                "SOCK-11", $"WskSocket was given Flags 0x{flags:x}; they name one category");
        if (BitOperations.PopCount(flags) > 1 || (flags & ~Categories) != 0)
            return WskSettings.ReservedFlags;
        if (flags != WSK_FLAG_CONNECTION_SOCKET)
            return STATUS_NOT_IMPLEMENTED;
        return TransportCatalog.JudgeConnection(provider.Transport, family, type, protocol);
    }
}
