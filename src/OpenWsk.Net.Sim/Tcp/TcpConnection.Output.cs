// Part of TcpConnection: what goes on the wire. Output sends what the peer's window allows, then FIN, then an
// acknowledgment if none of these carried it, and sees to the timer. Going back after a loss is only moving
// _sendNext back to _sendUnacknowledged (go-back-N). It knows nothing about links.
namespace OpenWsk.Net.Sim.Tcp;

internal sealed partial class TcpConnection
{
    private uint _sendUnacknowledged;
    private uint _sendNext;
    private uint _sendMax;
    private uint _sendWindow;
    private uint _sendWindowMax;
    private uint _advertisedEnd;
    private int _maximumSegmentBytes;
    private bool _isWindowScaled;
    private int _windowShift;
    private int _peerWindowShift;

    private uint InFlight => _sendNext - _sendUnacknowledged;

    private bool IsFinSent => _isFinQueued && _sendNext == _finSequence + 1;

    private int UnsentBytes => IsFinSent ? 0 : _sendBuffer.Count - (int)InFlight;

    private void Output()
    {
        if (State is TcpState.Established or TcpState.CloseWait or TcpState.FinWait1 or TcpState.Closing
            or TcpState.LastAck)
        {
            while (NextSegmentBytes() is > 0 and var bytes)
                SendData(_sendNext, bytes);
            if (_isFinQueued && !IsFinSent && UnsentBytes == 0)
                Send(_sendNext, TcpFlags.Fin | TcpFlags.Ack, default);
        }
        if (_isAcknowledgmentDue)
            SendAcknowledgment();
        SeeToTimer();
    }

    private int NextSegmentBytes()
    {
        var usable = Math.Max(0, (int)_sendWindow - (int)InFlight);
        return Math.Min(Math.Min(UnsentBytes, usable), _maximumSegmentBytes);
    }

    private void SendData(uint sequence, int bytes)
    {
        var payload = new byte[bytes];
        _sendBuffer.Peek((int)(sequence - _sendUnacknowledged), payload);
        var isLast = (int)(sequence - _sendUnacknowledged) + bytes == _sendBuffer.Count;
        Send(sequence, isLast ? TcpFlags.Ack | TcpFlags.Psh : TcpFlags.Ack, payload);
    }

    private void SendSyn()
    {
        var isAnswer = State == TcpState.SynReceived;
        Send(_sendUnacknowledged, isAnswer ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn, default);
        SeeToTimer();
    }

    private void SendAcknowledgment() => Send(_sendNext, TcpFlags.Ack, default);

    private void Send(uint sequence, TcpFlags flags, ReadOnlyMemory<byte> payload)
    {
        var isSyn = (flags & TcpFlags.Syn) != 0;
        var isAnswering = (flags & TcpFlags.Ack) != 0;
        var segment = new TcpSegment(Local, Remote)
        {
            Sequence = sequence,
            Acknowledgment = isAnswering ? _receiveNext : 0,
            Flags = flags,
            Window = AdvertiseWindow(isAnswering, isSyn),
            MaximumSegmentBytes = isSyn ? (ushort)_maximumSegmentBytes : (ushort)0,
            WindowShift = isSyn && (!isAnswering || _isWindowScaled) ? (byte)_windowShift : null,
            Payload = payload,
            HopLimit = _settings.HopLimit,
            TrafficClass = _settings.TrafficClass,
        };
        var end = sequence + segment.SequenceLength;
        _sendNext = SequenceNumber.Later(_sendNext, end);
        if (SequenceNumber.IsAfter(end, _sendMax))
        {
            _sendMax = end;
            BeginRoundTrip(end);
        }
        Transmit(segment);
    }

    private void Transmit(TcpSegment segment)
    {
        if (IsSilent)
            return;
        if (segment.Has(TcpFlags.Ack))
            _isAcknowledgmentDue = false;
        _host.Send(segment);
    }

    // The window never shrinks and opens only in steps worth a segment (silly window, RFC 9293 section
    // 3.8.6.2.2).
    private ushort AdvertiseWindow(bool isAnswering, bool isSyn)
    {
        FitReceiveBuffer();

        // The window in a SYN is never scaled (RFC 7323 section 2.2).
        var shift = isSyn ? 0 : _windowShift;
        var free = WindowRoom(shift);
        if (!isAnswering)
            return (ushort)free;
        if (IsWindowUpdateDue() || SequenceNumber.IsBefore(_advertisedEnd, _receiveNext))
            _advertisedEnd = _receiveNext + free;
        return (ushort)((_advertisedEnd - _receiveNext) >> shift);
    }

    // A buffer that was made smaller still has room for what the peer was promised.
    private void FitReceiveBuffer()
    {
        var isSynchronized = State is not (TcpState.Closed or TcpState.SynSent);
        var promised = isSynchronized ? Math.Max(0, (int)(_advertisedEnd - _receiveNext)) : 0;
        _receiveBuffer.Capacity = Math.Max(_settings.ReceiveBufferBytes, _receiveBuffer.Count + promised);
    }

    // As much of the free buffer as the header can tell.
    private uint WindowRoom(int shift) => Math.Min((uint)_receiveBuffer.Free, (uint)ushort.MaxValue << shift);

    // The least shift with which the header's 16 bits can tell the whole buffer (RFC 7323 section 2.3).
    private static int WindowShiftOf(int bufferBytes)
    {
        var shift = 0;
        while (bufferBytes >> shift > ushort.MaxValue)
            shift++;
        return shift;
    }

    private bool IsWindowUpdateDue()
    {
        var opened = (int)(_receiveNext + WindowRoom(_windowShift) - _advertisedEnd);
        return opened >= Math.Min(2 * _maximumSegmentBytes, _receiveBuffer.Capacity / 2);
    }
}
