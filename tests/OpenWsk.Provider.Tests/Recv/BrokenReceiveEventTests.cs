// WskReceiveEvent of a socket that is no longer functional: one NULL indication, then nothing. Rules RECV-24,
// RECV-25, DISC-25. Calls on such a socket: Sock/BrokenSocketTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class BrokenReceiveEventTests
{
    [ArmTheory]
    [Rule("RECV-24")]
    [Rule("RECV-25", Twin.Obeyed)]
    [InlineData(true)]
    [InlineData(false)]
    public void RECV_24_a_null_indication_tells_it_once(Arm arm, bool isPlanned)
    {
        var plan = default(PlannedTransport);
        ContractWorld.Run(
            arm,
            world =>
            {
                using var pair = new TestPair(world);
                pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
                if (isPlanned)
                    world.Provider.BreakSocket(pair.Socket);
                else
                    plan!.Tell(stream => stream.OnBroken());
                pair.Events.WaitForReceives(1);
                pair.Peer.Dispose();
                plan!.Tell(stream => stream.OnBroken());
                Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));

                var call = Assert.Single(pair.Events.Receives);
                Assert.Equal(
                    (TestPair.Context, 0ul, (nuint)0),
                    (call.Context, (ulong)call.Indication.Address, call.BytesIndicated));
                Assert.Equal(WSK_FLAG_AT_DISPATCH_LEVEL, call.Flags);
                Assert.Empty(pair.Events.Disconnects);
                Assert.Empty(world.Breaches);
            },
            wrap: (inner, executive) => plan = new PlannedTransport(inner, executive));
    }

    [ArmTheory]
    [Rule("RECV-25", Twin.Violated)]
    public void RECV_25_a_call_after_the_null_indication_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            world.Provider.BreakSocket(pair.Socket);
            pair.Events.WaitForReceives(1);

            Assert.Equal(STATUS_FILE_FORCED_CLOSED, pair.Client.Send(pair.Socket, "x"u8).Status);
            Assert.Equal(["RECV-25"], world.Breaches);
        });

    [ArmTheory]
    [Rule("RECV-24")]
    public void RECV_24_without_the_callback_nothing_is_called(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        world.Provider.BreakSocket(pair.Socket);
        Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));
        Assert.Empty(pair.Events.Receives);
    });
}
