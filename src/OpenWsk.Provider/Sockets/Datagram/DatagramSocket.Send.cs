// Sending datagrams: each message of a request is one, all of them go to one destination with the same
// control information. The provider keeps no copy, so a send ends when the transport has taken the last one
// (DGRAM-15).
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal sealed partial class DatagramSocket
{
    // What a length field of 16 bits leaves for the data, behind the headers that it counts: IPv4 and UDP
    // (RFC 791, RFC 768), UDP alone under IPv6 (RFC 8200).
    private const int PayloadMaxV4 = 65535 - 20 - 8;
    private const int PayloadMaxV6 = 65535 - 8;

    /// <summary>
    /// Sends the request's messages; no destination means the fixed one. STATUS_PENDING when started (end the
    /// call with EndCall), otherwise the status to refuse it with.
    /// </summary>
    public NTSTATUS StartSend(WskRequest request, EndpointAddress? destination, in DatagramControl control)
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Bound)
                return WrongState;
            if (IsBroken)
                return WskSettings.NoLongerFunctional;
            // Of two fixed addresses the one that speaks of sends alone is the closer one.
            if ((destination ?? _sendTo ?? _remote) is not { } target)
                return WskSettings.NoDestination;
            request.Destination = target;
            request.Control = control.SegmentBytes == 0 && _segmentBytes != 0
                ? control with { SegmentBytes = (int)_segmentBytes }
                : control;
        }
        if (IsUdp && request.LongestMessageBytes > PayloadMax(request.Destination))
            return WskSettings.DatagramTooLong;
        request.Kind = RequestKind.SendTo;
        if (_socket.Send(request))
            FinishSend(request);
        return NTSTATUS.STATUS_PENDING;
    }

    private static nuint PayloadMax(in EndpointAddress destination) =>
        (nuint)(destination.IsV6 && !destination.IsV4Mapped ? PayloadMaxV6 : PayloadMaxV4);

    private void FinishSend(WskRequest request)
    {
        var status = request.Status;
        request.Complete(OutcomeOf(status), status.IsSuccess() ? request.LengthBytes : 0);
    }
}
