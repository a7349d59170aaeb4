// One simulated host as the provider's transport. It makes sockets; everything else is theirs and the host's.
// It knows nothing about WSK.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Datagrams;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>The transport of one simulated host; <see cref="SimHost.Transport"/>.</summary>
public sealed class SimTransport : ITransport
{
    private readonly SimHost _host;
    private IAddressEvents? _watcher;

    private readonly SimInterfaces _interfaces;

    internal SimTransport(SimHost host)
    {
        _host = host;
        _interfaces = new SimInterfaces(host);
    }

    public INetworkInterfaces? Interfaces => _interfaces;

    public string Name => "sim";

    public bool SupportsFamily(ushort family) => family is WskConstants.AF_INET or WskConstants.AF_INET6;

    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket)
    {
        socket = SupportsFamily(family) ? new SimStreamSocket(_host, family, events) : null;
        return socket is null ? NTSTATUS.STATUS_PROTOCOL_UNREACHABLE : NTSTATUS.STATUS_SUCCESS;
    }

    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket)
    {
        socket = null;
        var isRaw = type == WskConstants.SOCK_RAW;
        var isKnown = isRaw
            ? protocol <= byte.MaxValue
            : type == WskConstants.SOCK_DGRAM && protocol == WskConstants.IPPROTO_UDP;
        if (!SupportsFamily(family) || !isKnown)
            return NTSTATUS.STATUS_PROTOCOL_UNREACHABLE;
        if (isRaw && !_host.AllowsRawSockets)
            return NTSTATUS.STATUS_ACCESS_DENIED;
        socket = new SimDatagramSocket(_host, family, isRaw, (byte)protocol, events);
        return NTSTATUS.STATUS_SUCCESS;
    }

    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) =>
        [.. _host.Addresses.Where(address => address.Family == family)];

    public void WatchAddresses(IAddressEvents? events) => _watcher = events;

    internal void TellAddressesChanged(ushort family)
    {
        _watcher?.OnAddressesChanged(family);
        _interfaces.TellChanged();
    }
}
