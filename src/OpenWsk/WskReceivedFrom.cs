// What a receive into a buffer tells about its datagram. Without a copy: Events/WskDatagram.cs. It knows
// nothing about the buffer.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>How a datagram came, as a set of the MSG_ flags.</summary>
[Flags]
public enum WskDatagramFlags : uint
{
    None = 0,

    /// <summary>It was longer than the buffer; the rest is lost (MSG_TRUNC).</summary>
    Truncated = WskConstants.MSG_TRUNC,

    /// <summary>Its control information was longer than the room for it (MSG_CTRUNC).</summary>
    ControlTruncated = WskConstants.MSG_CTRUNC,

    /// <summary>It was sent to a broadcast address (MSG_BCAST).</summary>
    Broadcast = WskConstants.MSG_BCAST,

    /// <summary>It was sent to a multicast address (MSG_MCAST).</summary>
    Multicast = WskConstants.MSG_MCAST,
}

/// <summary>A datagram that was received into a buffer.</summary>
public readonly record struct WskReceivedFrom
{
    /// <summary>How many bytes of the buffer it fills; a datagram may have none. Units: bytes.</summary>
    public int Bytes { get; init; }

    /// <summary>The sender; of a raw socket with port 0.</summary>
    public EndpointAddress RemoteAddress { get; init; }

    /// <summary>The sender as .NET's type; makes an object.</summary>
    public IPEndPoint RemoteEndPoint => RemoteAddress.ToIPEndPoint();

    /// <summary>What the socket's options asked to be told about it.</summary>
    public WskControlInfo Control { get; init; }

    /// <summary>How it came.</summary>
    public WskDatagramFlags Flags { get; init; }
}
