// WskControlSocket: takes the arguments apart and hands the call to the options or the I/O controls. Rules:
// groups CTLS and EVT. What there is: SocketOptionTable.cs and IoControlTable.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The WskControlSocket member of every socket table.</summary>
public static class SocketControlRoutine
{
    /// <summary>Sets or gets an option of a socket, or performs an I/O control.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL; PASSIVE_LEVEL for address lists, the loopback fast path and redirect
    /// data. Units: sizes in bytes; OutputSizeReturned is a SIZE_T (DIFF-01). Errors:
    /// STATUS_INVALID_PARAMETER for a wrong input; STATUS_BUFFER_TOO_SMALL, of an address list
    /// STATUS_BUFFER_OVERFLOW, for a small output;
    /// STATUS_INVALID_DEVICE_STATE for what comes too early or too late; STATUS_INVALID_DEVICE_REQUEST for
    /// what the category does not have; STATUS_REQUEST_NOT_ACCEPTED for a missing IRP; STATUS_EVENT_PENDING
    /// for a disable while the callback runs; STATUS_NOT_SUPPORTED for what the transport does not have.
    /// Rules: CTLS, EVT, EXT. Page: nc-wsk-pfn_wsk_control_socket.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-07")]
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
            provider, SocketFunction.WskControlSocket, Socket, request, out var running, out var bad))
            return request?.Refuse(bad) ?? bad;
        using (running)
        {
            var call = new ControlCall(
                provider,
                running.Socket,
                ControlCode,
                Level,
                new ControlBuffer(InputBuffer, InputSize),
                new ControlBuffer(OutputBuffer, OutputSize),
                OutputSizeReturned,
                request);
            request?.Hold(InputBuffer, InputSize, "CTLS-14");
            request?.Hold(OutputBuffer, OutputSize, "CTLS-14");
            return call.End(RequestType switch
            {
                WSK_CONTROL_SOCKET_TYPE.WskSetOption => OptionControl.Run(call, isSet: true),
                WSK_CONTROL_SOCKET_TYPE.WskGetOption => OptionControl.Run(call, isSet: false),
                WSK_CONTROL_SOCKET_TYPE.WskIoctl => IoControlTable.Run(call),
                _ => NTSTATUS.STATUS_INVALID_PARAMETER,
            });
        }
    }
}
