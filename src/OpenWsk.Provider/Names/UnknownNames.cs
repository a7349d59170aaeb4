// The resolver of a world that was given none: no host has a name here, and only the services that every
// Windows comes with are known. Numeric text needs no resolver. Worlds with names: OpenWsk.Net.Host and
// OpenWsk.Net.Sim.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Knows no host.</summary>
internal sealed class UnknownNames : INameResolver
{
    public bool FindAddresses(AddressLookup lookup)
    {
        var isKnown = lookup.HostName is null;
        if (lookup.ServiceName is { } service)
        {
            lookup.TcpPort = WellKnownServices.FindPort(service, isDatagram: false);
            lookup.UdpPort = WellKnownServices.FindPort(service, isDatagram: true);
            isKnown &= lookup.TcpPort != 0 || lookup.UdpPort != 0;
        }
        lookup.Status = isKnown ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_NOT_FOUND;
        return true;
    }

    public bool FindNames(NameLookup lookup)
    {
        if (lookup.WantsServiceName)
            lookup.ServiceName = WellKnownServices.FindName(lookup.Address.Port, lookup.IsDatagram);
        lookup.Status = NTSTATUS.STATUS_SUCCESS;
        return true;
    }

    public void Cancel(TransportOperation lookup)
    {
    }

    public uint FindInterface(string name) => 0;
}
