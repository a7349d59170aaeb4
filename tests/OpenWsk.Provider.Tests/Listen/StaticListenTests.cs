// A static WskAcceptEvent and the bind that makes its socket listen. Rule BIND-18.
// What static events mean for accepted sockets is Accept/InheritTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class StaticListenTests
{
    [ArmTheory]
    [Rule("BIND-18")]
    public void BIND_18_a_static_callback_may_run_before_the_bind_has_completed(Arm arm)
    {
        ArrivingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                using var events = new TestListenEvents(world.Executive);
                Assert.Equal(
                    STATUS_SUCCESS,
                    client.Control(
                        WSK_SET_STATIC_EVENT_CALLBACKS, 16, client.EventControl(WSK_EVENT_ACCEPT)));
                var address = client.FreePort(TestListener.Loopback(AF_INET));
                var socket = client.Open(WSK_FLAG_LISTEN_SOCKET, dispatch: events.Table);
                using var bind = client.Irp();
                IPeer? peer = null;
                transport!.Arrive = () => peer = world.Connect(address);
                var completions = -1;
                events.OnAccept = _ =>
                {
                    completions = bind.Completions;
                    return STATUS_SUCCESS;
                };

                Assert.Equal(
                    STATUS_PENDING,
                    world.Call(client.Function(socket, "WskBind"), socket, client.Address(address), 0, bind));
                transport.Report();
                var accepted = events.WaitForAccept();
                Assert.Equal(STATUS_SUCCESS, bind.Wait());
                Assert.Equal((0, peer!.LocalAddress), (completions, accepted.Remote));
                peer.Dispose();
                client.Close(accepted.Socket);
                client.Close(socket);
            },
            wrap: (inner, executive) => transport = new ArrivingTransport(inner, executive));
    }
}
