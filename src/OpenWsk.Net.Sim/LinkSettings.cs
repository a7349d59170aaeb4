// How the way from one host to another behaves. A link is directed: the way back has settings of its own.
// It knows nothing about single packets; a rule (PacketRule) decides about those.
namespace OpenWsk.Net.Sim;

/// <summary>Properties of the directed way between two hosts.</summary>
public sealed record LinkSettings
{
    /// <summary>Time that every packet takes. Units: nanoseconds.</summary>
    public long LatencyNs { get; init; } = 500_000;

    /// <summary>
    /// Probability that a packet is lost, from 0 to 1; drawn from the network's own random stream.
    /// </summary>
    public double LossRate { get; init; }

    /// <summary>Largest packet. Units: bytes.</summary>
    public int MtuBytes { get; init; } = 1500;

    /// <summary>Routers on the way: each takes one from the hop limit and loses what has none left.</summary>
    public int Hops { get; init; }
}
