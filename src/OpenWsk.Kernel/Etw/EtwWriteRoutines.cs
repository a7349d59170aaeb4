// Events as drivers write them. Each is checked, described and recorded; nothing is kept. It knows nothing
// about how a payload reads: EtwPayload.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Event routines of ntoskrnl.</summary>
public static class EtwWriteRoutines
{
    // EtwWrite's page: no more descriptors than this, and no longer events.
    private const uint DescriptorsMax = 128;
    private const ulong EventMaxBytes = 64 * 1024;

    /// <summary>Writes an event.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER; STATUS_BUFFER_OVERFLOW above 64 KB.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS EtwWrite(
        Executive executive,
        ulong RegHandle,
        GuestPtr<EVENT_DESCRIPTOR> EventDescriptor,
        GuestPtr<Guid> ActivityId,
        uint UserDataCount,
        GuestPtr<EVENT_DATA_DESCRIPTOR> UserData) =>
        Write(executive, RegHandle, EventDescriptor, ActivityId, default, UserDataCount, UserData);

    /// <summary>Writes an event for some sessions; there is one here.</summary>
    /// <remarks>Errors: those of EtwWrite.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS EtwWriteEx(
        Executive executive,
        ulong RegHandle,
        GuestPtr<EVENT_DESCRIPTOR> EventDescriptor,
        ulong Filter,
        uint Flags,
        GuestPtr<Guid> ActivityId,
        GuestPtr<Guid> RelatedActivityId,
        uint UserDataCount,
        GuestPtr<EVENT_DATA_DESCRIPTOR> UserData) =>
        Write(executive, RegHandle, EventDescriptor, ActivityId, RelatedActivityId, UserDataCount, UserData);

    /// <summary>Writes an event that belongs to another activity too.</summary>
    /// <remarks>Errors: those of EtwWrite.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS EtwWriteTransfer(
        Executive executive,
        ulong RegHandle,
        GuestPtr<EVENT_DESCRIPTOR> EventDescriptor,
        GuestPtr<Guid> ActivityId,
        GuestPtr<Guid> RelatedActivityId,
        uint UserDataCount,
        GuestPtr<EVENT_DATA_DESCRIPTOR> UserData) =>
        Write(executive, RegHandle, EventDescriptor, ActivityId, RelatedActivityId, UserDataCount, UserData);

    /// <summary>Writes a text as an event.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS EtwWriteString(
        Executive executive,
        ulong RegHandle,
        byte Level,
        ulong Keyword,
        GuestPtr<Guid> ActivityId,
        nuint String)
    {
        if (executive.Etw.Find(RegHandle) is not { } provider)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (String == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        executive.Etw.Record(provider, Level, Keyword, () =>
            $"{EtwPayload.Quote(GuestMemory.WideZ(String))} {EtwPayload.Head(Level, Keyword)}"
            + Activity("activity", ActivityId));
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS Write(
        Executive executive,
        ulong handle,
        GuestPtr<EVENT_DESCRIPTOR> descriptor,
        GuestPtr<Guid> activity,
        GuestPtr<Guid> related,
        uint count,
        GuestPtr<EVENT_DATA_DESCRIPTOR> data)
    {
        if (executive.Etw.Find(handle) is not { } provider)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (descriptor.IsNull || count > DescriptorsMax || (count != 0 && data.IsNull))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var total = 0ul;
        for (var i = 0; i < count; i++)
        {
            if (data.At(i).Value is { Ptr: 0, Size: not 0 })
                return NTSTATUS.STATUS_INVALID_PARAMETER;
            total += data.At(i).Value.Size;
        }
        if (total > EventMaxBytes)
            return NTSTATUS.STATUS_BUFFER_OVERFLOW;
        var head = descriptor.Value;
        executive.Etw.Record(provider, head.Level, head.Keyword, () =>
            EtwPayload.Describe(head, data, (int)count)
            + Activity("activity", activity) + Activity("related", related));
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static string Activity(string what, GuestPtr<Guid> id) =>
        id.IsNull || id.Value == Guid.Empty ? "" : $" {what}={id.Value:D}";
}
