// Clients that retain received data until memory is scarce: the callback asks for its release, and one who
// goes on is reported. Rules RECV-26, REL-09. Retaining and releasing as such: ReleaseTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ScarceMemoryTests
{
    [ArmTheory]
    [Rule("RECV-26")]
    [Rule("REL-09", Twin.Violated)]
    public void RECV_26_past_the_limit_release_is_asked_for_and_then_reported(Arm arm) =>
        Retain(arm, (world, pair) =>
        {
            Receive(pair, 5);
            Assert.Equal(
                [false, false, true, true, true],
                pair.Events.Receives.Select(r => (r.Flags & WSK_FLAG_RELEASE_ASAP) != 0));
            Assert.Equal(["REL-09"], world.Breaches);
            foreach (var call in pair.Events.Receives)
                Assert.Equal(STATUS_SUCCESS, pair.Release(call.Indication));
        });

    [ArmTheory]
    [Rule("RECV-26")]
    [Rule("REL-09", Twin.Obeyed)]
    public void REL_09_who_releases_is_asked_no_more(Arm arm) => Retain(arm, (world, pair) =>
    {
        for (var i = 1; i <= 6; i++)
        {
            Receive(pair, i);
            Assert.Equal(STATUS_SUCCESS, pair.Release(pair.Events.Receives[^1].Indication));
        }
        Assert.All(pair.Events.Receives, r => Assert.Equal(0u, r.Flags & WSK_FLAG_RELEASE_ASAP));
        Assert.Empty(world.Breaches);
    });

    private static void Retain(Arm arm, Action<ContractWorld, TestPair> body) => ContractWorld.Run(
        arm,
        world =>
        {
            using var pair = new TestPair(world);
            pair.Events.OnReceive = _ => STATUS_PENDING;
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            body(world, pair);
        },
        new WskSettings { RetainedIndicationsMax = 2 });

    // One callback for each byte, until there were so many.
    private static void Receive(TestPair pair, int count)
    {
        while (pair.Events.Receives.Count < count)
        {
            var next = pair.Events.Receives.Count + 1;
            pair.Peer.Send("x"u8);
            pair.Events.WaitForReceives(next);
        }
    }
}
