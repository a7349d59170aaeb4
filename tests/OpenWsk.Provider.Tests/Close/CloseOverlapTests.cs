// WskCloseSocket while another call on the socket has not returned. Rule CLOSE-04. The close itself:
// CloseTests.cs.
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

public sealed class CloseOverlapTests
{
    [ArmTheory]
    [Rule("CLOSE-04", Twin.Violated)]
    public void CLOSE_04_a_close_inside_a_call_is_reported_and_done(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            using var send = pair.Client.Irp();
            using var close = pair.Client.Irp();
            // The send completes inline, so its routine runs before WskSend has returned.
            send.OnCompletion = () => pair.Close(close);

            Assert.Equal(STATUS_SUCCESS, pair.Send(buffer, send));
            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.Equal(["CLOSE-04"], world.Breaches);
            Assert.Equal(0, world.Provider.OpenSockets);
        },
        new WskSettings { Completion = CompletionMode.Inline },
        (transport, executive) => new EagerTransport(transport, executive));
}
