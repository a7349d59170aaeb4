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
    public NTSTATUS Bind(in EndpointAddress wanted, bool isShared, out EndpointAddress bound)
    {
        bound = wanted;
        if (wanted.Port == 0)
        {
            if (!TryFindFree(wanted.Family, out var port))
                return NTSTATUS.STATUS_TOO_MANY_ADDRESSES;
            bound = wanted.WithPort(port);
        }
        else if (!isShared && IsTaken(wanted))
        {
            return NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS;
        }
        var key = (bound.Family, bound.Port);
        if (!_bound.TryGetValue(key, out var addresses))
            _bound[key] = addresses = [];
        addresses.Add(bound);
        return NTSTATUS.STATUS_SUCCESS;
    }

    public void Release(in EndpointAddress bound)
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
    private bool TryFindFree(ushort family, out ushort port)
    {
        for (var tries = 0; tries < TcpDefaults.EphemeralPorts; tries++)
        {
            port = (ushort)(TcpDefaults.EphemeralPortFirst + _ephemeralNext);
            _ephemeralNext = (_ephemeralNext + 1) % TcpDefaults.EphemeralPorts;
            if (!_bound.ContainsKey((family, port)) && !_connections.ContainsKey((family, port)))
                return true;
        }
        port = 0;
        return false;
    }
}
