// The fixed remote and send-to address of a datagram socket: reads the address and lets the socket do the
// rest. Rules: CTLS-38..43. It knows nothing about sending or receiving: Sockets/Datagram/.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>SIO_WSK_SET_REMOTE_ADDRESS and SIO_WSK_SET_SENDTO_ADDRESS.</summary>
internal static class FixedAddressControl
{
    public static ControlResult SetRemote(in ControlCall call) =>
        TryRead(call, out var address, out var status)
            ? ReportEarly(call, call.Socket.SetRemoteAddress(address))
            : status;

    public static ControlResult SetSendTo(in ControlCall call) =>
        TryRead(call, out var address, out var status)
            ? ReportEarly(call, call.Socket.SetSendToAddress(address))
            : status;

    // CTLS-43: clients pass a whole SOCKADDR_INET whatever the family, so the buffer may be longer.
    private static bool TryRead(in ControlCall call, out EndpointAddress? address, out NTSTATUS status)
    {
        address = null;
        status = STATUS_SUCCESS;
        if (call.Input.IsNone)
            return true;
        var family = call.Socket.Identity.Family;
        status = STATUS_INVALID_PARAMETER;
        if (!call.Input.HasRoom(EndpointAddress.SockaddrBytes(family)))
            return false;
        if (!EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(call.Input.Address), out var given)
            || given.Family != family)
        {
            status = WskSettings.FamilyMismatch;
            return false;
        }
        address = given;
        return true;
    }

    private static NTSTATUS ReportEarly(in ControlCall call, NTSTATUS status)
    {
        if (status == WskSettings.WrongState)
            call.Breach("CTLS-42", $"a fixed address was set before {call.Socket.Object} was bound");
        return status;
    }
}
