// WskSocket: judges the arguments and makes a socket of one category. Rules: group SOCK.
// It knows nothing about what the categories do; see Sockets/.
using System.Numerics;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The WskSocket member of WSK_PROVIDER_DISPATCH.</summary>
public static class SocketRoutine
{
    /// <summary>Creates a socket.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Completes: through the IRP, Information is the PWSK_SOCKET. Errors:
    /// STATUS_INVALID_PARAMETER for several or unknown category bits or a descriptor that is not cached;
    /// STATUS_INVALID_HANDLE for a bad Client; STATUS_PROTOCOL_UNREACHABLE when no transport has the
    /// combination. Rules: SOCK-01..41. Page: nc-wsk-pfn_wsk_socket.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-06")]
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
            var status = JudgeCategory(provider, Flags, out var category);
            var transport = TransportCatalog.Judge(
                provider.Transport, AddressFamily, SocketType, Protocol, category);
            if (status.IsSuccess() && transport != WskSettings.NotForCategory)
                status = transport;
            var descriptor = default(CachedDescriptor);
            if (status.IsSuccess())
                status = SocketArguments.FindDescriptor(
                    provider, SecurityDescriptor, "SOCK-33", out descriptor);
            if (!status.IsSuccess())
                return request.Refuse(status);
            CheckClientSide(provider, category, SocketContext, Dispatch);
            var identity = call.Client.IdentityOf(
                AddressFamily,
                SocketType,
                Protocol,
                provider.Security.Of(OwningProcess, OwningThread));
            status = SocketFactory.Create(
                provider, identity, category, descriptor?.Value, transport.IsSuccess(), out var socket);
            if (!status.IsSuccess())
                return request.Refuse(status);
            request.Kind = RequestKind.Create;
            socket!.Entrust(SocketContext, Dispatch);
            socket.Adopt(request);
            SocketArguments.HoldDescriptor(provider, request, descriptor, "SOCK-35");
            request.Complete(STATUS_SUCCESS, socket.Publish());
            return request.EndCall();
        }
    }

    private static NTSTATUS JudgeCategory(WskProvider provider, uint flags, out SocketCategories category)
    {
        category = flags switch
        {
            WSK_FLAG_BASIC_SOCKET => SocketCategories.Basic,
            WSK_FLAG_LISTEN_SOCKET => SocketCategories.Listen,
            WSK_FLAG_CONNECTION_SOCKET => SocketCategories.Connection,
            WSK_FLAG_DATAGRAM_SOCKET => SocketCategories.Datagram,
            WSK_FLAG_STREAM_SOCKET => SocketCategories.Stream,
            _ => SocketCategories.None,
        };
        if (BitOperations.PopCount(flags) > 1)
            provider.Executive.Breach(
                "SOCK-11", $"WskSocket was given Flags 0x{flags:x}; they name one category");
        return category == SocketCategories.None ? WskSettings.ReservedFlags : STATUS_SUCCESS;
    }

    private static void CheckClientSide(
        WskProvider provider, SocketCategories category, nuint context, nuint table)
    {
        if (category == SocketCategories.Basic && (context != 0 || table != 0))
            provider.Executive.Breach(
                "SOCK-24", "a basic socket was given a SocketContext or a Dispatch; both must be NULL");
        SocketArguments.CheckContext(provider, context, "SOCK-23");
        SocketArguments.CheckTable(provider, table, category, "SOCK-26");
    }
}
