// WskSocketConnect: what a successful call gives. Rules SCONN-01, 02, 04, 06, 09..12, 29, 33, 35, 38, 44 and
// the obeyed twins of the plain client rules. It knows nothing about failures: see
// SocketConnectFailureTests.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketConnectTests
{
    [ArmTheory]
    [Rule("SCONN-01")]
    [Rule("SCONN-04")]
    [Rule("SCONN-29")]
    [Rule("SCONN-03", Twin.Obeyed)]
    [Rule("SCONN-07", Twin.Obeyed)]
    [Rule("SCONN-08", Twin.Obeyed)]
    [Rule("SCONN-13", Twin.Obeyed)]
    [Rule("SCONN-25", Twin.Obeyed)]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SCONN_01_one_call_gives_a_socket_that_sends_receives_and_knows_its_addresses(
        Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            var socket = client.Connect(listener.Address);
            using var peer = listener.Accept();

            Assert.Equal((STATUS_SUCCESS, (nuint)5), client.Send(socket, "hello"u8));
            Assert.Equal("hello"u8.ToArray(), peer.Receive(5));
            peer.Send("world!"u8);
            var (status, data) = client.Receive(socket, 64);
            Assert.Equal(STATUS_SUCCESS, status);
            Assert.Equal("world!"u8.ToArray(), data);
            Assert.Equal((STATUS_SUCCESS, listener.Address), client.RemoteAddress(socket));
            Assert.Equal((STATUS_SUCCESS, peer.RemoteAddress), client.LocalAddress(socket));
            Assert.Equal(STATUS_SUCCESS, client.Close(socket));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SCONN-02")]
    public void SCONN_02_the_socket_has_the_connection_table(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        var connected = client.Connect(listener.Address);
        var made = client.Socket();

        Assert.Equal(
            new GuestPtr<WSK_SOCKET>(made).Value.Dispatch,
            new GuestPtr<WSK_SOCKET>(connected).Value.Dispatch);
        var table = TestClient.Functions(connected);
        nuint[] members =
        [
            table.Basic.WskControlSocket, table.Basic.WskCloseSocket, table.WskBind, table.WskConnect,
            table.WskGetLocalAddress, table.WskGetRemoteAddress, table.WskSend, table.WskReceive,
            table.WskDisconnect, table.WskRelease, table.WskConnectEx, table.WskSendEx, table.WskReceiveEx,
        ];
        Assert.All(members, member => Assert.True(world.Executive.Code.IsCode(member)));
        Assert.Equal(members.Length, members.Distinct().Count());
        client.Close(made);
        client.Close(connected);
    });

    [ArmTheory]
    [Rule("SCONN-06")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SCONN_06_the_family_is_that_of_the_local_address(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            var socket = client.Connect(listener.Address);

            Assert.Equal(family, client.BoundTo(socket).Family);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("SCONN-09")]
    [Rule("SCONN-12")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SCONN_09_a_specific_local_address_and_port_are_kept(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            var local = client.FreePort(Loopback(family));
            using var irp = client.Irp();
            client.SocketConnect(irp, client.Address(local), client.Address(listener.Address));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            using var peer = listener.Accept();

            Assert.Equal((STATUS_SUCCESS, local), client.LocalAddress(irp.Information));
            Assert.Equal((STATUS_SUCCESS, listener.Address), client.RemoteAddress(irp.Information));
            Assert.Equal(local, peer.RemoteAddress);
            client.Close(irp.Information);
        });

    [ArmTheory]
    [Rule("SCONN-10")]
    [Rule("SCONN-11")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SCONN_10_a_wildcard_becomes_the_routed_address_and_port_0_a_real_port(
        Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            var socket = client.Connect(listener.Address);

            var local = client.BoundTo(socket);
            Assert.Equal(Loopback(family), local.WithoutPort());
            Assert.NotEqual(0, local.Port);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("SCONN-33")]
    public void SCONN_33_values_of_the_transport_list_are_valid_arguments(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var streams = client.Transports().Where(t => t.SocketType == SOCK_STREAM).ToList();

            Assert.Equal([AF_INET, AF_INET6], streams.Select(t => t.AddressFamily));
            foreach (var transport in streams)
            {
                using var listener = world.Listen(transport.AddressFamily);
                using var irp = client.Irp();
                client.SocketConnect(
                    irp, client.Any(transport.AddressFamily), client.Address(listener.Address),
                    transport.SocketType, transport.Protocol);
                Assert.Equal(STATUS_SUCCESS, irp.Wait());
                client.Close(irp.Information);
            }
        });

    [ArmTheory]
    [Rule("SCONN-35")]
    public void SCONN_35_the_outcome_is_that_of_socket_bind_and_connect(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var one = client.Connect(listener.Address);
            var three = client.Socket();
            Assert.Equal(STATUS_SUCCESS, client.Bind(three, client.Any()));
            Assert.Equal(STATUS_SUCCESS, client.ConnectTo(three, client.Address(listener.Address)));
            foreach (var socket in new[] { one, three })
            {
                using var peer = listener.Accept();
                Assert.Equal(peer.RemoteAddress, client.BoundTo(socket));
                Assert.Equal((STATUS_SUCCESS, listener.Address), client.RemoteAddress(socket));
                // Bound and connected already: neither can be done again, the same way on both.
                Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Bind(socket, client.Any()));
                Assert.Equal(
                    STATUS_INVALID_DEVICE_STATE, client.ConnectTo(socket, client.Address(listener.Address)));
                Assert.Equal((STATUS_SUCCESS, (nuint)3), client.Send(socket, "one"u8));
                Assert.Equal("one"u8.ToArray(), peer.Receive(3));
                Assert.Equal(STATUS_SUCCESS, client.Close(socket));
                Assert.False(peer.ReadsEnd());
            }
        });

    [ArmTheory]
    [Rule("SCONN-38")]
    public void SCONN_38_the_provider_makes_the_socket_object_and_takes_it_back_at_close(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var alive = new HashSet<ulong>();
            world.Watch = e =>
            {
                if (e.Kind == KernelEventKind.Created && e.Text == "socket")
                    alive.Add(e.Arguments[0]);
                if (e.Kind == KernelEventKind.Destroyed && e.Text == "socket")
                    Assert.True(alive.Remove(e.Arguments[0]));
            };
            var socket = client.Connect(listener.Address);

            Assert.Equal([socket], alive);
            Assert.Equal(1, world.Provider.OpenSockets);
            client.Close(socket);
            Assert.Empty(alive);
            Assert.Equal(0, world.Provider.OpenSockets);
        });

    [ArmTheory]
    [Rule("SCONN-44")]
    public void SCONN_44_it_is_the_third_member_of_the_provider_table(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            // Version and Reserved fill the first pointer, WskSocket the second.
            var member = GuestMemory.Read<nuint>(client.Npi.Value.Dispatch.Address + 16);
            using var irp = client.Irp();
            world.Call(
                member, client.Client, SOCK_STREAM, IPPROTO_TCP, client.Any(),
                client.Address(listener.Address),
                0, 0, 0, 0, 0, 0, irp);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            client.Close(irp.Information);
        });

    private static EndpointAddress Loopback(ushort family) =>
        EndpointAddress.From(family == AF_INET ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0);
}
