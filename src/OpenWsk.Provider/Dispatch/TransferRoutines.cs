// The functions of a connection-oriented socket that move data: send, receive, release of retained data, and
// the two reserved members at the end of the table. Rules: groups SEND, RECV, REL, MDL.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>Data members of WSK_PROVIDER_CONNECTION_DISPATCH.</summary>
public static class TransferRoutines
{
    private const string Reserved = "reserved for the system: drivers must not call it";

    /// <summary>Sends the bytes of a WSK_BUF.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Owns: the MDL chain stays locked until the IRP completes; the WSK_BUF may
    /// go at once. Completes: when the transport has taken every byte; Information is the number of bytes.
    /// Errors: STATUS_NOT_SUPPORTED for unknown flags; STATUS_INVALID_DEVICE_STATE when not connected;
    /// STATUS_CONNECTION_RESET after a reset; STATUS_CONNECTION_DISCONNECTED after a local disconnect;
    /// STATUS_INVALID_PARAMETER when the chain is shorter than the WSK_BUF says. Rules: SEND, MDL. Page:
    /// nc-wsk-pfn_wsk_send.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskSend(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<WSK_BUF> Buffer, uint Flags,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall<ConnectionSocket>.TryBegin(
            provider, SocketFunction.WskSend, Socket, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            if ((Flags & ~WSK_FLAG_NODELAY) != 0)
                return request.Refuse(WskSettings.UnknownTransferFlags);
            if (!TryCapture(provider, request, Buffer))
                return request.Refuse(WskSettings.BufferBeyondChain);
            var started = call.Socket.StartSend(request, isUndelayed: Flags != 0);
            return SocketRoutines.Start(provider, request, started, "SEND-09");
        }
    }

    /// <summary>Receives into a WSK_BUF.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Owns: the MDL chain stays locked until the IRP completes; the WSK_BUF may
    /// go at once. Completes: as soon as there is any data, with WSK_FLAG_WAITALL when full, with
    /// WSK_FLAG_DRAIN at the peer's disconnect; zero bytes mean the peer's graceful disconnect. Errors: as
    /// WskSend; STATUS_INVALID_PARAMETER for WSK_FLAG_WAITALL with WSK_FLAG_DRAIN, or a length with
    /// WSK_FLAG_DRAIN. Rules: RECV. Page: nc-wsk-pfn_wsk_receive.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskReceive(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, GuestPtr<WSK_BUF> Buffer, uint Flags,
        GuestPtr<IRP> Irp)
    {
        if (!SocketCall<ConnectionSocket>.TryBegin(
            provider, SocketFunction.WskReceive, Socket, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            var status = JudgeReceiveFlags(provider, Flags, Buffer);
            if (!status.IsSuccess())
                return request.Refuse(status);
            if (!TryCapture(provider, request, Buffer))
                return request.Refuse(WskSettings.BufferBeyondChain);
            request.Flags = Flags;
            return SocketRoutines.Start(provider, request, call.Socket.StartReceive(request), "RECV-14");
        }
    }

    /// <summary>Takes retained data or datagram indications back.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_PARAMETER for NULL or a structure that is not
    /// retained. Rules: REL. Page: nc-wsk-pfn_wsk_release_data_indication_list.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
    public static NTSTATUS WskRelease(
        WskProvider provider, GuestPtr<WSK_SOCKET> Socket, nuint DataIndication)
    {
        if (!SocketCall<ProviderSocket>.TryEnter(
            provider, SocketFunction.WskRelease, Socket, null, out var call, out _))
            return STATUS_INVALID_PARAMETER;
        using (call)
        {
            var status = call.Socket.Release(DataIndication);
            if (!status.IsSuccess())
                provider.Executive.Breach(
                    "REL-05", $"WskRelease was given 0x{(ulong)DataIndication:x}, which is not retained");
            return status;
        }
    }

    /// <summary>Reserved member of the table.</summary>
    /// <remarks>Errors: STATUS_NOT_SUPPORTED always. Rules: STREAM-04, STREAM-05.</remarks>
    [Export(
        Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07", Note = Reserved)]
    public static NTSTATUS WskSendEx(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<WSK_BUF> Buffer,
        uint Flags,
        uint ControlInfoLength,
        GuestPtr<CMSGHDR> ControlInfo,
        GuestPtr<IRP> Irp) => RefuseReserved(provider, nameof(WskSendEx), Irp);

    /// <summary>Reserved member of the table.</summary>
    /// <remarks>Errors: STATUS_NOT_SUPPORTED always. Rules: STREAM-04, STREAM-05.</remarks>
    [Export(
        Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07", Note = Reserved)]
    public static NTSTATUS WskReceiveEx(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        GuestPtr<WSK_BUF> Buffer,
        uint Flags,
        nuint ControlInfoLength,
        GuestPtr<CMSGHDR> ControlInfo,
        nuint ControlFlags,
        GuestPtr<IRP> Irp) => RefuseReserved(provider, nameof(WskReceiveEx), Irp);

    /// <summary>
    /// Takes the windows out of a WSK_BUF; reports and refuses one that its chain does not hold.
    /// </summary>
    internal static bool TryCapture(WskProvider provider, WskRequest request, GuestPtr<WSK_BUF> buffer)
    {
        if (buffer.IsNull)
            return false;
        if (request.Capture(buffer.Value) is not { } rule)
            return true;
        Report(provider, rule, $"WSK_BUF {buffer}");
        return false;
    }

    /// <summary>Reports what a capture of a buffer, or of a list of them, found wrong.</summary>
    internal static void Report(WskProvider provider, string rule, string what)
    {
        var why = rule == "MDL-06"
            ? "has an MDL whose memory is neither locked nor nonpaged pool"
            : "describes more than its MDL chain holds";
        provider.Executive.Breach(rule, $"{what} {why}");
    }

    private static NTSTATUS JudgeReceiveFlags(WskProvider provider, uint flags, GuestPtr<WSK_BUF> buffer)
    {
        const uint both = WSK_FLAG_WAITALL | WSK_FLAG_DRAIN;
        if ((flags & ~both) != 0)
            return WskSettings.UnknownTransferFlags;
        if (flags == both)
        {
            provider.Executive.Breach(
                "RECV-10", "WskReceive was given WSK_FLAG_WAITALL together with WSK_FLAG_DRAIN");
            return STATUS_INVALID_PARAMETER;
        }
        if (flags == WSK_FLAG_DRAIN && !buffer.IsNull && buffer.Value.Length != 0)
        {
            provider.Executive.Breach(
                "RECV-09", "WskReceive with WSK_FLAG_DRAIN was given a buffer with a length");
            return STATUS_INVALID_PARAMETER;
        }
        return STATUS_SUCCESS;
    }

    private static NTSTATUS RefuseReserved(WskProvider provider, string function, GuestPtr<IRP> irp)
    {
        provider.Executive.Breach("STREAM-05", $"{function} is reserved for the system and was called");
        var request = provider.Requests.TryBegin(irp, function, out var refusal);
        return request?.Refuse(STATUS_NOT_SUPPORTED) ?? refusal;
    }
}
