// What no peer can bring about: a Listen that the transport refuses, a request that is gone before the client
// could be asked. Rules BIND-07, LISTEN-05, STREAM-12, INSPECT-30. They use ArrivingTransport.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ListenFailureTests
{
    [ArmTheory]
    [Rule("BIND-07")]
    public void BIND_07_a_bind_that_cannot_listen_can_be_repeated(Arm arm) => Run(arm, (world, transport) =>
    {
        using var client = new TestClient(world);
        var address = client.FreePort(TestListener.Loopback(AF_INET));
        var socket = client.Open(WSK_FLAG_LISTEN_SOCKET);
        transport.ListenFailure = STATUS_INSUFFICIENT_RESOURCES;

        Assert.Equal(STATUS_INSUFFICIENT_RESOURCES, client.Bind(socket, client.Address(address)));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.LocalAddress(socket).Status);
        Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Address(address)));
        using var peer = world.Connect(address);
        client.Close(client.Accept(socket));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("LISTEN-05")]
    [Rule("STREAM-12")]
    [InlineData(false)]
    [InlineData(true)]
    public void STREAM_12_a_failed_listen_leaves_both_roles_open(Arm arm, bool connects) =>
        Run(arm, (world, transport) =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(WSK_FLAG_STREAM_SOCKET);
            client.Bind(socket, client.Address(TestListener.Loopback(AF_INET)));
            transport.ListenFailure = STATUS_INSUFFICIENT_RESOURCES;

            Assert.Equal(STATUS_INSUFFICIENT_RESOURCES, client.Listen(socket));
            if (connects)
            {
                using var listener = world.Listen();
                var connect = client.Function(socket, "WskConnect");
                var remote = client.Address(listener.Address);
                Assert.Equal(STATUS_SUCCESS, client.Run(irp => world.Call(connect, socket, remote, 0, irp)));
                listener.Accept().Dispose();
            }
            else
            {
                Assert.Equal(STATUS_SUCCESS, client.Listen(socket));
                using var peer = world.Connect(client.BoundTo(socket));
                client.Close(client.Accept(socket));
            }
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("INSPECT-30")]
    public void INSPECT_30_what_was_never_inspected_is_not_aborted(Arm arm) => Run(arm, (world, transport) =>
    {
        using var listener = new TestListener(world, new ListenerOptions { IsConditional = true });
        transport.DropsRequest = true;
        listener.BeginConnect();
        var second = listener.BeginConnect();
        Assert.Equal(second.LocalAddress, listener.Events.WaitForInspect().Remote);
        listener.Accept();
        second.Reset();
        listener.Close();

        Assert.Single(listener.Events.Inspects);
        Assert.Empty(listener.Events.Aborts);
    });

    private static void Run(Arm arm, Action<ContractWorld, ArrivingTransport> body)
    {
        ArrivingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world => body(world, transport!),
            wrap: (inner, executive) => transport = new ArrivingTransport(inner, executive));
    }
}
