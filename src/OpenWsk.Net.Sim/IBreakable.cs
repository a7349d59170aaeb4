// What can lose the network under it: every socket of a provider. SimHost.Break tells them. Next:
// SimHost.Breaking.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>A socket that the host can break.</summary>
internal interface IBreakable
{
    /// <summary>
    /// The network is gone: what is under way ends, and every call but Close fails from now on.
    /// </summary>
    void Break(NTSTATUS status);
}

/// <summary>The event "broken" on its way to a socket's owner.</summary>
internal sealed class BrokenItem(ISocketEvents events, Func<bool> isClosed) : DispatchItem
{
    public override void Run()
    {
        if (!isClosed())
            events.OnBroken();
    }
}
