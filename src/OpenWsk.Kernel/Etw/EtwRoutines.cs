// Providers as drivers register them, and what they ask about who listens. It knows nothing about events:
// EtwWriteRoutines.cs.
using System.Text;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Provider routines of ntoskrnl.</summary>
public static class EtwRoutines
{
    private const int SetTraits = 2;
    private const int UseDescriptorType = 3;

    // ProviderTraits: its size, then the terminated name.
    private const int TraitsHeadBytes = 2;
    private const uint ActivityGet = 1;
    private const uint ActivitySet = 2;
    private const uint ActivityCreate = 3;
    private const uint ActivityGetSet = 4;
    private const uint ActivityCreateSet = 5;

    /// <summary>Registers a provider; its callback runs at once when somebody listens already.</summary>
    /// <remarks>
    /// Owns: the driver unregisters it before it unloads. Errors: STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS EtwRegister(
        Executive executive,
        GuestPtr<Guid> ProviderId,
        nuint EnableCallback,
        nuint CallbackContext,
        GuestPtr<ulong> RegHandle)
    {
        if (ProviderId.IsNull || RegHandle.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        // The callback may look at the handle, so it is there before; a driver's second callback corrects it.
        RegHandle.Value = 0;
        RegHandle.Value = executive.Etw.Register(
            new EtwProvider(ProviderId.Value, EnableCallback, CallbackContext, isClassic: false));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Registers a WPP provider, whose callback gets a logger's handle.</summary>
    /// <remarks>Owns: the driver unregisters it with EtwUnregister. Errors:
    /// STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS EtwRegisterClassicProvider(
        Executive executive,
        GuestPtr<Guid> ProviderGuid,
        uint Type,
        nuint EnableCallback,
        nuint CallbackContext,
        GuestPtr<ulong> RegHandle)
    {
        if (ProviderGuid.IsNull || RegHandle.IsNull || EnableCallback == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        RegHandle.Value = executive.Etw.Register(
            new EtwProvider(ProviderGuid.Value, EnableCallback, CallbackContext, isClassic: true));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Ends a registration.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS EtwUnregister(Executive executive, ulong RegHandle) =>
        executive.Etw.Unregister(RegHandle) ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_INVALID_HANDLE;

    /// <summary>Whether somebody listens to an event.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte EtwEventEnabled(
        Executive executive, ulong RegHandle, GuestPtr<EVENT_DESCRIPTOR> EventDescriptor) =>
        EtwProviderEnabled(
            executive, RegHandle, EventDescriptor.Value.Level, EventDescriptor.Value.Keyword);

    /// <summary>Whether somebody listens to events of a level and keywords.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte EtwProviderEnabled(Executive executive, ulong RegHandle, byte Level, ulong Keyword) =>
        executive.Etw.Find(RegHandle) is { } provider && EtwService.IsEnabled(provider, Level, Keyword)
            ? (byte)1
            : (byte)0;

    /// <summary>Tells, sets or makes the activity of the calling thread.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS EtwActivityIdControl(
        Executive executive, uint ControlCode, GuestPtr<Guid> ActivityId)
    {
        if (ActivityId.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var old = executive.Etw.Activity;
        switch (ControlCode)
        {
            case ActivityGet:
                ActivityId.Value = old;
                break;
            case ActivitySet:
                executive.Etw.Activity = ActivityId.Value;
                break;
            case ActivityCreate:
                ActivityId.Value = NewActivity(executive);
                break;
            case ActivityGetSet:
                executive.Etw.Activity = ActivityId.Value;
                ActivityId.Value = old;
                break;
            case ActivityCreateSet:
                executive.Etw.Activity = NewActivity(executive);
                ActivityId.Value = old;
                break;
            default:
                return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Takes a provider's traits: its name.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER for damaged traits; STATUS_NOT_SUPPORTED for
    /// other information.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "EventProviderSetTraits and EventProviderUseDescriptorType")]
    public static NTSTATUS EtwSetInformation(
        Executive executive,
        ulong RegHandle,
        int InformationClass,
        nuint EventInformation,
        uint InformationLength)
    {
        if (executive.Etw.Find(RegHandle) is not { } provider)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (InformationClass == UseDescriptorType)
            return NTSTATUS.STATUS_SUCCESS;
        if (InformationClass != SetTraits)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (EventInformation == 0 || InformationLength is <= TraitsHeadBytes or > ushort.MaxValue
            || GuestMemory.Read<ushort>(EventInformation) != InformationLength)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var text = GuestMemory.Span(
            EventInformation + TraitsHeadBytes, (int)InformationLength - TraitsHeadBytes);
        var end = text.IndexOf((byte)0);
        if (end < 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        executive.Etw.SetName(provider, Encoding.UTF8.GetString(text[..end]));
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static Guid NewActivity(Executive executive)
    {
        Span<byte> bytes = stackalloc byte[16];
        executive.Entropy.Fill(bytes);
        return new Guid(bytes);
    }
}
