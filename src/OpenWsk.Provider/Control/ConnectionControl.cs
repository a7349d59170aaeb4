// I/O controls of one connection: its backlogs, the identifier under which it was inspected, silent mode, the
// loopback fast path. Rules: CTLS-44..56, INSPECT-35, INSPECT-36. It knows nothing about TCP.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>Controls of connection-oriented and stream sockets.</summary>
internal static class ConnectionControl
{
    public static ControlResult QueryIdealSendBacklog(in ControlCall call)
    {
        var status = ((ConnectionSocket)call.Socket).TryGetIdealSendBacklog(out var bytes);
        return TellBacklog(call, status, bytes);
    }

    public static ControlResult QueryReceiveBacklog(in ControlCall call)
    {
        var status = ((ConnectionSocket)call.Socket).TryGetReceiveBacklog(out var bytes);
        return TellBacklog(call, status, bytes);
    }

    public static ControlResult QueryInspectId(in ControlCall call)
    {
        var size = (nuint)Unsafe.SizeOf<WSK_INSPECT_ID>();
        if (!call.Socket.TryGetInspectId(out var id))
            return WskSettings.WrongCategory;
        if (!call.Output.Holds<WSK_INSPECT_ID>())
            return new ControlResult(STATUS_BUFFER_TOO_SMALL, size);
        call.Output.Write(id);
        return new ControlResult(STATUS_SUCCESS, size);
    }

    public static ControlResult SetSilent(in ControlCall call)
    {
        var status = ((ConnectionSocket)call.Socket).BecomeSilent(out var isBusy);
        if (isBusy)
            call.Breach("CTLS-50", "silent mode was requested while a send or a disconnect is pending");
        return new ControlResult(status, IsByReturn: true);
    }

    public static ControlResult SetFastPath(in ControlCall call)
    {
        if (!call.Input.Holds<byte>())
            return STATUS_INVALID_BUFFER_SIZE;
        var status = call.Socket.SetFastPath(call.Input.Read<byte>() != 0);
        if (status != WskSettings.WrongState)
            return status;
        call.Breach("CTLS-54", "the loopback fast path must be set before the socket connects or accepts");
        return STATUS_NOT_SUPPORTED;
    }

    private static ControlResult TellBacklog(in ControlCall call, NTSTATUS status, nuint bytes)
    {
        if (!call.Output.Holds<nuint>())
            return STATUS_BUFFER_TOO_SMALL;
        if (status == WskSettings.WrongState)
            call.Breach("CTLS-46", "a backlog was asked for before the socket was connected");
        if (!status.IsSuccess())
            return status;
        call.Output.Write(bytes);
        return new ControlResult(STATUS_SUCCESS, sizeof(ulong));
    }
}
