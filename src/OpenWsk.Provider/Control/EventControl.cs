// SO_WSK_EVENT_CALLBACK: which events a request names, and of which interface. Rules: group EVT.
// It knows nothing about delivering events; that is ProviderSocket.Events.cs.
using System.Numerics;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>Enabling and disabling callbacks of a socket.</summary>
internal static class EventControl
{
    /// <summary>NPI_WSK_INTERFACE_ID.</summary>
    public static readonly Guid WskInterface = new("2227E803-8D8B-11D4-ABAD-009027719E09");

    /// <summary>OPEN-41: a NULL NpiId is invalid, an unknown one not supported.</summary>
    public static NTSTATUS JudgeInterface(GuestPtr<Guid> npiId)
    {
        if (npiId.IsNull)
            return STATUS_INVALID_PARAMETER;
        return npiId.Value == WskInterface ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
    }

    /// <summary>
    /// Carries the option out. STATUS_PENDING when the request was queued; otherwise the outcome, with the
    /// request untouched.
    /// </summary>
    public static NTSTATUS Set(
        WskProvider provider, ProviderSocket socket, in WSK_EVENT_CALLBACK_CONTROL control,
        WskRequest? request)
    {
        var status = JudgeInterface(control.NpiId);
        if (status == STATUS_NOT_SUPPORTED && socket.FindExtension(control.NpiId.Value) is { } extension)
            return SetExtension(provider, extension, control.EventMask, request);
        if (!status.IsSuccess())
            return status;
        // EVT-15, OPEN-42: a basic socket has no events but those of extensions.
        if (socket.Category == SocketCategories.Basic)
            return WskSettings.WrongCategory;
        var mask = control.EventMask & ~WSK_EVENT_DISABLE;
        if ((mask & ~socket.Events) != 0)
            return STATUS_INVALID_PARAMETER;
        if ((control.EventMask & WSK_EVENT_DISABLE) == 0)
            return mask == 0 ? STATUS_INVALID_PARAMETER : Enable(provider, socket, mask, request);
        return NamesOne(provider, mask) ? socket.DisableEvent(mask, request) : STATUS_INVALID_PARAMETER;
    }

    // EXT-07: an extension's callbacks, by the same rules.
    private static NTSTATUS SetExtension(
        WskProvider provider, ExtensionSocket extension, uint eventMask, WskRequest? request)
    {
        var mask = eventMask & ~WSK_EVENT_DISABLE;
        if (mask == 0 || !extension.HasEvents(mask))
            return STATUS_INVALID_PARAMETER;
        if ((eventMask & WSK_EVENT_DISABLE) != 0)
            return NamesOne(provider, mask) ? extension.Disable(mask, request) : STATUS_INVALID_PARAMETER;
        ReportEnablingIrp(provider, request);
        if (extension.TryEnable(mask))
            return STATUS_SUCCESS;
        provider.Executive.Breach("EVT-23", $"events 0x{mask:x} were enabled without callbacks for them");
        return STATUS_INVALID_PARAMETER;
    }

    private static bool NamesOne(WskProvider provider, uint mask)
    {
        if (BitOperations.PopCount(mask) == 1)
            return true;
        provider.Executive.Breach("EVT-06", $"a disabling request names events 0x{mask:x}; it must name one");
        return false;
    }

    private static void ReportEnablingIrp(WskProvider provider, WskRequest? request)
    {
        if (request is not null)
            provider.Executive.Breach("EVT-03", "callbacks were enabled with an IRP, which must be NULL");
    }

    private static NTSTATUS Enable(
        WskProvider provider, ProviderSocket socket, uint mask, WskRequest? request)
    {
        ReportEnablingIrp(provider, request);
        var status = socket.EnableEvents(mask);
        if (status == STATUS_INVALID_PARAMETER)
            provider.Executive.Breach("EVT-23", $"events 0x{mask:x} were enabled without callbacks for them");
        else if (status == WskSettings.WrongState)
            provider.Executive.Breach(
                socket.EnableRule, $"callbacks were enabled too early on {socket.Object}");
        return status;
    }
}
