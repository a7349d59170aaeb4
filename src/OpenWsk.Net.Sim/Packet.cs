// What travels between simulated hosts, as immutable values: TCP segments with every field that a real
// header needs, and the notice that a router sends back when a host cannot be reached. They know nothing
// about links. Datagrams: DatagramPackets.cs.
using System.Text;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>A packet of the simulated network.</summary>
public abstract record Packet(EndpointAddress Source, EndpointAddress Destination)
{
    /// <summary>Windows' default TTL and hop limit.</summary>
    public const byte HopLimitDefault = 128;

    /// <summary>TTL or hop limit as it stands in the IP header; each router on the way takes one.</summary>
    public byte HopLimit { get; init; } = HopLimitDefault;

    /// <summary>TOS or traffic class, ECN in its two low bits.</summary>
    public byte TrafficClass { get; init; }
}

/// <summary>The ICMP message "host unreachable" about a segment that could not be delivered.</summary>
public sealed record UnreachableNotice(TcpSegment Original)
    : Packet(Original.Destination.WithoutPort(), Original.Source)
{
    public override string ToString() => $"{Destination} is told: {Source.ToIPAddress()} is unreachable";
}

/// <summary>One TCP segment.</summary>
public sealed record TcpSegment(EndpointAddress Source, EndpointAddress Destination)
    : Packet(Source, Destination)
{
    public uint Sequence { get; init; }

    public uint Acknowledgment { get; init; }

    public TcpFlags Flags { get; init; }

    /// <summary>The window field as it stands in the header, not yet shifted.</summary>
    public ushort Window { get; init; }

    /// <summary>The MSS option; 0 when absent. Units: bytes.</summary>
    public ushort MaximumSegmentBytes { get; init; }

    /// <summary>The window scale option (RFC 7323); null when absent.</summary>
    public byte? WindowShift { get; init; }

    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Sequence space that the segment occupies: its bytes, and one each for SYN and FIN.</summary>
    public uint SequenceLength =>
        (uint)Payload.Length + (Has(TcpFlags.Syn) ? 1u : 0) + (Has(TcpFlags.Fin) ? 1u : 0);

    public bool Has(TcpFlags flag) => (Flags & flag) != 0;

    public override string ToString()
    {
        var text = new StringBuilder().Append($"{Source} > {Destination} {Flags} seq={Sequence}");
        if (Has(TcpFlags.Ack))
            text.Append($" ack={Acknowledgment}");
        return text.Append($" win={Window} len={Payload.Length}").ToString();
    }
}
