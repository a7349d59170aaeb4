// WskControlSocket of connection-oriented sockets: event callbacks, the sharing options and the security
// descriptor. Other options and the I/O controls are not built yet and answer STATUS_NOT_SUPPORTED. Rules:
// groups CTLS and EVT.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The WskControlSocket member of every socket table.</summary>
public static class SocketControlRoutine
{
    /// <summary>Sets or gets an option of a socket, or performs an I/O control.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_PARAMETER for a wrong buffer;
    /// STATUS_BUFFER_TOO_SMALL for a get; STATUS_INVALID_DEVICE_STATE for an option that comes too late;
    /// STATUS_INVALID_DEVICE_REQUEST for an option of another category; STATUS_EVENT_PENDING for a disable
    /// while the callback runs; STATUS_NOT_SUPPORTED for the rest. Rules: CTLS, EVT. Page:
    /// nc-wsk-pfn_wsk_control_socket.
    /// </remarks>
    [Export(
        Libraries.Wsk,
        SupportLevel.Partial,
        MaxIrql = Irql.Dispatch,
        IrqlRule = "IRQL-07",
        Note = "SO_WSK_EVENT_CALLBACK, SO_WSK_SECURITY (set), SO_REUSEADDR and SO_EXCLUSIVEADDRUSE; "
            + "nothing else yet")]
    public static NTSTATUS WskControlSocket(
        WskProvider provider,
        GuestPtr<WSK_SOCKET> Socket,
        WSK_CONTROL_SOCKET_TYPE RequestType,
        uint ControlCode,
        uint Level,
        nuint InputSize,
        nuint InputBuffer,
        nuint OutputSize,
        nuint OutputBuffer,
        GuestPtr<nuint> OutputSizeReturned,
        GuestPtr<IRP> Irp)
    {
        var request = default(WskRequest);
        if (!Irp.IsNull)
        {
            request = provider.Requests.TryBegin(Irp, nameof(WskControlSocket), out var refusal);
            if (request is null)
                return refusal;
        }
        if (!SocketCall<ProviderSocket>.TryEnter(
            provider, nameof(WskControlSocket), Socket, request, out var call, out var bad))
            return request?.Refuse(bad) ?? bad;
        using (call)
        {
            var input = new ControlBuffer(InputBuffer, InputSize);
            var output = new ControlBuffer(OutputBuffer, OutputSize);
            ReportUnused(provider, RequestType, input, output, OutputSizeReturned);
            var status = Level == SOL_SOCKET && RequestType != WSK_CONTROL_SOCKET_TYPE.WskIoctl
                ? Option(
                    provider, call.Socket, RequestType, ControlCode, input, output, request, out var written)
                : NotSupported(out written);
            // EVT-07: a change of callbacks that waits for nothing is told by return.
            return ControlCode == SO_WSK_EVENT_CALLBACK && status == STATUS_SUCCESS && request is not null
                ? request.EndInline(status)
                : End(request, status, written, OutputSizeReturned);
        }
    }

    // CTLS-10, CTLS-11: what an option does not use is NULL and zero. It does no harm, so the call goes on.
    private static void ReportUnused(
        WskProvider provider,
        WSK_CONTROL_SOCKET_TYPE type,
        ControlBuffer input,
        ControlBuffer output,
        GuestPtr<nuint> returned)
    {
        if (type == WSK_CONTROL_SOCKET_TYPE.WskIoctl)
            return;
        var unused = type == WSK_CONTROL_SOCKET_TYPE.WskSetOption ? output : input;
        if (!unused.IsNone)
            provider.Executive.Breach(
                "CTLS-10", "WskControlSocket was given a buffer that the option does not use");
        if (!returned.IsNull)
            provider.Executive.Breach(
                "CTLS-11", "an option of a known size was used with OutputSizeReturned");
    }

    private static NTSTATUS NotSupported(out int written)
    {
        written = 0;
        return STATUS_NOT_SUPPORTED;
    }

    private static NTSTATUS End(WskRequest? request, NTSTATUS status, int written, GuestPtr<nuint> returned)
    {
        if (!returned.IsNull && status.IsSuccess() && status != STATUS_PENDING)
            returned.Value = (nuint)written;
        if (request is null)
            return status;
        if (status == STATUS_PENDING)
            return request.EndCall();
        if (!status.IsSuccess())
            return request.Refuse(status);
        request.Complete(status, (nuint)written);
        return request.EndCall();
    }

    private static NTSTATUS Option(
        WskProvider provider,
        ProviderSocket socket,
        WSK_CONTROL_SOCKET_TYPE type,
        uint option,
        ControlBuffer input,
        ControlBuffer output,
        WskRequest? request,
        out int written)
    {
        written = 0;
        var isSet = type == WSK_CONTROL_SOCKET_TYPE.WskSetOption;
        if (option == SO_WSK_EVENT_CALLBACK)
        {
            return isSet && input.Holds<WSK_EVENT_CALLBACK_CONTROL>()
                ? EventControl.Set(provider, socket, input.Read<WSK_EVENT_CALLBACK_CONTROL>(), request)
                : STATUS_INVALID_PARAMETER;
        }
        var sharing = option switch
        {
            SO_REUSEADDR => SharingOption.ReuseAddress,
            SO_EXCLUSIVEADDRUSE => SharingOption.ExclusiveAddressUse,
            _ => SharingOption.None,
        };
        // OPEN-42: options of datagram and of listening sockets.
        if (option is SO_BROADCAST or SO_CONDITIONAL_ACCEPT)
            return STATUS_INVALID_DEVICE_REQUEST;
        if (sharing == SharingOption.None && option != SO_WSK_SECURITY)
            return STATUS_NOT_SUPPORTED;
        if (request is null)
        {
            provider.Executive.Breach("CTLS-16", $"option 0x{option:x} was used without an IRP");
            return WskSettings.NeedsIrp;
        }
        if (option == SO_WSK_SECURITY)
            return isSet ? SetSecurity(provider, socket, input) : STATUS_NOT_SUPPORTED;
        return isSet
            ? SetSharing(provider, socket, sharing, input)
            : GetSharing(socket, sharing, output, out written);
    }

    private static NTSTATUS SetSharing(
        WskProvider provider, ProviderSocket socket, SharingOption sharing, ControlBuffer input)
    {
        if (!input.Holds<uint>())
            return STATUS_INVALID_PARAMETER;
        var rule = sharing == SharingOption.ReuseAddress ? "CTLS-22" : "CTLS-20";
        return ReportLate(provider, socket, rule, socket.SetSharing(sharing, input.Read<uint>() != 0));
    }

    private static NTSTATUS GetSharing(
        ProviderSocket socket, SharingOption sharing, ControlBuffer output, out int written)
    {
        written = 0;
        if (!output.Holds<uint>())
            return STATUS_BUFFER_TOO_SMALL;
        GuestMemory.Write(output.Address, socket.HasSharing(sharing) ? 1u : 0u);
        written = sizeof(uint);
        return STATUS_SUCCESS;
    }

    private static NTSTATUS SetSecurity(WskProvider provider, ProviderSocket socket, ControlBuffer input)
    {
        if (!input.Holds<nuint>())
            return STATUS_INVALID_PARAMETER;
        var status = SocketArguments.FindDescriptor(
            provider, input.Read<nuint>(), "CTLS-30", out var descriptor);
        if (!status.IsSuccess() || descriptor is null)
            return STATUS_INVALID_PARAMETER;
        return ReportLate(provider, socket, "CTLS-29", socket.SetDescriptor(descriptor.Value));
    }

    // A socket of WskSocketConnect was bound before the client had it: it should have used the three calls
    // (SCONN-34).
    private static NTSTATUS ReportLate(
        WskProvider provider, ProviderSocket socket, string rule, NTSTATUS status)
    {
        if (status != WskSettings.WrongState)
            return status;
        provider.Executive.Breach(rule, $"the option must be set before {socket.Object} is bound");
        if (socket is ConnectionSocket { IsFromSocketConnect: true })
            provider.Executive.Breach(
                "SCONN-34", "an option before the bind needs WskSocket, WskBind and WskConnect");
        return status;
    }
}
