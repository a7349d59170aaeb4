// What the account of a run says of sockets that are still there: which they are, by the addresses that a
// driver's author knows them by, and what holds their registration.
using OpenWsk.Kernel;
using OpenWsk.TestSupport;

namespace OpenWsk.Provider.Tests;

public sealed class SocketLeftoverTests
{
    [ArmTheory]
    public void A_socket_is_named_by_its_peer_or_its_own_address(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        var socket = client.Connect(listener.Address);
        Assert.EndsWith($" to {listener.Address}", Left(world, "socket").Detail, StringComparison.Ordinal);
        Assert.Equal("held by 1 capture and 1 open socket", Left(world, "registration").Detail);
        client.Close(socket);

        socket = client.Socket();
        Assert.StartsWith("Connection at 0x", Left(world, "socket").Detail, StringComparison.Ordinal);
        client.Bind(socket, client.Any());
        var local = client.LocalAddress(socket).Address;
        Assert.EndsWith($" on {local}", Left(world, "socket").Detail, StringComparison.Ordinal);
        client.Close(socket);
    });

    private static Leftover Left(ContractWorld world, string kind) =>
        Assert.Single(world.Executive.CollectLeftovers(), left => left.Kind == kind);
}
