// Listening sockets: what makes them listen, where, and how many may wait. Rules SOCK-07, SOCK-16, SOCK-39,
// BIND-07, BIND-08, LISTEN-09, ADDR-07, ADDR-14, REL-13, DIFF-23, OBS-09, OPEN-08, OPEN-34.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ListenSocketTests
{
    [ArmTheory]
    [Rule("SOCK-07")]
    [Rule("ADDR-14")]
    [Rule("REL-13")]
    public void SOCK_07_the_socket_has_the_listen_table(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(WSK_FLAG_LISTEN_SOCKET);
        var members = new[]
        {
            "WskControlSocket", "WskCloseSocket", "WskBind", "WskAccept", "WskInspectComplete",
            "WskGetLocalAddress",
        };

        var table = new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch;
        for (var i = 0; i < members.Length; i++)
        {
            var code = world.Executive.Code.AddressOf(
                world.Executive.Routines.Get(Kernel.Libraries.Wsk, members[i]));
            Assert.Equal(code, GuestMemory.Read<nuint>(table + (nuint)(8 * i)));
        }
        // Behind it there is neither WskGetRemoteAddress nor WskRelease.
        var beyond = GuestMemory.Read<nuint>(table + (nuint)(8 * members.Length));
        Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, world.Call(beyond, socket));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("SOCK-16")]
    [Rule("OPEN-08")]
    [InlineData(AF_INET, SOCK_STREAM, IPPROTO_TCP, STATUS_SUCCESS)]
    [InlineData(AF_INET6, SOCK_STREAM, IPPROTO_TCP, STATUS_SUCCESS)]
    [InlineData(AF_INET, SOCK_STREAM, IPPROTO_UDP, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(AF_INET6, SOCK_STREAM, 0u, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_TCP, STATUS_PROTOCOL_UNREACHABLE)]
    public void SOCK_16_only_TCP_can_listen(
        Arm arm, ushort family, ushort type, uint protocol, NTSTATUS status) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var irp = client.Irp();
            client.TryOpen(irp, WSK_FLAG_LISTEN_SOCKET, family, type, protocol);

            Assert.Equal(status, irp.Wait());
            if (!status.IsSuccess())
                return;
            var socket = irp.Information;
            Assert.Equal(STATUS_SUCCESS, Bind(client, socket, TestListener.Loopback(family)));
            Close(client, socket);
        });

    [ArmTheory]
    [Rule("SOCK-16")]
    [Rule("DIFF-23")]
    [Rule("OBS-09")]
    [Rule("OPEN-08")]
    [InlineData(SOCK_DGRAM, IPPROTO_UDP)]
    [InlineData(SOCK_RAW, IPPROTO_ICMP)]
    public void OBS_09_a_listener_of_another_type_cannot_be_bound(Arm arm, ushort type, uint protocol) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(WSK_FLAG_LISTEN_SOCKET, type: type, protocol: protocol);
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_PENDING,
                world.Call(client.Function(socket, "WskBind"), socket, client.Any(), 0, irp));
            Assert.Equal((STATUS_NOT_IMPLEMENTED, (nuint)0), (irp.Wait(), irp.Information));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("BIND-07")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void BIND_07_requests_are_taken_from_the_bind_on_and_not_before(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var address = client.FreePort(TestListener.Loopback(family));
            var socket = client.Open(WSK_FLAG_LISTEN_SOCKET, family);
            Assert.True(world.IsRefused(address));

            Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Address(address)));
            using var peer = world.Connect(address);
            Assert.Equal(address, peer.RemoteAddress);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("BIND-07")]
    [Rule("OPEN-05")]
    public void BIND_07_a_bind_that_fails_changes_nothing(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        var other = listener.Client.Open(WSK_FLAG_LISTEN_SOCKET);

        Assert.Equal(
            STATUS_ADDRESS_ALREADY_EXISTS,
            listener.Client.Bind(other, listener.Client.Address(listener.Address)));
        Assert.Equal(
            STATUS_SUCCESS,
            listener.Client.Bind(other, listener.Client.Address(TestListener.Loopback(AF_INET))));
        var bound = listener.Client.BoundTo(other);
        listener.Connect(bound);
        listener.Own(listener.Client.Accept(other));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, listener.Client.Bind(other, listener.Client.Any()));
        listener.Client.Close(other);
    });

    [ArmTheory]
    [Rule("BIND-08")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2")]
    public void BIND_08_the_wildcard_takes_requests_on_every_local_address(Arm arm, string local) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(
                world, new ListenerOptions { Address = EndpointAddress.Wildcard(AF_INET) });
            var address = EndpointAddress.From(
                world.Network is null ? IPAddress.Parse(local) : SimAddress(local), listener.Address.Port);
            listener.Connect(address);

            Assert.Equal(address, listener.Client.LocalAddress(listener.Accept()).Address);
        });

    [ArmTheory]
    [Rule("LISTEN-09")]
    [Rule("ADDR-07")]
    public void LISTEN_09_connections_wait_until_they_are_accepted(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        var peers = Enumerable.Range(0, 4).Select(_ => listener.Connect()).ToArray();
        for (var i = 0; i < peers.Length; i++)
            peers[i].Send([(byte)i]);
        var seen = new List<EndpointAddress>();
        for (var i = 0; i < peers.Length; i++)
        {
            var accepted = listener.Accept();
            seen.Add(listener.Client.RemoteAddress(accepted).Address);
            Assert.Equal(new[] { (byte)i }, listener.Client.Receive(accepted, 1).Data);
        }

        Assert.Equal(peers.Select(p => p.LocalAddress), seen);
        Assert.Empty(world.Breaches);
    });

    [Fact]
    [Rule("OPEN-34")]
    [Rule("LISTEN-09")]
    public void OPEN_34_what_exceeds_the_backlog_is_dropped() => ContractWorld.Run(
        Arm.Sim,
        world =>
        {
            using var listener = new TestListener(world);
            listener.Connect();
            listener.Connect();
            using var connected = world.Start(() => listener.Connect());

            world.StaysUnset(connected);
            listener.Accept();
            // Its next SYN finds room.
            connected.Wait();
            listener.Accept();
            listener.Accept();
        },
        new WskSettings { ListenBacklog = 2 });

    [Fact]
    [Rule("OPEN-34")]
    public void OPEN_34_the_backlog_is_128_unless_the_world_says_otherwise() =>
        Assert.Equal(128, new WskSettings().ListenBacklog);

    [ArmTheory]
    [Rule("SOCK-39")]
    [Rule("ACCEPT-12")]
    [Rule("ACCEPT-13")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void SOCK_39_a_dual_family_listener_serves_both(Arm arm, string local) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(
                world, new ListenerOptions { Family = AF_INET6, IsDualStack = true });
            var ip = IPAddress.Parse(local);
            var address = EndpointAddress.From(ip, listener.Address.Port);
            var buffers = (Local: listener.Client.Memory(28), Remote: listener.Client.Memory(28));
            var peer = listener.Connect(address);
            var accepted = listener.Own(
                listener.Client.Accept(listener.Socket, local: buffers.Local, remote: buffers.Remote));

            var expected = EndpointAddress.From(ip.MapToIPv6(), listener.Address.Port);
            Assert.Equal(expected, Read(buffers.Local));
            Assert.Equal(peer.LocalAddress.ToIPAddress().MapToIPv6(), Read(buffers.Remote).ToIPAddress());
            Assert.Equal(peer.LocalAddress.Port, Read(buffers.Remote).Port);
            Assert.Equal(AF_INET6, listener.Client.RemoteAddress(accepted).Address.Family);
            peer.Send("data"u8);
            Assert.Equal("data"u8.ToArray(), listener.Client.Receive(accepted, 4).Data);
        });

    [ArmTheory]
    [Rule("SOCK-39")]
    public void SOCK_39_without_the_option_IPv4_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        // IPv4 has the port to itself, so it must be one that nobody listens on there.
        var port = world.FreePort().Port;
        using var listener = new TestListener(
            world,
            new ListenerOptions { Family = AF_INET6, Address = EndpointAddress.Wildcard(AF_INET6, port) });

        Assert.True(world.IsRefused(EndpointAddress.From(IPAddress.Loopback, port)));
        listener.Connect(EndpointAddress.From(IPAddress.IPv6Loopback, listener.Address.Port));
    });

    // The simulated host has its own address beside loopback.
    private static IPAddress SimAddress(string local) =>
        IPAddress.Parse(local == "127.0.0.2" ? "10.0.0.1" : local);

    private static NTSTATUS Bind(TestClient client, nuint socket, EndpointAddress local) =>
        client.Run(irp => client.World.Call(
            GuestMemory.Read<WSK_PROVIDER_LISTEN_DISPATCH>(
                new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch).WskBind,
            socket, client.Address(local), 0, irp));

    private static void Close(TestClient client, nuint socket) =>
        Assert.Equal(STATUS_SUCCESS, client.Close(socket));

    private static EndpointAddress Read(nuint memory)
    {
        Assert.True(EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(memory), out var address));
        return address;
    }
}
