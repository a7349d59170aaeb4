// What a stream socket does beyond moving bytes: options, backlogs. Silence is HostStream.Silence.cs.
// It knows nothing about which of it a WSK client may ask for when, nor about single options (Options/).
using OpenWsk.Abi;
using OpenWsk.Net.Host.Options;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal sealed partial class HostStream
{
    private readonly HostOptions _options;

    public nuint ReceiveBacklogBytes
    {
        get
        {
            lock (_gate)
            {
                return _state == StreamState.Connected && HostSocketOptions.IsLinux
                    ? (nuint)(LinuxOptions.Ask(_socket.SafeHandle, LinuxNumbers.AskReadable) ?? 0)
                    : 0;
            }
        }
    }

    public nuint IdealSendBacklogBytes => 0;

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value)
    {
        lock (_gate)
        {
            if (_state >= StreamState.Aborted)
            {
                return WhyNotConnected();
            }
            var status = _options.Set(Handle, level, name, value, isBound: _bound.Family != 0);
            _listener?.Pause(_options.IsOn(WskConstants.SOL_SOCKET, WskConstants.SO_PAUSE_ACCEPT));
            return status;
        }
    }

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        lock (_gate)
        {
            return _options.Get(Handle, level, name, value, out bytes);
        }
    }

    public NTSTATUS BecomeSilent() => NTSTATUS.STATUS_NOT_SUPPORTED;
}
