// Everything but conditional accept can be done by calls alone. Rule EVT-24.
// Conditional accept: Inspect/.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class WithoutCallbacksTests
{
    [ArmTheory]
    [Rule("EVT-24")]
    public void EVT_24_a_whole_exchange_needs_no_callback(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        world.Watch = e =>
        {
            // Completion routines are called with a device object, callbacks with a context.
            if (e.Kind == KernelEventKind.Callback)
                Assert.Equal(3, e.ArgumentCount);
        };
        var listener = client.Open(WSK_FLAG_LISTEN_SOCKET);
        Assert.Equal(STATUS_SUCCESS, client.Bind(listener, client.Address(TestClient.Loopback())));
        var connection = client.Connect(client.BoundTo(listener));
        var accepted = client.Accept(listener);
        Assert.Equal((STATUS_SUCCESS, (nuint)4), client.Send(connection, "ping"u8));
        Assert.Equal("ping"u8.ToArray(), client.Receive(accepted, 4, WSK_FLAG_WAITALL).Data);
        using var finished = client.Irp();
        world.Call(TestClient.Functions(connection).WskDisconnect, connection, 0, 0, finished);
        Assert.Empty(client.Receive(accepted, 1).Data);
        Assert.Equal(STATUS_SUCCESS, client.Disconnect(accepted));
        Assert.Equal(STATUS_SUCCESS, finished.Wait());

        var (one, two) = (client.Datagram(), client.Datagram());
        Assert.Equal(STATUS_SUCCESS, client.SendTo(one, "datagram"u8, client.BoundTo(two)).Status);
        using (var receive = new DatagramReceive(client, two).Start())
        {
            Assert.Equal(STATUS_SUCCESS, receive.Wait());
            Assert.Equal("datagram", receive.Text);
        }
        foreach (var socket in new[] { one, two, accepted, connection, listener })
            Assert.Equal(STATUS_SUCCESS, client.Close(socket));
        world.Watch = null;
        Assert.Empty(world.Breaches);
    });
}
