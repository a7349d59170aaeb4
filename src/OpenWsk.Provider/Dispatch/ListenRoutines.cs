// The functions of the listening role: accept, listen, the end of an inspection. Each checks its arguments and
// lets the socket do the work. Rules: groups ACCEPT, LISTEN, INSPECT. Next: Sockets/Listen/.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>Members of WSK_PROVIDER_LISTEN_DISPATCH and the listening ones of the stream table.</summary>
public static class ListenRoutines
{
    /// <summary>Takes a connection.</summary>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07", Note = "not built")]
    public static NTSTATUS WskAccept(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        uint Flags,
        nuint AcceptSocketContext,
        GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH> AcceptSocketDispatch,
        GuestPtr<SOCKADDR> LocalAddress,
        GuestPtr<SOCKADDR> RemoteAddress,
        GuestPtr<IRP> Irp) => NotBuilt(provider, nameof(WskAccept), Socket, Irp);

    /// <summary>Ends a pended inspection.</summary>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07", Note = "not built")]
    public static NTSTATUS WskInspectComplete(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> ListenSocket,
        GuestPtr<WSK_INSPECT_ID> InspectID,
        WSK_INSPECT_ACTION Action,
        GuestPtr<IRP> Irp) => NotBuilt(provider, nameof(WskInspectComplete), ListenSocket, Irp);

    /// <summary>Makes a bound stream socket listen.</summary>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07", Note = "not built")]
    public static NTSTATUS WskListen(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<IRP> Irp) =>
        NotBuilt(provider, nameof(WskListen), Socket, Irp);

    private static NTSTATUS NotBuilt(
        WskProvider provider, string function, GuestPtr<WSK_SOCKET> socket, GuestPtr<IRP> irp)
    {
        if (!SocketCall<ProviderSocket>.TryBegin(
            provider, function, socket, irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
            return request.Refuse(STATUS_NOT_IMPLEMENTED);
    }
}
