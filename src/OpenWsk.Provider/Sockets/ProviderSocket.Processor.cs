// Where a socket's work runs that does not run in a call: on the dispatcher on which the transport tells it
// what has happened. So callbacks of one socket come one at a time, and its completions in their order. It
// knows nothing about how sockets are spread over processors: the transport does that.
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    /// <summary>The dispatcher of the socket's callbacks and completions.</summary>
    public int Processor => Transport?.Processor ?? 0;

    // The item is in no queue.
    private void PostHere(DispatchItem item)
    {
        item.Processor = Processor;
        _provider.Executive.Scheduler.Post(item);
    }
}
