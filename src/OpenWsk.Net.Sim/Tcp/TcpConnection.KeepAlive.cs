// Part of TcpConnection: keep-alive (RFC 9293 section 3.8.4). A probe is an acknowledgment one number too
// low, which the peer corrects; nothing but the peer's next segment counts. It knows nothing about options.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim.Tcp;

internal sealed partial class TcpConnection
{
    private readonly SimTimer _keepAliveTimer;
    private long _lastHeardNs;
    private int _unansweredProbes;

    private bool IsKeptAlive => _settings.KeepAliveIdleNs > 0 && _owner is not null && !IsSilent
        && State is TcpState.Established or TcpState.CloseWait or TcpState.FinWait1 or TcpState.FinWait2;

    private void Heard()
    {
        _lastHeardNs = NowNs;
        _unansweredProbes = 0;
    }

    // Idle time counts from the last segment, also from one before keep-alive was asked for.
    private void SeeToKeepAlive()
    {
        if (IsKeptAlive)
            _keepAliveTimer.Set(Math.Max(NowNs, _lastHeardNs + _settings.KeepAliveIdleNs));
        else
            _keepAliveTimer.Stop();
    }

    private void OnKeepAlive()
    {
        if (!IsKeptAlive)
            return;
        if (NowNs - _lastHeardNs < _settings.KeepAliveIdleNs)
        {
            SeeToKeepAlive();
            return;
        }
        if (InFlight > 0)
        {
            // What is on its way is repeated until its own end; that says more than a probe.
            _keepAliveTimer.Set(NowNs + _settings.KeepAliveIdleNs);
            return;
        }
        if (_unansweredProbes == _settings.KeepAliveProbesMax)
        {
            SendReset();
            Fail(NTSTATUS.STATUS_IO_TIMEOUT);
            return;
        }
        _unansweredProbes++;
        Send(_sendNext - 1, TcpFlags.Ack, default);
        _keepAliveTimer.Set(NowNs + _settings.KeepAliveIntervalNs);
    }
}
