// WskListen. Rules LISTEN-01..08, BIND-15, BIND-16, ADDR-07, DIFF-09, OPEN-05. What the roles of a stream
// socket mean for its other functions is Stream/.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ListenTests
{
    [ArmTheory]
    [Rule("LISTEN-01")]
    [Rule("LISTEN-02")]
    [Rule("LISTEN-03")]
    [Rule("LISTEN-06", Twin.Obeyed)]
    [Rule("DIFF-09")]
    [Rule("BIND-15")]
    [Rule("ADDR-07")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void LISTEN_01_a_bound_stream_socket_listens_from_WskListen_on(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var address = client.FreePort(TestListener.Loopback(family));
            var socket = client.Open(WSK_FLAG_STREAM_SOCKET, family);
            Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Address(address)));
            Assert.Equal(address, client.BoundTo(socket));
            Assert.True(world.IsRefused(address));
            using var irp = client.Irp();

            Assert.Equal(STATUS_PENDING, client.TryListen(socket, irp));
            Assert.Equal((STATUS_SUCCESS, (nuint)0), (irp.Wait(), irp.Information));
            Assert.True(irp.PendingReturned);
            using var peer = world.Connect(address);
            var accepted = client.Accept(socket);
            Assert.Equal(peer.LocalAddress, client.RemoteAddress(accepted).Address);
            Assert.Empty(world.Breaches);
            client.Close(accepted);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("LISTEN-01")]
    public void LISTEN_01_it_may_be_over_when_the_call_returns(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(WSK_FLAG_STREAM_SOCKET);
            client.Bind(socket, client.Address(TestListener.Loopback(AF_INET)));
            using var irp = client.Irp();

            Assert.Equal(STATUS_SUCCESS, client.TryListen(socket, irp));
            Assert.Equal((1, STATUS_SUCCESS, false), (irp.Completions, irp.Status, irp.PendingReturned));
            using var peer = world.Connect(client.BoundTo(socket));
            client.Close(socket);
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("BIND-16")]
    public void BIND_16_a_wildcard_is_reached_at_a_local_address(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(
            world, new ListenerOptions { IsStream = true, Address = EndpointAddress.Wildcard(AF_INET) });
        Assert.True(listener.Address.IsWildcard);
        Assert.NotEqual(0, listener.Address.Port);
        var local = TestListener.Loopback(AF_INET).WithPort(listener.Address.Port);
        listener.Connect(local);

        Assert.Equal(local, listener.Client.LocalAddress(listener.Accept()).Address);
    });

    [ArmTheory]
    [Rule("LISTEN-04")]
    [Rule("OPEN-15")]
    public void LISTEN_04_a_broken_socket_cannot_listen(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(WSK_FLAG_STREAM_SOCKET);
        client.Bind(socket, client.Address(TestListener.Loopback(AF_INET)));
        world.Provider.BreakSocket(socket);
        using var irp = client.Irp();

        Assert.Equal(STATUS_FILE_FORCED_CLOSED, client.TryListen(socket, irp));
        Assert.Equal((1, STATUS_FILE_FORCED_CLOSED), (irp.Completions, irp.Status));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("LISTEN-05")]
    [Rule("LISTEN-06", Twin.Violated)]
    [Rule("OPEN-05")]
    public void LISTEN_06_an_unbound_socket_cannot_listen(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(WSK_FLAG_STREAM_SOCKET);
        using var irp = client.Irp();

        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.TryListen(socket, irp));
        Assert.Equal((1, STATUS_INVALID_DEVICE_STATE), (irp.Completions, irp.Status));
        Assert.Equal(["LISTEN-06"], world.Breaches);
        // It is as before: it can be bound and listen.
        Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any()));
        Assert.Equal(STATUS_SUCCESS, client.Listen(socket));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("LISTEN-05")]
    [Rule("OPEN-05")]
    public void OPEN_05_a_second_WskListen_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world, new ListenerOptions { IsStream = true });

        Assert.Equal(STATUS_INVALID_DEVICE_STATE, listener.Client.Listen(listener.Socket));
        listener.Connect();
        listener.Accept();
    });

    [ArmTheory]
    [Rule("LISTEN-08")]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET)]
    [InlineData(WSK_FLAG_BASIC_SOCKET)]
    public void LISTEN_08_no_other_table_has_it(Arm arm, uint category) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(category);
        var code = world.Executive.Code.AddressOf(
            world.Executive.Routines.Get(Kernel.Libraries.Wsk, "WskListen"));
        var table = new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch;

        for (var i = 0; i < 20; i++)
            Assert.NotEqual(code, GuestMemory.Read<nuint>(table + (nuint)(8 * i)));
        Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, client.Run(irp => world.Call(code, socket, irp)));
        Assert.Equal(["SOCK-37"], world.Breaches);
        client.Close(socket);
    });
}
