// What the Windows Filtering Platform of a world has redirected. There is no such platform here; a host or a
// test that plays one puts its data in. It knows nothing about sockets or IRPs: RedirectControl.cs.
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>The redirect data of one connection; both parts are opaque to WSK.</summary>
public sealed record RedirectData(ReadOnlyMemory<byte> Records, ReadOnlyMemory<byte> Context);

/// <summary>The redirected connections of one world.</summary>
public sealed class WfpRedirects
{
    private readonly Lock _gate = new();
    private readonly Dictionary<EndpointAddress, RedirectData> _byPeer = [];
    private readonly Dictionary<nuint, byte[]> _attached = [];

    /// <summary>Whether clients lack the right to the data: every control is STATUS_ACCESS_DENIED.</summary>
    public bool DeniesAccess { get; set; }

    /// <summary>The connection from this peer was redirected; null takes that back.</summary>
    public void Set(EndpointAddress peer, RedirectData? data)
    {
        lock (_gate)
        {
            if (data is null)
                _byPeer.Remove(peer);
            else
                _byPeer[peer] = data;
        }
    }

    /// <summary>The records that a client attached to a socket; empty for none.</summary>
    public ReadOnlyMemory<byte> AttachedTo(nuint socket)
    {
        lock (_gate)
            return _attached.GetValueOrDefault(socket);
    }

    internal RedirectData? Find(EndpointAddress peer)
    {
        lock (_gate)
            return _byPeer.GetValueOrDefault(peer);
    }

    internal void Attach(nuint socket, byte[] records)
    {
        lock (_gate)
            _attached[socket] = records;
    }

    internal void Detach(nuint socket)
    {
        lock (_gate)
            _attached.Remove(socket);
    }
}
