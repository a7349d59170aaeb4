// WskSocketConnect: what a successful call gives. Rules SCONN-01, 02, 04, 06, 09..12, 26..29, 35, 44.
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
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SCONN_01_one_call_gives_a_socket_that_sends_receives_and_knows_its_addresses(Arm arm, ushort family) =>
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
}
