// What the system has joined on its way in (UDP_GRO), handed out as the receiver asked for it with
// UDP_RECV_MAX_COALESCED_SIZE: whole datagrams, as many as fit its buffer and its limit. The system itself
// knows no limit. It knows nothing about waiting: HostDatagram.Receive.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal partial class HostDatagram
{
    private byte[]? _joined;
    private DatagramInfo _joinedInfo;
    private int _joinedOffset;
    private int _joinedEnd;

    private protected bool HasJoined => _joinedOffset < _joinedEnd;

    private protected int JoinedBytesMax => _joinedBytesMax;

    private NTSTATUS ReceiveJoined(Span<byte> destination, out int bytes, out DatagramInfo info)
    {
        _joined ??= GC.AllocateUninitializedArray<byte>(DatagramBytesMax);
        var status = ReceiveNow(_joined, out bytes, out info);
        if (status != NTSTATUS.STATUS_SUCCESS || bytes == 0)
        {
            return status;
        }
        _joinedInfo = info;
        _joinedOffset = 0;
        _joinedEnd = bytes;
        TakeJoined(destination, out bytes, out info);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private void TakeJoined(Span<byte> destination, out int bytes, out DatagramInfo info)
    {
        var one = _joinedInfo.SegmentBytes > 0 ? _joinedInfo.SegmentBytes : _joinedEnd - _joinedOffset;
        var room = Math.Min(destination.Length, JoinedBytesMax);
        var taken = Math.Min(Math.Max(room / one, 1) * one, _joinedEnd - _joinedOffset);
        bytes = Math.Min(taken, destination.Length);
        _joined.AsSpan(_joinedOffset, bytes).CopyTo(destination);
        _joinedOffset += taken;
        info = _joinedInfo with
        {
            SegmentBytes = taken > one ? one : 0,
            IsTruncated = taken > bytes || _joinedInfo.IsTruncated,
        };
    }
}
