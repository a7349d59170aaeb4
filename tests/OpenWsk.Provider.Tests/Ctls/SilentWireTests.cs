// What silent mode means on the wire, watched packet by packet: nothing leaves, whatever comes, not even at
// the close. Rules CTLS-47, CTLS-48. Only the simulated network has a peer that is elsewhere; what the host's
// transport does is tested with it. When the mode is there: SilentModeTests.cs.
using OpenWsk.Abi;
using OpenWsk.Net.Sim;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SilentWireTests
{
    [ArmTheory(Arm.Sim)]
    [Rule("CTLS-47")]
    [Rule("CTLS-48")]
    [InlineData(false)]
    [InlineData(true)]
    public void CTLS_48_nothing_is_sent_whatever_comes(Arm arm, bool peerResets) =>
        ContractWorld.Run(arm, world =>
        {
            var elsewhere = world.Network!.AddHost("elsewhere", "10.0.0.2");
            var listener = elsewhere.Listen("10.0.0.2:80");
            using var events = new TestEvents(world.Executive);
            using var client = new TestClient(world);
            var socket = client.Connect(listener.LocalAddress, dispatch: events.Table);
            var peer = listener.Accept();
            client.SetEvents(socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
            Assert.Equal(STATUS_SUCCESS, client.Ioctl(socket, SIO_WSK_SET_TCP_SILENT_MODE));
            var sent = new List<PacketEvent>();
            world.Network.Observe(e =>
            {
                if (e.Fate == PacketFate.Sent && e.Packet.Destination.WithoutPort()
                    == listener.LocalAddress.WithoutPort())
                    sent.Add(e);
            });
            Provoke(peer, peerResets);
            Pass(world, seconds: 30);

            // Neither an acknowledgment nor a callback; the close is quiet, too.
            Assert.Empty(events.Receives);
            Assert.Empty(events.Disconnects);
            Assert.Equal(STATUS_SUCCESS, client.Close(socket));
            Pass(world, seconds: 30);
            Assert.Empty(sent);
            Assert.Empty(world.Breaches);
        });

    private static void Provoke(SimConnection peer, bool resets)
    {
        peer.Send("are you there?"u8);
        if (resets)
            peer.Reset();
        else
            peer.ShutdownSend();
    }

    private static void Pass(ContractWorld world, int seconds)
    {
        using var never = new OpenWsk.Kernel.ManagedEvent(world.Executive);
        Assert.False(never.Wait(world.Executive.Clock.NowNs + (seconds * 1_000_000_000L)));
    }
}
