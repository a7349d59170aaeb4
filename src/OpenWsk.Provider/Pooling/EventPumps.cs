// The items by which sockets have their callbacks called: a socket needs one only while it waits for the
// dispatcher, so they are the provider's and not the sockets', of which most are idle.
// It knows nothing about callbacks: Sockets/ProviderSocket.Events.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The event pumps of one provider.</summary>
internal sealed class EventPumps
{
    private readonly Executive _executive;
    private readonly PooledObjects<ProviderSocket.EventPump> _pool;

    public EventPumps(Executive executive)
    {
        _executive = executive;
        _pool = new PooledObjects<ProviderSocket.EventPump>(() => new ProviderSocket.EventPump(this));
    }

    /// <summary>A pump that nobody uses, for a socket.</summary>
    public ProviderSocket.EventPump Rent(ProviderSocket socket)
    {
        var pump = _pool.Rent(ref ThreadPools.Of(_executive.CurrentThread).Pumps);
        pump.Socket = socket;
        return pump;
    }

    /// <summary>Takes back a pump that is in no queue.</summary>
    public void Return(ProviderSocket.EventPump pump) =>
        _pool.Return(ref ThreadPools.Of(_executive.CurrentThread).Pumps, pump);
}
