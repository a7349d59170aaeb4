// Options of a stream: kept for the next socket of the system when this one's attempt to connect has failed.
// It knows nothing about single options: Options/HostOptionTable.cs.
using OpenWsk.Abi;
using OpenWsk.Net.Host.Options;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    private protected readonly HostOptions _options;

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value)
    {
        using (_gate.Enter())
        {
            if (_state >= StreamState.Aborted)
            {
                return WhyNotConnected();
            }
            _isUndelayed &= (level, name) != (WskConstants.IPPROTO_TCP, WskConstants.TCP_NODELAY);
            var status = _options.Set(Handle, level, name, value, isBound: _bound.Family != 0);
            _listener?.Pause(_options.IsOn(WskConstants.SOL_SOCKET, WskConstants.SO_PAUSE_ACCEPT));
            return status;
        }
    }

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        using (_gate.Enter())
        {
            return _options.Get(Handle, level, name, value, out bytes);
        }
    }
}
