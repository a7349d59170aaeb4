// The functions of a datagram socket that move datagrams. Each checks its arguments and lets the socket do
// the work. Rules: groups DGRAM, RAW. Next: Sockets/Datagram/.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Data members of WSK_PROVIDER_DATAGRAM_DISPATCH.</summary>
public static class DatagramRoutines
{
    /// <summary>Sends one datagram.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Owns: the MDL chain stays locked until the IRP completes; the WSK_BUF, the
    /// address and the control information may go at once. Completes: when the transport has taken the
    /// datagram; Information is the number of bytes. Errors: STATUS_INVALID_PARAMETER for Flags, an address
    /// of another family, no address at all, malformed control information or a chain shorter than the
    /// WSK_BUF says; STATUS_INVALID_DEVICE_STATE when not bound; STATUS_INVALID_BUFFER_SIZE for a datagram
    /// that is too long; STATUS_ACCESS_DENIED for a broadcast without SO_BROADCAST; STATUS_NOT_SUPPORTED for
    /// a control object that is unknown. Rules: DGRAM-01..16, DGRAM-58..61, RAW. Page:
    /// nc-wsk-pfn_wsk_send_to.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskSendTo(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<WSK_BUF> Buffer,
        uint Flags,
        GuestPtr<SOCKADDR> RemoteAddress,
        uint ControlInfoLength,
        GuestPtr<CMSGHDR> ControlInfo,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall<DatagramSocket>.TryBegin(
            provider, SocketFunction.WskSendTo, Socket, Irp, out var call,
            out var request, out var refusal))
            return refusal;
        using (call)
        {
            if (!SocketRoutines.IsReservedZero(provider, nameof(WskSendTo), Flags, "DGRAM-10"))
                return request.Refuse(WskSettings.ReservedFlags);
            if (!TransferRoutines.TryCapture(provider, request, Buffer))
                return request.Refuse(WskSettings.BufferBeyondChain);
            return Send(provider, call.Socket, request, RemoteAddress, ControlInfoLength, ControlInfo);
        }
    }

    /// <summary>Receives one datagram.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Owns: the MDL chain and the places of the sender's address and the control
    /// information stay the provider's until the IRP completes; the WSK_BUF may go at once. Completes: with
    /// one datagram; what does not fit is lost and told by MSG_TRUNC. Errors: STATUS_INVALID_PARAMETER for
    /// Flags or a chain shorter than the WSK_BUF says; STATUS_INVALID_DEVICE_STATE when not bound. Rules:
    /// DGRAM-23..40. Page: nc-wsk-pfn_wsk_receive_from.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskReceiveFrom(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<WSK_BUF> Buffer,
        uint Flags,
        GuestPtr<SOCKADDR> RemoteAddress,
        GuestPtr<uint> ControlLength,
        GuestPtr<CMSGHDR> ControlInfo,
        GuestPtr<uint> ControlFlags,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall<DatagramSocket>.TryBegin(
            provider, SocketFunction.WskReceiveFrom, Socket, Irp, out var call,
            out var request, out var refusal))
            return refusal;
        using (call)
        {
            if (!SocketRoutines.IsReservedZero(provider, nameof(WskReceiveFrom), Flags, "DGRAM-10"))
                return request.Refuse(WskSettings.ReservedFlags);
            if (!TransferRoutines.TryCapture(provider, request, Buffer))
                return request.Refuse(WskSettings.BufferBeyondChain);
            if (ControlLength.IsNull && !ControlInfo.IsNull)
                provider.Executive.Breach(
                    "DGRAM-36", "WskReceiveFrom was given ControlInfo without ControlLength");
            CheckAddressRoom(provider, RemoteAddress, call.Socket.Identity.Family);
            request.ReceiveFrom = new ReceiveFromArguments(
                RemoteAddress,
                ControlLength,
                ControlInfo,
                ControlLength.IsNull ? 0 : ControlLength.Value,
                ControlFlags);
            request.Lend(
                RemoteAddress.Address, ControlLength.Address, ControlInfo.Address, ControlFlags.Address);
            return SocketRoutines.Start(provider, request, call.Socket.StartReceive(request), "DGRAM-16");
        }
    }

    /// <summary>Sends several datagrams to one destination.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Owns: as WskSendTo; the list may go at once. Completes: when the transport
    /// has taken every datagram; Information is the sum of their bytes. After a failure some may have been
    /// sent. Errors: as WskSendTo (DIFF-24). Rules: DGRAM-17..22. Page: nc-wsk-pfn_wsk_send_messages.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskSendMessages(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<WSK_BUF_LIST> BufferList,
        uint Flags,
        GuestPtr<SOCKADDR> RemoteAddress,
        uint ControlInfoLength,
        GuestPtr<CMSGHDR> ControlInfo,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall<DatagramSocket>.TryBegin(
            provider, SocketFunction.WskSendMessages, Socket, Irp, out var call,
            out var request, out var refusal))
            return refusal;
        using (call)
        {
            if (!SocketRoutines.IsReservedZero(provider, nameof(WskSendMessages), Flags, "DGRAM-10"))
                return request.Refuse(WskSettings.ReservedFlags);
            if (BufferList.IsNull)
                return request.Refuse(WskSettings.BufferBeyondChain);
            if (request.CaptureList(BufferList) is { } rule)
            {
                TransferRoutines.Report(provider, rule, $"WSK_BUF_LIST {BufferList}");
                return request.Refuse(WskSettings.BufferBeyondChain);
            }
            return Send(provider, call.Socket, request, RemoteAddress, ControlInfoLength, ControlInfo);
        }
    }

    // The address is taken during the call (DGRAM-14), and so is the control information.
    private static NTSTATUS Send(
        WskProvider provider,
        DatagramSocket socket,
        WskRequest request,
        GuestPtr<SOCKADDR> remoteAddress,
        uint controlLength,
        GuestPtr<CMSGHDR> controlInfo)
    {
        EndpointAddress? destination = null;
        if (!remoteAddress.IsNull)
        {
            var read = AddressArgument.Read(
                provider, remoteAddress, socket.Identity.Family, "DGRAM-09", out var address);
            if (!read.IsSuccess())
                return request.Refuse(read);
            destination = address;
        }
        var status = ReadControl(provider, socket, controlLength, controlInfo, out var control);
        if (!status.IsSuccess())
            return request.Refuse(status);
        request.Lend(controlInfo.Address);
        var started = socket.StartSend(request, destination, control);
        if (started == WskSettings.NoDestination)
            provider.Executive.Breach(
                "DGRAM-08", "a datagram without RemoteAddress on a socket that has no fixed address");
        return SocketRoutines.Start(provider, request, started, "DGRAM-16");
    }

    private static NTSTATUS ReadControl(
        WskProvider provider,
        DatagramSocket socket,
        uint lengthBytes,
        GuestPtr<CMSGHDR> controlInfo,
        out DatagramControl control)
    {
        control = default;
        if (lengthBytes == 0 || controlInfo.IsNull || lengthBytes > int.MaxValue)
        {
            if (lengthBytes == 0 && controlInfo.IsNull)
                return NTSTATUS.STATUS_SUCCESS;
            provider.Executive.Breach(
                "DGRAM-12", $"ControlInfo {controlInfo} was given with ControlInfoLength {lengthBytes}");
            return lengthBytes == 0 ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        var reader = new ControlReader(
            GuestMemory.Span(controlInfo.Address, (int)lengthBytes), socket.Identity.Family, socket.IsUdp);
        var status = reader.Read(out control);
        if (reader.Problem is { } problem)
            provider.Executive.Breach("DGRAM-12", $"ControlInfo {controlInfo} is none: {problem}");
        return status;
    }

    private static void CheckAddressRoom(WskProvider provider, GuestPtr<SOCKADDR> room, ushort family)
    {
        if (room.IsNull || !provider.Executive.Pool.TryGet(room.Address, out var block))
            return;
        if (block.IsPaged)
            provider.Executive.Breach("DGRAM-33", $"RemoteAddress {room} lies in paged pool");
        else if (block.SizeBytes < (nuint)EndpointAddress.SockaddrBytes(family))
            provider.Executive.Breach(
                "DGRAM-33", $"RemoteAddress {room} has {block.SizeBytes} bytes, too few for the family");
    }
}
