// Tells a scripted peer that its connection is over or was never made. Only peers see it: a provider gets the
// status through its port, never an exception.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim.Peers;

/// <summary>A scripted peer's connection failed.</summary>
public sealed class SimConnectionException(NTSTATUS status) : IOException($"The connection ended: {status}.")
{
    /// <summary>Why.</summary>
    public NTSTATUS Status { get; } = status;
}
