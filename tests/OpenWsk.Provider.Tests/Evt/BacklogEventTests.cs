// WskSendBacklogEvent: told with the new size when the transport changes it, and only when enabled. Rules
// EVT-25..27. The query of the same size: Ctls/BacklogTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class BacklogEventTests
{
    [ArmTheory]
    [Rule("EVT-25")]
    [Rule("EVT-27")]
    [Rule("EVT-26", Twin.Obeyed)]
    public void EVT_25_a_change_is_told_with_the_new_size_and_the_context(Arm arm) =>
        WithBacklog(arm, STATUS_SUCCESS, (world, plan, pair, calls) =>
        {
            plan.Tell(stream => stream.OnIdealSendBacklog(11_111));
            Assert.Empty(calls);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_SEND_BACKLOG);
            plan.Tell(stream => stream.OnIdealSendBacklog(22_222));
            plan.Tell(stream => stream.OnIdealSendBacklog(33_333));

            Assert.Equal([(TestPair.Context, 22_222ul), (TestPair.Context, 33_333ul)], calls);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_SEND_BACKLOG | WSK_EVENT_DISABLE);
            plan.Tell(stream => stream.OnIdealSendBacklog(44_444));
            Assert.Equal(2, calls.Count);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-26", Twin.Violated)]
    public void EVT_26_another_status_than_success_is_reported(Arm arm) =>
        WithBacklog(arm, STATUS_PENDING, (world, plan, pair, calls) =>
        {
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_SEND_BACKLOG);
            plan.Tell(stream => stream.OnIdealSendBacklog(1));

            Assert.Single(calls);
            Assert.Equal(["EVT-26"], world.Breaches);
        });

    private static void WithBacklog(
        Arm arm,
        NTSTATUS answer,
        Action<ContractWorld, PlannedTransport, TestPair, List<(ulong Context, ulong Bytes)>> body)
    {
        var plan = default(PlannedTransport);
        ContractWorld.Run(
            arm,
            world =>
            {
                var calls = new List<(ulong Context, ulong Bytes)>();
                using var pair = new TestPair(world);
                var callback = world.Executive.Code.Register(arguments =>
                {
                    Assert.Equal(2, world.Executive.CurrentThread.Irql);
                    calls.Add((arguments[0], arguments[1]));
                    return (uint)answer;
                });
                ref var table = ref GuestMemory.Ref<WSK_CLIENT_CONNECTION_DISPATCH>((nuint)pair.Events.Table);
                table.WskSendBacklogEvent = callback;
                body(world, plan!, pair, calls);
                pair.Client.Run(irp => pair.Close(irp));
                world.Executive.Code.Unregister(callback);
            },
            wrap: (inner, executive) => plan = new PlannedTransport(inner, executive));
    }
}
