// Part of TcpConnection: what an arriving segment does, in the order of RFC 9293 section 3.10.7. It knows
// nothing about when anything is sent: it marks an acknowledgment as due and leaves the rest to Output.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim.Tcp;

internal sealed partial class TcpConnection
{
    private uint _receiveNext;
    private bool _isAcknowledgmentDue;

    /// <summary>Handles a segment of this connection.</summary>
    public void OnSegment(TcpSegment segment)
    {
        if (IsSilent)
            return;
        Heard();
        if (State == TcpState.SynSent)
            OnSegmentInSynSent(segment);
        else if (State != TcpState.Closed)
            OnSegmentWhenSynchronized(segment);
        if (State != TcpState.Closed)
            Output();
    }

    /// <summary>
    /// A router says that the peer cannot be reached. RFC 1122 section 4.2.3.9: soft, once connected.
    /// </summary>
    public void OnUnreachable()
    {
        if (State == TcpState.SynSent && !IsSilent)
            Fail(NTSTATUS.STATUS_HOST_UNREACHABLE);
    }

    /// <summary>
    /// Whether a SYN may replace this connection, which only waits for stragglers (RFC 1122, 4.2.2.13).
    /// </summary>
    public bool IsReplacedBy(TcpSegment syn) =>
        State == TcpState.TimeWait && SequenceNumber.IsAfter(syn.Sequence, _receiveNext);

    /// <summary>Forgets a connection in TIME_WAIT.</summary>
    public void Forget()
    {
        if (State != TcpState.TimeWait)
            throw new InvalidOperationException($"A connection in {State} cannot be forgotten.");
        Remove(NTSTATUS.STATUS_SUCCESS);
    }

    private void OnSegmentInSynSent(TcpSegment segment)
    {
        var acknowledges = segment.Has(TcpFlags.Ack) && segment.Acknowledgment == _sendMax;
        if (segment.Has(TcpFlags.Ack) && !acknowledges)
        {
            _host.SendReset(segment);
            return;
        }
        if (segment.Has(TcpFlags.Rst))
        {
            if (acknowledges)
                Fail(NTSTATUS.STATUS_CONNECTION_REFUSED);
            return;
        }
        if (!segment.Has(TcpFlags.Syn))
            return;
        TakeSyn(segment);
        if (!acknowledges)
        {
            // Both ends sent a SYN at once: ours goes again, now with an acknowledgment (section 3.5,
            // figure 7).
            State = TcpState.SynReceived;
            _sendNext = _sendUnacknowledged;
            SendSyn();
            return;
        }
        TakeAcknowledgment(segment);
        _isAcknowledgmentDue = true;
        BecomeEstablished();
    }

    private void OnSegmentWhenSynchronized(TcpSegment segment)
    {
        if (!IsAcceptable(segment))
        {
            _isAcknowledgmentDue |= !segment.Has(TcpFlags.Rst);
            return;
        }
        if (segment.Has(TcpFlags.Rst))
        {
            OnReset();
            return;
        }
        if (segment.Has(TcpFlags.Syn))
        {
            // A SYN in the window gets a challenge (RFC 9293, 3.10.7.4); the handshake's own came before it.
            _isAcknowledgmentDue = true;
            return;
        }
        if (!segment.Has(TcpFlags.Ack))
            return;
        if (SequenceNumber.IsAfter(segment.Acknowledgment, _sendMax))
        {
            _isAcknowledgmentDue = true;
            return;
        }
        TakeAcknowledgment(segment);
        if (State == TcpState.SynReceived && _sendUnacknowledged == _sendMax)
            BecomeEstablished();
        TakeFinAcknowledgment();
        if (State != TcpState.Closed)
            TakePayload(segment);
    }

    private bool IsAcceptable(TcpSegment segment)
    {
        var window = (uint)_receiveBuffer.Free;
        var windowEnd = _receiveNext + window;
        if (segment.SequenceLength == 0)
        {
            return segment.Sequence == _receiveNext
                || (SequenceNumber.IsAfter(segment.Sequence, _receiveNext)
                    && SequenceNumber.IsBefore(segment.Sequence, windowEnd));
        }
        var end = segment.Sequence + segment.SequenceLength;
        var isFinAlone = segment.Payload.IsEmpty && segment.Sequence == _receiveNext;
        return SequenceNumber.IsAfter(end, _receiveNext)
            && (SequenceNumber.IsBefore(segment.Sequence, windowEnd) || isFinAlone);
    }

    private void OnReset()
    {
        if (State == TcpState.SynReceived && !_isPassive)
            Fail(NTSTATUS.STATUS_CONNECTION_REFUSED);
        else if (State == TcpState.TimeWait || _owner is null)
            Remove(NTSTATUS.STATUS_SUCCESS);
        else
            Fail(NTSTATUS.STATUS_CONNECTION_RESET);
    }

    private void TakeSyn(TcpSegment syn)
    {
        _receiveNext = syn.Sequence + 1;
        _advertisedEnd = _receiveNext;
        if (syn.MaximumSegmentBytes != 0)
            _maximumSegmentBytes = Math.Min(_maximumSegmentBytes, syn.MaximumSegmentBytes);
        _isWindowScaled = syn.WindowShift is not null;
        if (!_isWindowScaled)
            _windowShift = 0;
        _peerWindowShift = syn.WindowShift ?? 0;
        _sendWindow = syn.Window;
    }

    private void BecomeEstablished()
    {
        State = TcpState.Established;
        SeeToKeepAlive();
        _owner?.OnConnected(this);
    }

    private void TakeAcknowledgment(TcpSegment segment)
    {
        TakeWindow(segment);
        if (!SequenceNumber.IsAfter(segment.Acknowledgment, _sendUnacknowledged))
            return;
        var freed = (int)(segment.Acknowledgment - _sendUnacknowledged);
        MeasureRoundTrip(segment.Acknowledgment);
        _sendUnacknowledged = segment.Acknowledgment;
        _sendNext = SequenceNumber.Later(_sendNext, _sendUnacknowledged);
        _retransmissions = 0;
        _timer.Stop();

        // SYN and FIN take a sequence number each and no room in the buffer.
        var bytes = Math.Min(freed, _sendBuffer.Count);
        _sendBuffer.Skip(bytes);
        if (bytes > 0 && !_isFinQueued)
            _owner?.OnWritable(this);
    }

    private void TakeWindow(TcpSegment segment)
    {
        if (SequenceNumber.IsBefore(segment.Acknowledgment, _sendUnacknowledged))
            return;

        // The window in a SYN is never scaled (RFC 7323 section 2.2).
        _sendWindow = (uint)segment.Window << (segment.Has(TcpFlags.Syn) ? 0 : _peerWindowShift);
        var ideal = IdealSendBacklogBytes;
        _sendWindowMax = Math.Max(_sendWindowMax, _sendWindow);
        if (ideal != IdealSendBacklogBytes && State != TcpState.SynSent)
            _owner?.OnIdealSendBacklog(this);
    }

    private void TakeFinAcknowledgment()
    {
        if (!IsFinAcknowledged)
            return;
        switch (State)
        {
            case TcpState.FinWait1:
                State = TcpState.FinWait2;
                break;
            case TcpState.Closing:
                EnterTimeWait();
                break;
            case TcpState.LastAck:
                var owner = _owner;
                Remove(NTSTATUS.STATUS_SUCCESS);
                owner?.OnSendClosed(this);
                return;
            default:
                return;
        }
        _owner?.OnSendClosed(this);
    }

    private void TakePayload(TcpSegment segment)
    {
        if (segment.SequenceLength == 0)
            return;
        _isAcknowledgmentDue = true;
        var isReceiving = State is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2;
        if (!isReceiving || SequenceNumber.IsAfter(segment.Sequence, _receiveNext))
            return;
        var known = Math.Min(_receiveNext - segment.Sequence, (uint)segment.Payload.Length);
        var bytes = segment.Payload.Span[(int)known..];
        if (!bytes.IsEmpty && _owner is null)
        {
            // Nobody is left to read: the peer must learn that its bytes were lost (RFC 9293 section 3.6.1).
            Reset();
            return;
        }
        var taken = _receiveBuffer.Write(bytes);
        _receiveNext += (uint)taken;
        var isFinNext = segment.Has(TcpFlags.Fin) && taken == bytes.Length;
        if (isFinNext)
            TakeFin();
        if (taken > 0 || isFinNext)
            _owner?.OnReadable(this);
    }

    private void TakeFin()
    {
        _receiveNext++;
        HasPeerFin = true;
        if (State == TcpState.Established)
            State = TcpState.CloseWait;
        else if (State == TcpState.FinWait1)
            State = TcpState.Closing;
        else
            EnterTimeWait();
    }
}
