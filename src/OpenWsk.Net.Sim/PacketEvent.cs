// What observers of the network see: each packet when it is sent and when it arrives or is lost.
// A capture file or a test's expectations are written from these; they ask the network nothing.
namespace OpenWsk.Net.Sim;

/// <summary>What happened to a packet.</summary>
public enum PacketFate
{
    /// <summary>A host sent it.</summary>
    Sent,

    /// <summary>It arrived at its host.</summary>
    Arrived,

    /// <summary>A rule, a link or a route lost it.</summary>
    Lost,
}

/// <summary>One event of the network.</summary>
public readonly record struct PacketEvent(long TimeNs, PacketFate Fate, Packet Packet)
{
    public override string ToString() => $"{TimeNs} {Fate} {Packet}";
}
