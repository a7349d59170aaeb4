// Part of SimHost: the addresses of its loopback interface (index 1) and of its one network adapter (index
// 2), which may come and go while the world runs. It knows nothing about what routes lead to.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

public sealed partial class SimHost
{
    private const int PrefixLengthV4 = 24;
    private const int PrefixLengthV6 = 64;

    private readonly List<(EndpointAddress Address, int PrefixLength)> _addresses = [];

    /// <summary>The host's addresses without the loopback ones, port 0.</summary>
    public IReadOnlyList<EndpointAddress> Addresses { get; private set; } = [];

    internal IReadOnlyList<(EndpointAddress Address, int PrefixLength)> PrefixedAddresses => _addresses;

    internal static EndpointAddress Loopback(ushort family) => EndpointAddress.From(
        family == WskConstants.AF_INET6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0);

    /// <summary>Whether the address means every host of a network that this host is on.</summary>
    internal bool IsBroadcast(in EndpointAddress address)
    {
        if (address.Family != WskConstants.AF_INET)
            return false;
        if (AddressKinds.IsLimitedBroadcast(address))
            return true;
        var wanted = address.WithoutPort();
        foreach (var (own, prefixLength) in _addresses)
        {
            if (!own.IsV6 && prefixLength < 31 && AddressKinds.LastOf(own, prefixLength) == wanted)
                return true;
        }
        return false;
    }

    /// <summary>Whether the address is of a network that this host is on.</summary>
    internal bool IsOnLinkOf(in EndpointAddress address)
    {
        if (address.IsLoopback)
            return true;
        foreach (var (own, prefixLength) in _addresses)
        {
            if (own.Family == WskConstants.AF_INET && address.Family == own.Family
                && AddressKinds.LastOf(own, prefixLength) == AddressKinds.LastOf(address, prefixLength))
                return true;
        }
        return false;
    }

    /// <summary>Index of the interface that has the address, or one that no interface has.</summary>
    internal uint InterfaceOf(in EndpointAddress address)
    {
        if (address.IsLoopback)
            return AddressKinds.LoopbackInterface;
        return HasAddress(address) ? AddressKinds.AdapterInterface : uint.MaxValue;
    }

    /// <summary>The interface for groups where nobody says which.</summary>
    internal uint DefaultInterface(ushort family) =>
        HasFamily(family) ? AddressKinds.AdapterInterface : AddressKinds.LoopbackInterface;

    internal bool TryFindAdapterAddress(ushort family, out EndpointAddress found)
    {
        found = Addresses.FirstOrDefault(address => address.Family == family);
        return found.Family != 0;
    }

    /// <summary>Adds "10.0.0.3", "10.0.0.3/24" or "fd00::3/64"; who watches the addresses is told.</summary>
    /// <remarks>Errors: throws <see cref="ArgumentException"/> when a host has it already.</remarks>
    public void AddAddress(string address)
    {
        var added = AddParsed(address);
        if (Network.FindOther(this, added) is { } owner || Addresses.Count(own => own == added) > 1)
        {
            _addresses.RemoveAt(_addresses.Count - 1);
            Addresses = [.. _addresses.Select(own => own.Address)];
            throw new ArgumentException($"{added} is taken.", nameof(address));
        }
        TellChange(added.Family);
    }

    /// <summary>
    /// Takes an address away. Its connections end without a packet (STATUS_CONNECTION_ABORTED); other sockets
    /// that are bound to it stay and are reached again when it comes back.
    /// </summary>
    public void RemoveAddress(string address)
    {
        var removed = AddressKinds.Plain(EndpointAddress.From(IPAddress.Parse(address), 0));
        if (_addresses.RemoveAll(own => own.Address == removed) == 0)
            throw new ArgumentException($"{Name} has no {address}.", nameof(address));
        Addresses = [.. _addresses.Select(own => own.Address)];
        var ending = _connections.Values.Where(each => each.Local.WithoutPort() == removed).ToList();
        new PostedCall(Scheduler,
            () => ending.ForEach(each => each.Lose(NTSTATUS.STATUS_CONNECTION_ABORTED))).Post();
        TellChange(removed.Family);
    }

    private void TellChange(ushort family) =>
        new PostedCall(Scheduler, () => Transport.TellAddressesChanged(family)).Post();

    // "10.0.0.1", "10.0.0.1/24", "fd00::1/64".
    private EndpointAddress AddParsed(string text)
    {
        var parts = text.Split('/');
        var address = AddressKinds.Plain(EndpointAddress.From(IPAddress.Parse(parts[0]), 0));
        var prefixLength = address.IsV6 ? PrefixLengthV6 : PrefixLengthV4;
        if (parts.Length > 1)
            prefixLength = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        _addresses.Add((address, prefixLength));
        Addresses = [.. _addresses.Select(own => own.Address)];
        return address;
    }
}
