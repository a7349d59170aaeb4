// Which local addresses and ports of one host are taken, and by whom. A connection in TIME_WAIT takes
// nothing: Windows lets its port be bound again. It knows nothing about sharing rules; the caller says
// whether it may share.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>The local addresses in use at one host.</summary>
internal sealed class PortTable
{
    private readonly Dictionary<(ushort Family, ushort Port), List<EndpointAddress>> _bound = [];
    private readonly Dictionary<(ushort Family, ushort Port), int> _connections = [];
    private int _ephemeralNext;

    /// <summary>Takes an address, port 0 meaning any free one.</summary>
    /// <remarks>
    /// Errors: STATUS_ADDRESS_ALREADY_EXISTS; STATUS_TOO_MANY_ADDRESSES when no port is free.
    /// </remarks>
    /// <param name="isDual">The IPv6 wildcard is meant, and the one of IPv4 with it.</param>
    public NTSTATUS Bind(in EndpointAddress wanted, bool isShared, bool isDual, out EndpointAddress bound)
    {
        bound = wanted;
        if (wanted.Port == 0)
        {
            if (!TryFindFree(wanted.Family, isDual, out var port))
                return NTSTATUS.STATUS_TOO_MANY_ADDRESSES;
            bound = wanted.WithPort(port);
        }
        else if (!isShared && (IsTaken(wanted) || (isDual && IsTaken(V4Wildcard(wanted)))))
        {
            return NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS;
        }
        Add(bound);
        if (isDual)
            Add(V4Wildcard(bound));
        return NTSTATUS.STATUS_SUCCESS;
    }

    public void Release(in EndpointAddress bound, bool isDual)
    {
        Remove(bound);
        if (isDual)
            Remove(V4Wildcard(bound));
    }

    private static EndpointAddress V4Wildcard(in EndpointAddress address) =>
        EndpointAddress.Wildcard(WskConstants.AF_INET, address.Port);

    private void Add(in EndpointAddress bound)
    {
        var key = (bound.Family, bound.Port);
        if (!_bound.TryGetValue(key, out var addresses))
            _bound[key] = addresses = [];
        addresses.Add(bound);
    }

    private void Remove(in EndpointAddress bound)
    {
        var key = (bound.Family, bound.Port);
        if (!_bound.TryGetValue(key, out var addresses) || !addresses.Remove(bound))
            throw new InvalidOperationException($"{bound} is not bound.");
        if (addresses.Count == 0)
            _bound.Remove(key);
    }

    /// <summary>A connection uses the port, beside whoever bound it.</summary>
    public void AddConnection(in EndpointAddress local)
    {
        var key = (local.Family, local.Port);
        _connections[key] = _connections.GetValueOrDefault(key) + 1;
    }

    /// <summary>A connection has ended or entered TIME_WAIT.</summary>
    public void RemoveConnection(in EndpointAddress local)
    {
        var key = (local.Family, local.Port);
        var left = _connections[key] - 1;
        if (left == 0)
            _connections.Remove(key);
        else
            _connections[key] = left;
    }

    private bool IsTaken(in EndpointAddress wanted)
    {
        if (!_bound.TryGetValue((wanted.Family, wanted.Port), out var addresses))
            return false;
        foreach (var address in addresses)
        {
            if (address.IsWildcard || wanted.IsWildcard || address == wanted)
                return true;
        }
        return false;
    }

    // Ports are given out in turn, so that one comes again as late as possible.
    private bool TryFindFree(ushort family, bool isDual, out ushort port)
    {
        for (var tries = 0; tries < TcpDefaults.EphemeralPorts; tries++)
        {
            port = (ushort)(TcpDefaults.EphemeralPortFirst + _ephemeralNext);
            _ephemeralNext = (_ephemeralNext + 1) % TcpDefaults.EphemeralPorts;
            if (IsFree(family, port) && (!isDual || IsFree(WskConstants.AF_INET, port)))
                return true;
        }
        port = 0;
        return false;
    }

    private bool IsFree(ushort family, ushort port) =>
        !_bound.ContainsKey((family, port)) && !_connections.ContainsKey((family, port));
}
