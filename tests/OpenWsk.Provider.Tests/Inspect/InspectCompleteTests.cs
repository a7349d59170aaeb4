// Inspections that pend until WskInspectComplete. Rules INSPECT-12, 18..28, OPEN-32, STREAM-11.
// What becomes of them when their peer goes is InspectAbortTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class InspectCompleteTests
{
    [ArmTheory]
    [Rule("INSPECT-18")]
    [Rule("INSPECT-21")]
    [Rule("INSPECT-24")]
    [Rule("INSPECT-12", Twin.Obeyed)]
    [Rule("INSPECT-19", Twin.Obeyed)]
    [Rule("INSPECT-20", Twin.Obeyed)]
    [Rule("INSPECT-22", Twin.Obeyed)]
    [Rule("INSPECT-23", Twin.Obeyed)]
    [InlineData(false)]
    [InlineData(true)]
    public void INSPECT_24_what_is_accepted_later_is_delivered_then(Arm arm, bool isEvent) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world, isEvent ? WSK_EVENT_ACCEPT : 0);
            using var waiting = listener.Client.Irp();
            if (!isEvent)
                listener.TryAccept(waiting);
            var first = listener.BeginConnect();
            var firstId = listener.Events.WaitForInspect().Id!.Value;
            var second = listener.BeginConnect();
            var secondId = listener.Events.WaitForInspect(2).Id!.Value;
            world.StaysPending(waiting);

            // The identifier decides, not the order.
            Assert.Equal(STATUS_SUCCESS, Complete(listener, secondId, isAccepted: true));
            if (isEvent)
            {
                Assert.Equal(second.LocalAddress, listener.Events.WaitForAccept().Remote);
            }
            else
            {
                Assert.Equal(STATUS_SUCCESS, waiting.Wait());
                var accepted = listener.Own(waiting.Information);
                Assert.Equal(second.LocalAddress, listener.Client.RemoteAddress(accepted).Address);
            }
            Assert.Equal(STATUS_SUCCESS, Complete(listener, firstId, isAccepted: true));
            if (isEvent)
                Assert.Equal(first.LocalAddress, listener.Events.WaitForAccept(2).Remote);
            else
                listener.Accept();
            Assert.Empty(listener.Events.Aborts);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("INSPECT-25")]
    [Rule("INSPECT-26")]
    public void INSPECT_25_what_is_rejected_later_becomes_no_connection(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world, WSK_EVENT_ACCEPT);
            var peer = listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id!.Value;
            using var irp = listener.Client.Irp();

            Assert.Equal(STATUS_PENDING, TryComplete(listener, irp, id, isAccepted: false));
            Assert.Equal((STATUS_SUCCESS, (nuint)0), (irp.Wait(), irp.Information));
            Assert.True(irp.PendingReturned);
            Assert.True(peer.IsTurnedAway());
            Assert.Empty(listener.Events.Accepts);
            Assert.Equal(1, world.Provider.OpenSockets);
        });

    [ArmTheory]
    [Rule("INSPECT-26")]
    public void INSPECT_26_it_may_be_over_when_the_call_returns(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var listener = Pending(world);
            listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id!.Value;
            Flush(listener);
            using var irp = listener.Client.Irp();

            Assert.Equal(STATUS_SUCCESS, TryComplete(listener, irp, id, isAccepted: true));
            Assert.Equal((1, STATUS_SUCCESS), (irp.Completions, irp.Status));
            listener.Accept();
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("INSPECT-21")]
    [Rule("INSPECT-26")]
    [InlineData(true)]
    [InlineData(false)]
    public void INSPECT_26_another_thread_may_be_faster_than_the_callback(Arm arm, bool isAccepted) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsConditional = true });
            using var copied = new ManagedEvent(world.Executive);
            var gate = new CallbackGate(world.Executive);
            var id = default(WSK_INSPECT_ID);
            listener.Events.OnInspect = call =>
            {
                id = call.Id!.Value;
                copied.Set();
                gate.Wait();
                return WSK_INSPECT_ACTION.WskInspectPend;
            };
            var peer = listener.BeginConnect();
            copied.Wait();
            using var irp = listener.Client.Irp();

            Assert.Equal(STATUS_PENDING, TryComplete(listener, irp, id, isAccepted));
            Assert.False(irp.IsCompleted);
            gate.Open();
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            if (isAccepted)
                listener.Accept();
            else
                Assert.True(peer.IsTurnedAway());
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("INSPECT-12", Twin.Violated)]
    [Rule("INSPECT-20", Twin.Violated)]
    public void INSPECT_20_an_identifier_that_was_not_copied_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world);
            listener.BeginConnect();
            var call = listener.Events.WaitForInspect();
            Flush(listener);
            var action = WSK_INSPECT_ACTION.WskInspectAccept;

            Assert.Equal(
                STATUS_INVALID_PARAMETER,
                listener.Client.Run(irp => listener.Client.TryInspectComplete(
                    listener.Socket, irp, call.IdBuffer.Address, action)));
            Assert.Equal(["INSPECT-12", "INSPECT-20"], world.Breaches);
            Assert.Equal(STATUS_SUCCESS, Complete(listener, call.Id!.Value, isAccepted: true));
            listener.Accept();
        });

    [ArmTheory]
    [Rule("INSPECT-19", Twin.Violated)]
    [Rule("OPEN-64")]
    public void INSPECT_19_a_listener_that_is_closed_with_pended_inspections_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world);
            var peer = listener.BeginConnect();
            listener.Events.WaitForInspect();
            Flush(listener);

            listener.Close();
            Assert.True(peer.IsTurnedAway());
            Assert.Equal(["INSPECT-19"], world.Breaches);
            Assert.Empty(listener.Events.Aborts);
        });

    [ArmTheory]
    [Rule("INSPECT-22", Twin.Violated)]
    public void INSPECT_22_a_listener_without_the_mode_has_no_inspections(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            var id = new WSK_INSPECT_ID { Key = 1, SerialNumber = 1 };

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, Complete(listener, id, isAccepted: true));
            Assert.Equal(["INSPECT-22"], world.Breaches);
        });

    [ArmTheory]
    [Rule("INSPECT-22", Twin.Violated)]
    [Rule("OPEN-32")]
    [InlineData(true)]
    [InlineData(false)]
    public void INSPECT_22_an_identifier_that_never_existed_is_refused_and_reported(Arm arm, bool isLater) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world);
            listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id!.Value;
            var wrong = isLater
                ? id with { SerialNumber = id.SerialNumber + 1 }
                : id with { Key = id.Key + 100 };

            Assert.Equal(STATUS_INVALID_PARAMETER, Complete(listener, wrong, isAccepted: true));
            Assert.Equal(["INSPECT-22"], world.Breaches);
            Assert.Equal(STATUS_SUCCESS, Complete(listener, id, isAccepted: true));
            listener.Accept();
        });

    [ArmTheory]
    [Rule("INSPECT-22", Twin.Violated)]
    [Rule("OPEN-32")]
    public void INSPECT_22_a_request_that_was_not_pended_cannot_be_completed(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsConditional = true });
            listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id!.Value;
            Flush(listener);

            Assert.Equal(STATUS_SUCCESS, Complete(listener, id, isAccepted: false));
            Assert.Equal(["INSPECT-22"], world.Breaches);
            // It was accepted, and that holds.
            listener.Accept();
        });

    [ArmTheory]
    [Rule("INSPECT-23", Twin.Violated)]
    [InlineData(WSK_INSPECT_ACTION.WskInspectPend)]
    [InlineData(WSK_INSPECT_ACTION.WskInspectMax)]
    public void INSPECT_23_another_action_is_refused_and_reported(Arm arm, WSK_INSPECT_ACTION action) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Pending(world);
            listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id!.Value;

            var status = listener.Client.InspectComplete(listener.Socket, id, action);
            Assert.Equal(STATUS_INVALID_PARAMETER, status);
            Assert.Equal(["INSPECT-23"], world.Breaches);
            Assert.Equal(STATUS_SUCCESS, Complete(listener, id, isAccepted: true));
            listener.Accept();
        });

    [ArmTheory]
    [Rule("STREAM-11")]
    [Rule("OPEN-42")]
    public void STREAM_11_on_a_stream_socket_an_inspection_cannot_pend(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(
                world, new ListenerOptions { IsStream = true, IsConditional = true });
            listener.BeginConnect();
            listener.Events.WaitForInspect();
            listener.Accept();
            Assert.Empty(world.Breaches);

            listener.Events.OnInspect = _ => WSK_INSPECT_ACTION.WskInspectPend;
            Assert.True(listener.BeginConnect().IsTurnedAway());
            Assert.Equal(["OPEN-31"], world.Breaches);
        });

    private static TestListener Pending(ContractWorld world, uint events = 0)
    {
        var listener = new TestListener(world, new ListenerOptions { IsConditional = true, Events = events });
        listener.Events.OnInspect = _ => WSK_INSPECT_ACTION.WskInspectPend;
        return listener;
    }

    private static NTSTATUS Complete(TestListener listener, WSK_INSPECT_ID id, bool isAccepted) =>
        listener.Client.Run(irp => TryComplete(listener, irp, id, isAccepted));

    private static NTSTATUS TryComplete(
        TestListener listener, ulong irp, WSK_INSPECT_ID id, bool isAccepted) =>
        listener.Client.TryInspectComplete(
            listener.Socket, irp, listener.Client.Copy(id),
            isAccepted ? WSK_INSPECT_ACTION.WskInspectAccept : WSK_INSPECT_ACTION.WskInspectReject);

    // What the dispatcher had to do before is done: the callback has returned.
    private static void Flush(TestListener listener)
    {
        using var irp = listener.Client.Irp();
        var other = listener.Client.Socket();
        listener.Client.Close(other);
    }
}
