// Part of TcpConnection: its one timer, which serves in turn as the retransmission timer (RFC 6298), the
// probe of a closed window and the end of TIME_WAIT, and the measurement of round trips that sets the
// first. A probe is armed only where packets can be lost: a link that delivers everything delivers the
// window's opening too, and without probes a world whose reader never reads again is a provable deadlock.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim.Tcp;

internal sealed partial class TcpConnection
{
    private readonly SimTimer _timer;
    private long _retransmissionNs = TcpDefaults.InitialRetransmissionNs;
    private long _smoothedRoundTripNs;
    private long _roundTripVariationNs;
    private long _measureBeganNs = -1;
    private uint _measuredSequence;
    private int _retransmissions;

    private long NowNs => _host.Network.Clock.NowNs;

    private void SeeToTimer()
    {
        if (IsSilent || State is TcpState.TimeWait or TcpState.Closed)
            return;
        var isProbeNeeded = UnsentBytes > 0 && _host.Network.MayLose(_host, Remote);
        if (InFlight == 0 && !isProbeNeeded)
            _timer.Stop();
        else if (!_timer.IsSet)
            _timer.Set(NowNs + _retransmissionNs);
    }

    private void OnTimer()
    {
        if (State == TcpState.TimeWait)
        {
            Remove(NTSTATUS.STATUS_SUCCESS);
            return;
        }
        _retransmissionNs = Math.Min(_retransmissionNs * 2, TcpDefaults.RetransmissionNsMax);
        _measureBeganNs = -1;
        if (InFlight == 0)
        {
            Probe();
            return;
        }
        var isHandshake = State is TcpState.SynSent or TcpState.SynReceived;
        var retransmissionsMax = isHandshake
            ? TcpDefaults.SynRetransmissionsMax
            : TcpDefaults.DataRetransmissionsMax;
        if (_retransmissions++ == retransmissionsMax)
        {
            Fail(NTSTATUS.STATUS_IO_TIMEOUT);
            return;
        }
        _sendNext = _sendUnacknowledged;
        if (isHandshake)
            SendSyn();
        else if (_sendWindow == 0 && _sendBuffer.Count > 0)
            Probe();
        else
            Output();
    }

    // One byte beyond a closed window makes the peer say how wide it is now (RFC 9293 section 3.8.6.1).
    private void Probe()
    {
        if (UnsentBytes > 0)
            SendData(_sendNext, 1);
        _sendNext = _sendUnacknowledged;
        SeeToTimer();
    }

    private void EnterTimeWait()
    {
        State = TcpState.TimeWait;
        _sendBuffer.Clear();
        _keepAliveTimer.Stop();
        _host.ReleasePort(this);
        _timer.Set(NowNs + TcpDefaults.TimeWaitNs);
    }

    private void BeginRoundTrip(uint sequence)
    {
        if (_measureBeganNs >= 0)
            return;
        _measureBeganNs = NowNs;
        _measuredSequence = sequence;
    }

    // RFC 6298 section 2; what was sent twice is not measured (Karn).
    private void MeasureRoundTrip(uint acknowledgment)
    {
        if (_measureBeganNs < 0 || SequenceNumber.IsBefore(acknowledgment, _measuredSequence))
            return;
        var sample = NowNs - _measureBeganNs;
        _measureBeganNs = -1;
        if (_smoothedRoundTripNs == 0)
        {
            _smoothedRoundTripNs = sample;
            _roundTripVariationNs = sample / 2;
        }
        else
        {
            var difference = Math.Abs(_smoothedRoundTripNs - sample);
            _roundTripVariationNs = ((3 * _roundTripVariationNs) + difference) / 4;
            _smoothedRoundTripNs = ((7 * _smoothedRoundTripNs) + sample) / 8;
        }
        _retransmissionNs = Math.Clamp(_smoothedRoundTripNs + (4 * _roundTripVariationNs),
            TcpDefaults.RetransmissionNsMin, TcpDefaults.RetransmissionNsMax);
    }
}
