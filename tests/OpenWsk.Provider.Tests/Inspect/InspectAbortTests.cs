// Requests that are dropped before their connection stands, and WskAbortEvent. Rules INSPECT-28..34, 38,
// DIFF-03, OPEN-32.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class InspectAbortTests
{
    [ArmTheory]
    [Rule("INSPECT-29")]
    [Rule("INSPECT-31")]
    [Rule("INSPECT-32")]
    [Rule("INSPECT-08")]
    public void INSPECT_31_a_pended_request_that_its_peer_drops_is_aborted(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world);
            var peer = listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id;
            peer.Reset();
            var call = listener.Events.WaitForAbort();

            Assert.Equal((TestListener.Context, id), (call.Context, call.Id));
            Assert.Single(listener.Events.Aborts);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("INSPECT-28")]
    [Rule("OPEN-32")]
    [InlineData(WSK_INSPECT_ACTION.WskInspectAccept)]
    [InlineData(WSK_INSPECT_ACTION.WskInspectReject)]
    public void INSPECT_28_an_aborted_request_becomes_no_connection(Arm arm, WSK_INSPECT_ACTION action) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world);
            using var waiting = listener.Client.Irp();
            listener.TryAccept(waiting);
            var peer = listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id!.Value;
            peer.Reset();
            listener.Events.WaitForAbort();

            Assert.Equal(STATUS_SUCCESS, listener.Client.InspectComplete(listener.Socket, id, action));
            world.StaysPending(waiting);
            Assert.Single(listener.Events.Aborts);
            Assert.Empty(world.Breaches);
            // The waiting accept belongs to the next one.
            listener.Events.OnInspect = _ => WSK_INSPECT_ACTION.WskInspectAccept;
            var next = listener.BeginConnect();
            Assert.Equal(STATUS_SUCCESS, waiting.Wait());
            var accepted = listener.Own(waiting.Information);
            Assert.Equal(next.LocalAddress, listener.Client.RemoteAddress(accepted).Address);
        });

    [Fact]
    [Rule("INSPECT-29")]
    [Rule("DIFF-03")]
    public void INSPECT_29_an_accepted_request_that_never_stands_is_aborted() =>
        ContractWorld.Run(Arm.Sim, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsConditional = true });
            IPeer? peer = null;
            listener.Events.OnInspect = _ =>
            {
                // Its reset is on the way while the request is accepted.
                peer!.Reset();
                return WSK_INSPECT_ACTION.WskInspectAccept;
            };
            peer = listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id;

            Assert.Equal(id, listener.Events.WaitForAbort().Id);
        });

    [Fact]
    [Rule("INSPECT-29")]
    [Rule("INSPECT-31")]
    public void INSPECT_29_a_pended_request_whose_peer_falls_silent_is_aborted() =>
        ContractWorld.Run(Arm.Sim, world =>
        {
            using var listener = Pending(world);
            var peer = listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id;

            // Nobody answers the SYN for so long that the peer gives up.
            Assert.Equal(id, listener.Events.WaitForAbort().Id);
            Assert.Throws<Net.Sim.Peers.SimConnectionException>(peer.WaitUntilConnected);
        });

    [ArmTheory]
    [Rule("INSPECT-29")]
    [Rule("INSPECT-13")]
    public void INSPECT_29_pended_requests_of_a_broken_listener_are_aborted(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world);
            listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id;
            world.Provider.BreakSocket(listener.Socket);

            Assert.Equal(id, listener.Events.WaitForAbort().Id);
            Assert.Null(listener.Events.WaitForInspect(2).Id);
        });

    [ArmTheory]
    [Rule("INSPECT-30")]
    public void INSPECT_30_only_what_was_inspected_is_aborted(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = Pending(world);
        // It goes as soon as it comes: whether the client hears of it at all is open.
        listener.BeginConnect().Reset();
        var later = listener.BeginConnect();
        var calls = new List<InspectCall>();
        for (var i = 1; calls.All(c => c.Remote != later.LocalAddress); i++)
            calls.Add(listener.Events.WaitForInspect(i));

        var ids = calls.Select(c => c.Id!.Value).ToList();
        Assert.All(listener.Events.Aborts, abort => Assert.Contains(abort.Id, ids));
        listener.Client.InspectComplete(
            listener.Socket, calls[^1].Id!.Value, WSK_INSPECT_ACTION.WskInspectAccept);
        listener.Accept();
    });

    [ArmTheory]
    [Rule("INSPECT-34", Twin.Violated)]
    [Rule("OPEN-31")]
    public void INSPECT_34_another_answer_is_ignored_and_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = Pending(world);
        listener.Events.OnAbort = _ => STATUS_UNSUCCESSFUL;
        var peer = listener.BeginConnect();
        listener.Events.WaitForInspect();
        peer.Reset();
        listener.Events.WaitForAbort();

        listener.Close();
        Assert.Equal(["INSPECT-34"], world.Breaches);
    });

    [Fact]
    [Rule("INSPECT-38")]
    public void INSPECT_38_an_abort_may_come_after_a_rejection_has_begun() =>
        ContractWorld.Run(Arm.Sim, world =>
        {
            using var listener = Pending(world);
            using var irp = listener.Client.Irp();
            var peers = new[] { listener.BeginConnect(), listener.BeginConnect() };
            listener.Events.WaitForInspect(2);
            var ids = listener.Events.Inspects.Select(i => i.Id!.Value).ToArray();
            var copy = listener.Client.Copy(ids[1]);
            // Both requests are gone when the client hears of the first and rejects the second.
            listener.Events.OnAbort = call =>
            {
                if (call.Id.Equals(ids[0]))
                    listener.Client.TryInspectComplete(
                        listener.Socket, irp, copy, WSK_INSPECT_ACTION.WskInspectReject);
                return STATUS_SUCCESS;
            };
            foreach (var peer in peers)
                peer.Reset();

            Assert.Equal(ids[1], listener.Events.WaitForAbort(2).Id);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Empty(world.Breaches);
        });

    private static TestListener Pending(ContractWorld world)
    {
        var listener = new TestListener(world, new ListenerOptions { IsConditional = true });
        listener.Events.OnInspect = _ => WSK_INSPECT_ACTION.WskInspectPend;
        return listener;
    }
}
