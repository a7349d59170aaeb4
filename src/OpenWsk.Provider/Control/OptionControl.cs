// Setting and getting options of a socket: the rules that hold for every option, then whoever carries the
// option out. Rules: CTLS-17..34, 61. What the options are: SocketOptionTable.cs. It knows nothing about what
// a transport does with one.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>WskSetOption and WskGetOption.</summary>
internal static class OptionControl
{
    public static ControlResult Run(in ControlCall call, bool isSet)
    {
        ReportUnused(call, isSet);
        var option = SocketOptionTable.Find(call.Level, call.Code);
        var refusal = Judge(call, option, isSet);
        if (!refusal.IsSuccess())
            return refusal;
        if (isSet && !HoldsValue(option, call.Input))
            return STATUS_INVALID_PARAMETER;
        if (!isSet && !HoldsValue(option, call.Output))
            return new ControlResult(STATUS_BUFFER_TOO_SMALL);
        return isSet ? ReportLate(call, option, Set(call, option)) : Get(call, option);
    }

    // CTLS-10, CTLS-11: what an option does not use is NULL and zero. It does no harm, so the call goes on.
    private static void ReportUnused(in ControlCall call, bool isSet)
    {
        if (!(isSet ? call.Output : call.Input).IsNone)
            call.Breach("CTLS-10", "WskControlSocket was given a buffer that the option does not use");
        if (!call.Returned.IsNull)
            call.Breach("CTLS-11", "an option of a known size was used with OutputSizeReturned");
    }

    private static NTSTATUS Judge(in ControlCall call, SocketOption option, bool isSet)
    {
        var socket = call.Socket;
        if ((option.Categories & socket.Category) == 0)
            return WskSettings.WrongCategory;
        if (option.NeedsIrp && call.Request is null)
        {
            call.Breach("CTLS-16", $"{option.Text} was used without an IRP");
            return WskSettings.NeedsIrp;
        }
        if (!option.IsForFastPath && socket.IsOnFastPath)
            return STATUS_NOT_SUPPORTED;
        if (!isSet)
            return option.CanGet ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        return option.IsBeforeBind && socket.State != SocketState.Created
            ? ReportLate(call, option, WskSettings.WrongState).Status
            : STATUS_SUCCESS;
    }

    // OPEN-43: the size of a value that the transport alone knows is the transport's to judge.
    private static bool HoldsValue(SocketOption option, ControlBuffer buffer) => option.Type switch
    {
        OptionType.Flag or OptionType.Number => buffer.Holds<uint>(),
        OptionType.Descriptor => buffer.Holds<nuint>(),
        OptionType.Events => buffer.Holds<WSK_EVENT_CALLBACK_CONTROL>(),
        _ => true,
    };

    private static ControlResult Set(in ControlCall call, SocketOption option)
    {
        var socket = call.Socket;
        switch (option.Carrier)
        {
            case OptionCarrier.Sharing:
                return socket.SetSharing(SharingOf(option), call.Input.Read<uint>() != 0);
            case OptionCarrier.ConditionalAccept:
                return socket.SetConditionalAccept(call.Input.Read<uint>() != 0);
            case OptionCarrier.Security:
                return SetSecurity(call);
            case OptionCarrier.Callbacks:
                var status = EventControl.Set(
                    call.Provider, socket, call.Input.Read<WSK_EVENT_CALLBACK_CONTROL>(), call.Request);
                // EVT-07: a change of callbacks that waits for nothing is told by return.
                return new ControlResult(status, IsByReturn: true);
            default:
                return SetTransport(call, option);
        }
    }

    private static ControlResult Get(in ControlCall call, SocketOption option)
    {
        switch (option.Carrier)
        {
            case OptionCarrier.Sharing:
                return Tell(call.Output, call.Socket.HasSharing(SharingOf(option)));
            case OptionCarrier.ConditionalAccept:
                return Tell(call.Output, call.Socket.IsConditionalAccept);
            case OptionCarrier.Security:
                // CTLS-31: a copy of its own, which the client gives back with WSK_RELEASE_SD.
                call.Output.Write(call.Provider.SecurityDescriptors.Add(
                    call.Socket.Descriptor, call.Socket.Identity.Client, isFromOption: true));
                return new ControlResult(STATUS_SUCCESS, (nuint)sizeof(ulong));
            default:
                return GetTransport(call, option);
        }
    }

    private static ControlResult SetTransport(in ControlCall call, SocketOption option)
    {
        if (call.Socket.OptionSocket is not { } transport)
            return STATUS_NOT_SUPPORTED;
        if (IsV6Only(option) && call.Socket.Identity.Family != AF_INET6)
            return STATUS_NOT_SUPPORTED;
        var value = option.Type == OptionType.Bytes ? call.Input.Bytes : call.Input.Bytes[..sizeof(uint)];
        var status = transport.SetOption(option.Level, option.Name, value);
        if (!status.IsSuccess())
            return status;
        var number = value.Length >= sizeof(uint) ? call.Input.Read<uint>() : 0;
        if (IsV6Only(option))
            call.Socket.IsDualStack = number == 0;
        call.Socket.OnOptionSet(option.Level, option.Name, number);
        return STATUS_SUCCESS;
    }

    private static ControlResult GetTransport(in ControlCall call, SocketOption option)
    {
        if (call.Socket.OptionSocket is not { } transport)
            return STATUS_NOT_SUPPORTED;
        var value = option.Type == OptionType.Bytes ? call.Output.Bytes : call.Output.Bytes[..sizeof(uint)];
        var status = transport.GetOption(option.Level, option.Name, value, out var bytes);
        return new ControlResult(status, status.IsSuccess() ? (nuint)bytes : 0);
    }

    private static ControlResult SetSecurity(in ControlCall call)
    {
        var status = SocketArguments.FindDescriptor(
            call.Provider, call.Input.Read<nuint>(), "CTLS-30", out var descriptor);
        if (!status.IsSuccess() || descriptor is null)
            return STATUS_INVALID_PARAMETER;
        status = call.Socket.SetDescriptor(descriptor.Value);
        if (status.IsSuccess())
            SocketArguments.HoldDescriptor(call.Provider, call.Request!, descriptor, "CTLS-30");
        return status;
    }

    // A socket of WskSocketConnect was bound before the client had it: it should have used the three calls
    // (SCONN-34).
    private static ControlResult ReportLate(in ControlCall call, SocketOption option, ControlResult result)
    {
        if (result.Status != WskSettings.WrongState || option.LateRule is null)
            return result;
        call.Breach(option.LateRule, $"{option.Text} must be set before {call.Socket.Object} is bound");
        if (call.Socket is ConnectionSocket { IsFromSocketConnect: true })
            call.Breach("SCONN-34", "an option before the bind needs WskSocket, WskBind and WskConnect");
        return result;
    }

    private static ControlResult Tell(ControlBuffer output, bool isOn)
    {
        output.Write(isOn ? 1u : 0u);
        return new ControlResult(STATUS_SUCCESS, sizeof(uint));
    }

    private static SharingOption SharingOf(SocketOption option) => option.Name == SO_REUSEADDR
        ? SharingOption.ReuseAddress
        : SharingOption.ExclusiveAddressUse;

    private static bool IsV6Only(SocketOption option) => option is { Level: IPPROTO_IPV6, Name: IPV6_V6ONLY };
}
