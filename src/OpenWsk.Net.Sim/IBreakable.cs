// What can lose the network under it: every socket of a provider. SimHost.Break tells them. Next:
// SimHost.Breaking.cs.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim;

/// <summary>A socket that the host can break.</summary>
internal interface IBreakable
{
    /// <summary>
    /// The network is gone: what is under way ends, and every call but Close fails from now on.
    /// </summary>
    void Break(NTSTATUS status);
}
