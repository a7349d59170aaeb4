// What the user of a TCP connection may choose: buffers, IP header fields, keep-alive. Values only; the
// connection acts on them, and SimStreamSocket makes them from socket options.
namespace OpenWsk.Net.Sim.Tcp;

/// <summary>Settings of one connection; may change while it lasts.</summary>
internal readonly record struct TcpSettings()
{
    /// <summary>Bytes held for the reader.</summary>
    public int ReceiveBufferBytes { get; init; } = TcpDefaults.ReceiveBufferBytes;

    /// <summary>Bytes taken before sends wait.</summary>
    public int SendBufferBytes { get; init; } = TcpDefaults.SendBufferBytes;

    public byte HopLimit { get; init; } = Packet.HopLimitDefault;

    public byte TrafficClass { get; init; }

    /// <summary>Idle time before the first keep-alive probe; 0 for no probes. Units: nanoseconds.</summary>
    public long KeepAliveIdleNs { get; init; }

    /// <summary>Time between probes. Units: nanoseconds.</summary>
    public long KeepAliveIntervalNs { get; init; }

    /// <summary>Probes without an answer that end the connection.</summary>
    public int KeepAliveProbesMax { get; init; }
}
