// What the system has joined on its way in (UDP_GRO), handed out as the receiver asked for it with
// UDP_RECV_MAX_COALESCED_SIZE: whole datagrams, as many as fit its buffer and its limit. The system itself
// knows no limit. A receiver that asked for nothing gets them one by one: a transport may have them joined
// because that costs the system less. It knows nothing about waiting: HostDatagram.Receive.cs.
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

    /// <summary>Whether the system joins datagrams though the receiver takes one at a time.</summary>
    private protected bool IsJoinedAnyway { get; private set; }

    /// <summary>Whether what the system has next may be several. Under the lock.</summary>
    private protected virtual bool MayBeJoined => JoinedBytesMax > 0 || IsJoinedAnyway;

    /// <summary>Has the system join what it can, for good. Under the lock.</summary>
    private protected void JoinAnyway()
    {
        if (!_isRaw && !IsJoinedAnyway)
        {
            IsJoinedAnyway = SetJoining();
        }
    }

    // Setting the receiver's limit to nothing has ended it.
    private void KeepJoining()
    {
        if (IsJoinedAnyway && JoinedBytesMax == 0)
        {
            IsJoinedAnyway = SetJoining();
        }
    }

    private bool SetJoining() =>
        LinuxOptions.Set(_handle, LinuxNumbers.Udp, LinuxNumbers.UdpGro, 1) == Errno.None;

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
