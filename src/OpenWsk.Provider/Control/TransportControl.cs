// I/O controls that WSK's pages do not name: those of Winsock that clients use, expressed by options of the
// transport, and all others, which are passed to the transport as they are (CTLS-09). It knows nothing about
// what a transport does with them.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>Controls of the transport.</summary>
internal static class TransportControl
{
    // struct tcp_keepalive of mstcpip.h: on or off, idle time and interval in milliseconds.
    private const int KeepAliveBytes = 3 * sizeof(uint);

    public static ControlResult SetKeepAlive(in ControlCall call)
    {
        if (!call.Input.HasRoom(KeepAliveBytes))
            return STATUS_INVALID_PARAMETER;
        if (call.Socket.OptionSocket is not { } transport)
            return STATUS_NOT_SUPPORTED;
        var isOn = call.Input.Read<uint>();
        var status = STATUS_SUCCESS;
        if (isOn != 0)
        {
            status = Set(IPPROTO_TCP, TCP_KEEPALIVE, Seconds(call.Input, 1));
            if (status.IsSuccess())
                status = Set(IPPROTO_TCP, TCP_KEEPINTVL, Seconds(call.Input, 2));
        }
        return status.IsSuccess() ? Set(SOL_SOCKET, SO_KEEPALIVE, isOn != 0 ? 1u : 0u) : status;

        NTSTATUS Set(uint level, uint name, uint value) =>
            transport.SetOption(level, name, BitConverter.GetBytes(value));
    }

    /// <summary>Whether a receive may end because the peer's port was unreachable (OPEN-24).</summary>
    public static ControlResult SetUnreachableReports(in ControlCall call)
    {
        if (!call.Input.Holds<byte>())
            return STATUS_INVALID_PARAMETER;
        call.Socket.ReportsUnreachable =
            call.Input.Holds<uint>() ? call.Input.Read<uint>() != 0 : call.Input.Read<byte>() != 0;
        return STATUS_SUCCESS;
    }

    public static ControlResult Pass(in ControlCall call)
    {
        if (call.Socket.IsOnFastPath || call.Socket.OptionSocket is not { } transport)
            return STATUS_NOT_SUPPORTED;
        var status = transport.IoControl(call.Code, call.Input.Bytes, call.Output.Bytes, out var bytes);
        return new ControlResult(status, status.IsSuccess() ? (nuint)bytes : 0);
    }

    // The options count whole seconds; a shorter time becomes one.
    private static uint Seconds(ControlBuffer input, int member) =>
        (uint)((GuestMemory.Read<uint>(input.Address + (nuint)(member * sizeof(uint))) + 999L) / 1000);
}
