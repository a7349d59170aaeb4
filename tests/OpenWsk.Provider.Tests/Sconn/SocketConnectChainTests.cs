// Connections that completion routines make and reset, one after the other on the dispatcher: a transport may
// use its sockets again there, and the next connection must have nothing of the last one. It knows nothing
// about whether the transport does.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketConnectChainTests
{
    private const int Rounds = 5;

    [ArmTheory]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void A_connection_behind_others_that_were_reset_is_as_good_as_the_first(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen(family);
            using var client = new TestClient(world);
            var irps = Enumerable.Range(0, 2 * Rounds + 1).Select(_ => client.Irp()).ToArray();
            var local = client.Any(family);
            var remote = client.Address(listener.Address);
            for (var i = 0; i + 1 < irps.Length; i++)
            {
                var (irp, next) = (irps[i], irps[i + 1]);
                irp.OnCompletion = i % 2 == 0
                    ? () => world.Call(
                        TestClient.Functions(irp.Information).Basic.WskCloseSocket, irp.Information, next)
                    : () => client.SocketConnect(next, local, remote);
            }
            client.SocketConnect(irps[0], local, remote);
            Assert.All(irps, irp => Assert.Equal(STATUS_SUCCESS, irp.Wait()));
            Assert.All(irps, irp => Assert.Equal(1, irp.Completions));
            var socket = irps[^1].Information;
            Assert.Equal(1, world.Provider.OpenSockets);

            // Those before may have been turned away with their reset, so they are not counted.
            var (status, address) = client.LocalAddress(socket);
            Assert.Equal(STATUS_SUCCESS, status);
            Assert.Equal((STATUS_SUCCESS, listener.Address), client.RemoteAddress(socket));
            Assert.Equal((STATUS_SUCCESS, (nuint)3), client.Send(socket, [1, 2, 3]));
            using var peer = AcceptFrom(listener, address);
            Assert.Equal([1, 2, 3], peer.Receive(3));
            peer.Send([4, 5]);
            var (received, data) = client.Receive(socket, 2, WSK_FLAG_WAITALL);
            Assert.Equal(STATUS_SUCCESS, received);
            Assert.Equal([4, 5], data);
            Assert.Equal(STATUS_SUCCESS, client.Close(socket));
            Array.ForEach(irps, irp => irp.Dispose());
        });

    private static IPeer AcceptFrom(IPeerListener listener, EndpointAddress address)
    {
        while (true)
        {
            var peer = listener.Accept();
            if (peer.RemoteAddress == address)
                return peer;
            peer.Dispose();
        }
    }
}
