// Options of a stream: kept for the next socket of the system when this one's attempt to connect has failed.
// It knows nothing about single options: Options/HostOptionTable.cs.
using OpenWsk.Abi;
using OpenWsk.Net.Host.Options;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    // Null until somebody sets or asks for one, which most owners never do.
    private HostOptions? _options;

    private HostOptions Options => _options ??= new HostOptions(SocketKinds.Stream, _family);

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value)
    {
        using (_gate.Enter())
        {
            if (_state >= StreamState.Aborted)
            {
                return WhyNotConnected();
            }
            _isUndelayed &= (level, name) != (WskConstants.IPPROTO_TCP, WskConstants.TCP_NODELAY);
            var status = Options.Set(Handle, level, name, value, isBound: _bound.Family != 0);
            _listener?.Pause(Options.IsOn(WskConstants.SOL_SOCKET, WskConstants.SO_PAUSE_ACCEPT));
            return status;
        }
    }

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        using (_gate.Enter())
        {
            return Options.Get(Handle, level, name, value, out bytes);
        }
    }

    // An accepted connection has what its listener has.
    private void InheritOptions(SystemStream listener)
    {
        if (listener._options is { } options)
        {
            Options.Inherit(options);
        }
    }
}
