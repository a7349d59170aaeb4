// WPP software tracing: messages by GUID and number with their arguments, and WMI registration, which older
// WPP drivers reach it by. What a message's text is stands in the driver's symbols, so the arguments are told
// as they come. It knows nothing about providers: EtwRoutines.cs.
using System.Globalization;
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>WMI tracing routines of ntoskrnl.</summary>
public static class WppRoutines
{
    private const uint TraceMessageGuid = 2;
    private const uint TraceMessageComponentId = 4;
    private const int ArgumentsMax = 64;
    private const ulong ArgumentMaxBytes = 8 * 1024;
    private const uint WmiRegister = 1;
    private const uint WmiDeregister = 2;
    private const uint WmiActionMask = 0xFFFF;
    private const int TraceEnableFlags = 2;
    private const int TraceEnableLevel = 3;

    /// <summary>Writes a message; its arguments follow as addresses and lengths, up to NULL.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for too many or too long arguments.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS WmiTraceMessage(
        Executive executive,
        ulong LoggerHandle,
        uint MessageFlags,
        GuestPtr<Guid> MessageGuid,
        ushort MessageNumber,
        VaList arguments) =>
        Write(executive, LoggerHandle, MessageFlags, MessageGuid, MessageNumber, arguments);

    /// <summary>WmiTraceMessage with its arguments in a va_list.</summary>
    /// <remarks>Errors: those of WmiTraceMessage.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS WmiTraceMessageVa(
        Executive executive,
        ulong LoggerHandle,
        uint MessageFlags,
        GuestPtr<Guid> MessageGuid,
        ushort MessageNumber,
        nuint MessageArgList) =>
        Write(executive, LoggerHandle, MessageFlags, MessageGuid, MessageNumber, new VaList(MessageArgList));

    /// <summary>Tells flags or level of a logger, which its handle holds.</summary>
    /// <remarks>
    /// Errors: STATUS_INFO_LENGTH_MISMATCH; STATUS_NOT_FOUND for loggers by name; STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "TraceEnableFlagsClass and TraceEnableLevelClass; no logger is found by name")]
    public static NTSTATUS WmiQueryTraceInformation(
        Executive executive,
        int TraceInformationClass,
        nuint TraceInformation,
        uint TraceInformationLength,
        GuestPtr<uint> RequiredLength,
        nuint Buffer)
    {
        if (TraceInformationClass is not (TraceEnableFlags or TraceEnableLevel))
            return NTSTATUS.STATUS_NOT_FOUND;
        if (!RequiredLength.IsNull)
            RequiredLength.Value = sizeof(uint);
        if (TraceInformationLength < sizeof(uint))
            return NTSTATUS.STATUS_INFO_LENGTH_MISMATCH;
        if (Buffer == 0 || TraceInformation == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var handle = GuestMemory.Read<ulong>(Buffer);
        GuestMemory.Write(
            TraceInformation,
            TraceInformationClass == TraceEnableFlags ? (uint)(handle >> 32) : (uint)(handle >> 16) & 0xFF);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Registers a device for WMI, or ends that; nobody asks it anything here.</summary>
    /// <remarks>Errors: STATUS_INVALID_DEVICE_REQUEST when a device is not registered.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "registrations are counted; no WMI request is sent")]
    public static NTSTATUS IoWMIRegistrationControl(Executive executive, nuint DeviceObject, uint Action) =>
        (Action & WmiActionMask) switch
        {
            WmiRegister => executive.Registrations.Add("WMI registration", DeviceObject),
            WmiDeregister => executive.Registrations.Remove("WMI registration", DeviceObject)
                ? NTSTATUS.STATUS_SUCCESS
                : NTSTATUS.STATUS_INVALID_DEVICE_REQUEST,
            _ => NTSTATUS.STATUS_SUCCESS,
        };

    private static NTSTATUS Write(
        Executive executive, ulong logger, uint flags, GuestPtr<Guid> guid, ushort number, VaList arguments)
    {
        var text = new StringBuilder();
        for (var i = 0; ; i++)
        {
            var address = (nuint)arguments.Next();
            if (address == 0)
                break;
            var length = arguments.Next();
            if (i >= ArgumentsMax || length > ArgumentMaxBytes)
                return NTSTATUS.STATUS_INVALID_PARAMETER;
            text.Append(i == 0 ? "" : ", ").Append(Argument(GuestMemory.Span(address, (int)length)));
        }
        if (!executive.Observes(KernelEventKind.Trace))
            return NTSTATUS.STATUS_SUCCESS;
        var source = "WPP";
        if (!guid.IsNull && (flags & TraceMessageGuid) != 0)
            source = $"WPP {guid.Value:D}";
        else if (!guid.IsNull && (flags & TraceMessageComponentId) != 0)
            source = $"WPP component {guid.As<uint>().Value}";
        executive.Emit(KernelEvents.Trace(
            source, $"message {number} level={(logger >> 16) & 0xFF} ({text})"));
        return NTSTATUS.STATUS_SUCCESS;
    }

    // Numbers are as wide as their arguments; texts come with their terminators.
    private static string Argument(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => BitConverter.ToInt32(bytes).ToString(CultureInfo.InvariantCulture),
        8 => $"0x{BitConverter.ToUInt64(bytes):x}",
        > 2 when bytes.Length % 2 == 0 && bytes[^1] == 0 && bytes[^2] == 0 =>
            EtwPayload.Quote(Encoding.Unicode.GetString(bytes[..^2])),
        > 1 when bytes[^1] == 0 => EtwPayload.Quote(Encoding.UTF8.GetString(bytes[..^1])),
        _ => EtwPayload.Hex(bytes),
    };
}
