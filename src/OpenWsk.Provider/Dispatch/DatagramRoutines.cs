// The functions of a datagram socket that move datagrams. Each checks its arguments and lets the socket do the
// work. Rules: groups DGRAM, RAW. Next: Sockets/Datagram/.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>Data members of WSK_PROVIDER_DATAGRAM_DISPATCH.</summary>
public static class DatagramRoutines
{
    /// <summary>Sends one datagram.</summary>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07", Note = "not built")]
    public static NTSTATUS WskSendTo(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<WSK_BUF> Buffer,
        uint Flags,
        GuestPtr<SOCKADDR> RemoteAddress,
        uint ControlInfoLength,
        GuestPtr<CMSGHDR> ControlInfo,
        GuestPtr<IRP> Irp) => NotBuilt(provider, nameof(WskSendTo), Socket, Irp);

    /// <summary>Receives one datagram.</summary>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07", Note = "not built")]
    public static NTSTATUS WskReceiveFrom(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<WSK_BUF> Buffer,
        uint Flags,
        GuestPtr<SOCKADDR> RemoteAddress,
        GuestPtr<uint> ControlLength,
        GuestPtr<CMSGHDR> ControlInfo,
        GuestPtr<uint> ControlFlags,
        GuestPtr<IRP> Irp) => NotBuilt(provider, nameof(WskReceiveFrom), Socket, Irp);

    /// <summary>Sends several datagrams to one destination.</summary>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07", Note = "not built")]
    public static NTSTATUS WskSendMessages(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<WSK_BUF_LIST> BufferList,
        uint Flags,
        GuestPtr<SOCKADDR> RemoteAddress,
        uint ControlInfoLength,
        GuestPtr<CMSGHDR> ControlInfo,
        GuestPtr<IRP> Irp) => NotBuilt(provider, nameof(WskSendMessages), Socket, Irp);

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
