// A multicast group on loopback with one member and one sender, both the client's sockets. It knows nothing
// about rules; the options are those of Winsock.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

/// <summary>A group, its member and its sender.</summary>
public sealed class MulticastGroup : IDisposable
{
    private readonly TestClient _client;
    private readonly EndpointAddress _group;

    public MulticastGroup(
        ContractWorld world, TestClient client, ushort family, DatagramEvents? events = null,
        bool bindsGroup = false)
    {
        _client = client;
        var isV4 = family == AF_INET;
        var loopback = isV4 ? 0 : LoopbackIndex(world);
        var address = isV4 ? IPAddress.Parse("239.255.17.4") : IPAddress.Parse("ff11::17");
        var group = EndpointAddress.From(
            isV4 ? address : new IPAddress(address.GetAddressBytes(), loopback), 0);
        Member = client.Datagram(family, bindsGroup ? group : EndpointAddress.Wildcard(family), 0, events);
        Sender = client.Datagram(family);
        Port = client.BoundTo(Member).Port;
        _group = group.WithPort(Port);
        byte[] one = isV4 ? [127, 0, 0, 1] : BitConverter.GetBytes(loopback);
        var level = isV4 ? IPPROTO_IP : IPPROTO_IPV6;
        Set(Member, level, IP_ADD_MEMBERSHIP, [.. address.GetAddressBytes(), .. one]);
        Set(Sender, level, IP_MULTICAST_IF, one);
    }

    public nuint Member { get; }

    public nuint Sender { get; }

    public ushort Port { get; }

    public void Send(ReadOnlySpan<byte> data) =>
        Assert.Equal((STATUS_SUCCESS, (nuint)data.Length), _client.SendTo(Sender, data, _group));

    public void Dispose()
    {
        _client.Close(Member);
        _client.Close(Sender);
    }

    private void Set(nuint socket, uint level, uint option, byte[] value) => Assert.Equal(
        STATUS_SUCCESS,
        _client.ControlSocket(socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, option, level, value));

    private static uint LoopbackIndex(ContractWorld world) => world.Network is not null
        ? 1
        : (uint)System.Net.NetworkInformation.NetworkInterface.IPv6LoopbackInterfaceIndex;
}
