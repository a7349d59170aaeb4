// Rules decide about single packets, before the link does: the scripted faults of a test. They are asked in
// the order in which they were added, and the first that does not pass a packet on has decided. It knows
// nothing about hosts; addresses are in the packet.
namespace OpenWsk.Net.Sim;

/// <summary>What a rule says about a packet.</summary>
public readonly record struct PacketVerdict
{
    private PacketVerdict(bool isDecided, bool isDropped, long extraDelayNs)
    {
        IsDecided = isDecided;
        IsDropped = isDropped;
        ExtraDelayNs = extraDelayNs;
    }

    /// <summary>The rule has no opinion: the next one is asked.</summary>
    public static PacketVerdict Pass => default;

    /// <summary>The packet is lost without a trace.</summary>
    public static PacketVerdict Drop => new(true, true, 0);

    /// <summary>Whether later rules and the link's loss rate are asked no more.</summary>
    public bool IsDecided { get; }

    /// <summary>Whether the packet is lost.</summary>
    public bool IsDropped { get; }

    /// <summary>Time on top of the link's latency. Units: nanoseconds.</summary>
    public long ExtraDelayNs { get; }

    /// <summary>The packet arrives later than others.</summary>
    public static PacketVerdict Delay(long extraNs) => new(true, false, extraNs);
}

/// <summary>Judges one packet at the moment it is sent.</summary>
public delegate PacketVerdict PacketRule(Packet packet);
