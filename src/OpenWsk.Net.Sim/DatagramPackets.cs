// Packets other than TCP's: UDP datagrams, IP packets of other protocols, and the notice that nobody has the
// port of a datagram. Values like those in Packet.cs. They know nothing about sockets.
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>One UDP datagram.</summary>
public sealed record UdpDatagram(EndpointAddress Source, EndpointAddress Destination)
    : Packet(Source, Destination)
{
    public ReadOnlyMemory<byte> Payload { get; init; }

    public override string ToString() => $"{Source} > {Destination} UDP len={Payload.Length}";
}

/// <summary>An IP packet of a protocol that only raw sockets speak; its ports are 0.</summary>
public sealed record RawPacket(EndpointAddress Source, EndpointAddress Destination)
    : Packet(Source, Destination)
{
    /// <summary>The protocol number of the IP header.</summary>
    public byte Protocol { get; init; }

    public ReadOnlyMemory<byte> Payload { get; init; }

    public override string ToString() =>
        $"{Source.ToIPAddress()} > {Destination.ToIPAddress()} protocol {Protocol} len={Payload.Length}";
}

/// <summary>The ICMP message "port unreachable" about a datagram that nobody took.</summary>
public sealed record PortUnreachableNotice(UdpDatagram Original)
    : Packet(Original.Destination.WithoutPort(), Original.Source)
{
    public override string ToString() => $"{Destination} is told: nobody has {Original.Destination}";
}
