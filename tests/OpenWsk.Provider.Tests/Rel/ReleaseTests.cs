// Retained indications and WskRelease. Rules RECV-34, REL-01..14 for connection-oriented sockets, OPEN-59.
// Datagram sockets come with their own group.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ReleaseTests
{
    [ArmTheory]
    [Rule("RECV-34")]
    [Rule("RECV-41")]
    [Rule("REL-01")]
    [Rule("REL-06")]
    [Rule("REL-05", Twin.Obeyed)]
    [Rule("REL-08", Twin.Obeyed)]
    [Rule("REL-10", Twin.Obeyed)]
    public void REL_01_retained_data_stays_until_its_release_while_callbacks_go_on(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = Retaining(world);
            pair.Peer.Send("first"u8);
            pair.Events.WaitForBytes(5);
            pair.Peer.Send("second"u8);
            pair.Events.WaitForBytes(11);
            var calls = pair.Events.Receives;

            Assert.All(calls, call => Assert.Equal(call.Data, Contents(call.Indication)));
            Assert.All(calls, call => Assert.Equal(STATUS_SUCCESS, pair.Release(call.Indication)));
            Assert.Equal("firstsecond"u8.ToArray(), pair.Events.Shown);
            pair.Client.Run(irp => pair.Close(irp));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-03")]
    [Rule("REL-05", Twin.Violated)]
    [Rule("OPEN-59")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void REL_05_what_is_not_retained_is_refused_and_reported(Arm arm, int kind) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = Retaining(world);
            pair.Peer.Send("x"u8);
            pair.Events.WaitForBytes(1);
            var kept = pair.Events.Receives[0].Indication;
            var wrong = kind switch
            {
                0 => default,
                1 => new GuestPtr<WSK_DATA_INDICATION>(pair.Client.Memory(32)),
                _ => kept,
            };
            if (kind == 2)
                Assert.Equal(STATUS_SUCCESS, pair.Release(kept));

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Release(wrong));
            Assert.Equal(["REL-05"], world.Breaches);
            if (kind != 2)
                Assert.Equal(STATUS_SUCCESS, pair.Release(kept));
        });

    [ArmTheory]
    [Rule("REL-05", Twin.Violated)]
    [Rule("OPEN-59")]
    public void REL_05_an_indication_of_another_socket_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = Retaining(world);
            using var other = new TestPair(world);
            pair.Peer.Send("x"u8);
            pair.Events.WaitForBytes(1);
            var kept = pair.Events.Receives[0].Indication;

            Assert.Equal(STATUS_INVALID_PARAMETER, other.Release(kept));
            Assert.Equal(["REL-05"], world.Breaches);
            Assert.Equal(STATUS_SUCCESS, pair.Release(kept));
        });

    [ArmTheory]
    [Rule("REL-04")]
    [Rule("IRP-41")]
    [Rule("IRQL-07", Twin.Obeyed)]
    public void REL_04_a_release_acts_at_once_at_dispatch_level_without_irp(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = Retaining(world);
            pair.Peer.Send("x"u8);
            pair.Events.WaitForBytes(1);
            var kept = pair.Events.Receives[0].Indication;

            Assert.Equal(STATUS_SUCCESS, world.AtIrql(Irql.Dispatch, () => pair.Release(kept)));
            Assert.Empty(world.Provider.PendingIrps);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-08", Twin.Violated)]
    public void REL_08_a_close_with_retained_data_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = Retaining(world);
        pair.Peer.Send("x"u8);
        pair.Events.WaitForBytes(1);

        Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));
        Assert.Equal(["REL-08"], world.Breaches);
    });

    [ArmTheory]
    [Rule("REL-08", Twin.Violated)]
    public void REL_08_a_callback_that_keeps_data_of_a_socket_it_closed_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var close = pair.Client.Irp();
            pair.Events.OnReceive = _ =>
            {
                pair.Close(close);
                return STATUS_PENDING;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("x"u8);

            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.Equal(["REL-08"], world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-10", Twin.Violated)]
    public void REL_10_a_release_by_a_callback_that_does_not_retain_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Events.OnReceive = call =>
            {
                pair.Release(call.Indication);
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("x"u8);
            pair.Events.WaitForBytes(1);
            pair.Client.Run(irp => pair.Close(irp));

            Assert.Equal(["REL-10"], world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-11")]
    [Rule("DIFF-05")]
    public void REL_11_structures_can_be_linked_anew_and_released_in_any_order(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = Retaining(world);
            for (var i = 1; i <= 3; i++)
            {
                pair.Peer.Send("x"u8);
                pair.Events.WaitForBytes(i);
            }
            var kept = pair.Events.Receives.Select(r => r.Indication).ToList();
            Assert.Equal(3, kept.Count);
            kept[2].Value.Next = kept[0];

            Assert.Equal(STATUS_SUCCESS, pair.Release(kept[2]));
            Assert.Equal(STATUS_SUCCESS, pair.Release(kept[1]));
            pair.Client.Run(irp => pair.Close(irp));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-12")]
    public void REL_12_a_release_may_come_before_the_callback_returns_pending(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var released = STATUS_UNSUCCESSFUL;
            pair.Events.OnReceive = call =>
            {
                released = pair.Release(call.Indication);
                return STATUS_PENDING;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("x"u8);
            pair.Events.WaitForBytes(1);
            pair.Client.Run(irp => pair.Close(irp));

            Assert.Equal(STATUS_SUCCESS, released);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-14")]
    public void REL_14_a_list_that_was_cut_in_the_callback_is_taken_back(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Events.OnReceive = call =>
            {
                call.Indication.Value.Next = new GuestPtr<WSK_DATA_INDICATION>(8);
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("x"u8);
            pair.Events.WaitForBytes(1);
            pair.Peer.Send("y"u8);
            pair.Events.WaitForBytes(2);
            pair.Client.Run(irp => pair.Close(irp));

            Assert.Equal("xy"u8.ToArray(), pair.Events.Shown);
            Assert.Empty(world.Breaches);
        });

    private static TestPair Retaining(ContractWorld world)
    {
        var pair = new TestPair(world);
        pair.Events.OnReceive = _ => STATUS_PENDING;
        Assert.Equal(STATUS_SUCCESS, pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE));
        return pair;
    }

    private static byte[] Contents(GuestPtr<WSK_DATA_INDICATION> indication)
    {
        ref var buffer = ref indication.Value.Buffer;
        return GuestMemory.Span(
            buffer.Mdl.Value.MappedSystemVa + buffer.Offset, (int)buffer.Length).ToArray();
    }
}
