// Part of SimStreamSocket: options and what they set in the connection. It knows nothing about which of
// them a WSK client may use when.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim;

internal sealed partial class SimStreamSocket
{
    // Below one segment (RFC 9293 section 3.7.1) a connection would hardly move; above this the window cannot
    // be told (RFC 7323 section 2.3).
    private const uint BufferBytesMin = 536;
    private const uint BufferBytesMax = 1 << 30;

    public nuint ReceiveBacklogBytes => (nuint)(_connection?.AvailableBytes ?? 0);

    public nuint IdealSendBacklogBytes => 0;

    /// <summary>What the options mean for a connection.</summary>
    public TcpSettings ConnectionSettings => new()
    {
        ReceiveBufferBytes = BufferBytes(SO_RCVBUF, TcpDefaults.ReceiveBufferBytes),
        SendBufferBytes = BufferBytes(SO_SNDBUF, TcpDefaults.SendBufferBytes),
    };

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value)
    {
        var status = Options.Set(level, name, value, _bound.Family != 0);
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        _listener?.ApplyOptions();
        return NTSTATUS.STATUS_SUCCESS;
    }

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes) =>
        Options.Get(level, name, value, out bytes);

    public NTSTATUS BecomeSilent() => NTSTATUS.STATUS_NOT_SUPPORTED;

    private int BufferBytes(uint name, int unset) =>
        Options.NumberIfSet(SOL_SOCKET, name) is { } bytes
            ? (int)Math.Clamp(bytes, BufferBytesMin, BufferBytesMax)
            : unset;
}
