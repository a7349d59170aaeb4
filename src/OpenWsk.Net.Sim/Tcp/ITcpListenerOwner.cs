// What a listening port tells whoever uses it: a transport's socket or a scripted peer. Calls come while a
// segment or a timer is handled, on the dispatcher. Implementations: SimListenSocket, SimListener.
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Tcp;

/// <summary>The user of a listening port.</summary>
internal interface ITcpListenerOwner
{
    /// <summary>One more connection waits to be taken.</summary>
    void OnReady();

    /// <summary>Conditional mode: a peer asks for a connection and waits for the decision.</summary>
    void OnRequest(in ConnectionRequest request);

    /// <summary>Conditional mode: a request is gone that was not rejected and did not become ready.</summary>
    void OnRequestDropped(ulong requestId);
}
