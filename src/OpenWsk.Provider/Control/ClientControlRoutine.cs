// WskControlClient: the transport list and its changes, cached security descriptors, static event callbacks,
// the two TDI controls. Rules: group CTLC. Each code says whether it wants an IRP; a wrong choice has no side
// effect.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The WskControlClient member of WSK_PROVIDER_DISPATCH.</summary>
public static class ClientControlRoutine
{
    private const uint AllEvents =
        WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE_FROM | ConnectionSocket.ConnectionEvents;

    /// <summary>Performs a control operation of a client.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Units: sizes in bytes; OutputSizeReturned is a SIZE_T (DIFF-01). Errors:
    /// STATUS_BUFFER_OVERFLOW with the needed size; STATUS_INVALID_PARAMETER for wrong buffers, a surplus IRP
    /// or an unknown descriptor; STATUS_REQUEST_NOT_ACCEPTED for a missing IRP; STATUS_INVALID_DEVICE_STATE
    /// after the first socket; STATUS_NOT_SUPPORTED for an unknown code. Rules: CTLC. Page:
    /// nc-wsk-pfn_wsk_control_client.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-06")]
    public static NTSTATUS WskControlClient(
        WskProvider provider,
        GuestPtr<WSK_CLIENT> Client,
        uint ControlCode,
        nuint InputSize,
        nuint InputBuffer,
        nuint OutputSize,
        nuint OutputBuffer,
        GuestPtr<nuint> OutputSizeReturned,
        GuestPtr<IRP> Irp)
    {
        var input = new ControlBuffer(InputBuffer, InputSize);
        var output = new ControlBuffer(OutputBuffer, OutputSize);
        ReportUnused(provider, ControlCode, input, output, OutputSizeReturned);
        if (Irp.IsNull)
        {
            if (!ClientCall.TryEnter(provider, nameof(WskControlClient), Client, out var call))
                return WskSettings.NoSuchObject;
            using (call)
                return Inline(provider, call.Client, ControlCode, input, output, OutputSizeReturned);
        }
        if (!ClientCall.TryBegin(
            provider,
            nameof(WskControlClient),
            Client,
            Irp,
            out var pended,
            out var request,
            out var refusal))
            return refusal;
        using (pended)
            return WithIrp(provider, pended.Client, ControlCode, request);
    }

    // CTLC-05, CTLC-06: what a code does not use is NULL and zero. It does no harm, so the call goes on.
    private static void ReportUnused(
        WskProvider provider, uint code, ControlBuffer input, ControlBuffer output, GuestPtr<nuint> returned)
    {
        var takesInput = code is not (WSK_TRANSPORT_LIST_QUERY or WSK_TRANSPORT_LIST_CHANGE);
        var givesOutput = code is WSK_TRANSPORT_LIST_QUERY or WSK_CACHE_SD;
        if ((!takesInput && !input.IsNone) || (!givesOutput && !output.IsNone))
            provider.Executive.Breach(
                "CTLC-05", $"WskControlClient code {code} was given a buffer that it does not use");
        if (code != WSK_TRANSPORT_LIST_QUERY && !returned.IsNull)
            provider.Executive.Breach(
                "CTLC-06", $"WskControlClient code {code} was given OutputSizeReturned");
    }

    private static NTSTATUS Inline(
        WskProvider provider,
        ClientRegistration client,
        uint code,
        ControlBuffer input,
        ControlBuffer output,
        GuestPtr<nuint> returned)
    {
        switch (code)
        {
            case WSK_TRANSPORT_LIST_QUERY:
                return QueryTransports(provider, output, returned);
            case WSK_TRANSPORT_LIST_CHANGE:
                provider.Executive.Breach("CTLC-16", "WSK_TRANSPORT_LIST_CHANGE was called without an IRP");
                return WskSettings.NeedsIrp;
            case WSK_CACHE_SD:
                return CacheDescriptor(provider, client, input, output);
            case WSK_RELEASE_SD:
                return ReleaseDescriptor(provider, input);
            case WSK_SET_STATIC_EVENT_CALLBACKS:
                return SetStaticEvents(provider, client, input);
            case WSK_TDI_BEHAVIOR:
                return CheckEarly(provider, client, "CTLC-29", input.Holds<uint>());
            case WSK_TDI_DEVICENAME_MAPPING:
                return CheckEarly(provider, client, "CTLC-27", input.Holds<WSK_TDI_MAP_INFO>());
            default:
                return STATUS_NOT_SUPPORTED;
        }
    }

    private static NTSTATUS WithIrp(
        WskProvider provider, ClientRegistration client, uint code, WskRequest request)
    {
        if (code == WSK_TRANSPORT_LIST_CHANGE)
        {
            request.Kind = RequestKind.TransportListChange;
            request.Owner = provider.TransportListChanges;
            request.Client = client;
            client.AddRequest();
            provider.TransportListChanges.Add(request);
            // A deregistration that began meanwhile has cancelled what was queued before; this one is late.
            if (client.IsDeregistering)
                provider.EndTransportListChanges(client);
            return request.EndCall();
        }
        var rule = SurplusIrpRule(code);
        if (rule is not null)
            provider.Executive.Breach(
                rule, $"WskControlClient code {code} was called with an IRP, which must be NULL");
        return request.Refuse(rule is null ? STATUS_NOT_SUPPORTED : STATUS_INVALID_PARAMETER);
    }

    private static string? SurplusIrpRule(uint code) => code switch
    {
        WSK_TRANSPORT_LIST_QUERY => "CTLC-12",
        WSK_CACHE_SD or WSK_RELEASE_SD => "CTLC-19",
        WSK_SET_STATIC_EVENT_CALLBACKS => "CTLC-24",
        WSK_TDI_DEVICENAME_MAPPING => "CTLC-27",
        WSK_TDI_BEHAVIOR => "CTLC-29",
        _ => null,
    };

    private static NTSTATUS QueryTransports(
        WskProvider provider, ControlBuffer output, GuestPtr<nuint> returned)
    {
        if (returned.IsNull)
        {
            provider.Executive.Breach(
                "CTLC-13", "WSK_TRANSPORT_LIST_QUERY was called without OutputSizeReturned");
            return STATUS_INVALID_PARAMETER;
        }
        var size = Unsafe.SizeOf<WSK_TRANSPORT>();
        var transports = TransportCatalog.List(provider.Transport).ToList();
        returned.Value = (nuint)(transports.Count * size);
        if (!output.HasRoom(transports.Count * size))
            return STATUS_BUFFER_OVERFLOW;
        for (var i = 0; i < transports.Count; i++)
            GuestMemory.Write(output.Address + (nuint)(i * size), transports[i]);
        return STATUS_SUCCESS;
    }

    private static NTSTATUS CacheDescriptor(
        WskProvider provider, ClientRegistration client, ControlBuffer input, ControlBuffer output)
    {
        if (!input.Holds<nuint>() || !output.Holds<nuint>())
        {
            provider.Executive.Breach("CTLC-19", "WSK_CACHE_SD needs two buffers of the size of a pointer");
            return STATUS_INVALID_PARAMETER;
        }
        var source = input.Read<nuint>();
        if (source == 0)
            return STATUS_INVALID_PARAMETER;
        var status = provider.SecurityDescriptors.Add(source, client, out var copy);
        if (status.IsSuccess())
            GuestMemory.Write(output.Address, copy);
        return status;
    }

    private static NTSTATUS ReleaseDescriptor(WskProvider provider, ControlBuffer input)
    {
        if (!input.Holds<nuint>())
        {
            provider.Executive.Breach(
                "CTLC-19", "WSK_RELEASE_SD needs an input buffer of the size of a pointer");
            return STATUS_INVALID_PARAMETER;
        }
        var pointer = input.Read<nuint>();
        if (provider.SecurityDescriptors.TryRelease(pointer))
            return STATUS_SUCCESS;
        provider.Executive.Breach("CTLC-21", $"WSK_RELEASE_SD of 0x{(ulong)pointer:x}, which is not cached");
        return STATUS_INVALID_PARAMETER;
    }

    private static NTSTATUS SetStaticEvents(
        WskProvider provider, ClientRegistration client, ControlBuffer input)
    {
        var status = CheckEarly(provider, client, "CTLC-24", input.Holds<WSK_EVENT_CALLBACK_CONTROL>());
        if (!status.IsSuccess())
            return status;
        var control = input.Read<WSK_EVENT_CALLBACK_CONTROL>();
        status = EventControl.JudgeInterface(control.NpiId);
        if (!status.IsSuccess())
            return status;
        if ((control.EventMask & ~AllEvents) != 0)
            return STATUS_INVALID_PARAMETER;
        // OPEN-40: before the first socket the last mask wins.
        client.StaticEvents = control.EventMask;
        return STATUS_SUCCESS;
    }

    // DIFF-25: the TDI controls are accepted, checked and have no effect. All three come before the first
    // socket.
    private static NTSTATUS CheckEarly(
        WskProvider provider, ClientRegistration client, string rule, bool hasBuffer)
    {
        if (!hasBuffer)
            return STATUS_INVALID_PARAMETER;
        if (!client.HadSocket)
            return STATUS_SUCCESS;
        provider.Executive.Breach(rule, "the control must come before the client's first socket");
        return WskSettings.WrongState;
    }
}
