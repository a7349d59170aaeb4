// What goes with a datagram beyond its bytes, in both directions: the packet information of its address and
// interface, hop limit, traffic class, ECN, segment size. It knows nothing about the layout of control
// messages: Operations/ControlMessages.cs.
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>The ECN codepoint of a packet.</summary>
public enum WskEcn : byte
{
    /// <summary>Not ECN-capable.</summary>
    NotCapable = 0,

    /// <summary>ECT(1).</summary>
    Capable1 = 1,

    /// <summary>ECT(0).</summary>
    Capable0 = 2,

    /// <summary>A router has met congestion.</summary>
    CongestionExperienced = 3,
}

/// <summary>Control information of a datagram; what was not told or is not asked for is absent.</summary>
/// <remarks>
/// Received, it holds what the socket's options asked for: <see cref="WskOptions.PacketInfo"/>,
/// <see cref="WskOptions.ReceiveHopLimit"/>, <see cref="WskOptions.ReceiveTrafficClass"/>,
/// <see cref="WskOptions.Ecn"/>, <see cref="WskOptions.CoalescedSizeMax"/>. Sent, it overrides the socket's
/// options for this send. The default value is none.
/// </remarks>
public readonly record struct WskControlInfo
{
    /// <summary>
    /// Received: the address that it was sent to. Sent: the source address to use. The port does not matter;
    /// family 0 is none.
    /// </summary>
    public EndpointAddress LocalAddress { get; init; }

    /// <summary>Index of the interface that it came by, or is to go by; 0 is none.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>TTL or hop limit.</summary>
    public byte? HopLimit { get; init; }

    /// <summary>Type of service or traffic class, all eight bits.</summary>
    public byte? TrafficClass { get; init; }

    /// <summary>The ECN codepoint.</summary>
    public WskEcn? Ecn { get; init; }

    /// <summary>
    /// Received: length of each datagram but the last that were joined into this one. Sent: the length that
    /// the data is to be cut into. 0 is one datagram. Units: bytes.
    /// </summary>
    public int SegmentBytes { get; init; }
}
