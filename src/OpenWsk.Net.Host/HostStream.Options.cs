// What a stream socket does beyond moving bytes: options, backlogs, silence.
// It knows nothing about which of it a WSK client may ask for when.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal sealed partial class HostStream
{
    public nuint ReceiveBacklogBytes => 0;

    public nuint IdealSendBacklogBytes => 0;

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value) =>
        NTSTATUS.STATUS_NOT_SUPPORTED;

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        bytes = 0;
        return NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    public NTSTATUS BecomeSilent() => NTSTATUS.STATUS_NOT_SUPPORTED;
}
