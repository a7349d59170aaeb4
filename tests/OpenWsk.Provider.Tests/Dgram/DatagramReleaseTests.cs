// Retained datagram indications and WskRelease. Rules DGRAM-51, REL-02..14 for datagram sockets, DIFF-04,
// DIFF-05, OPEN-59. Connection-oriented sockets: Rel/.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class DatagramReleaseTests
{
    [ArmTheory]
    [Rule("DGRAM-51")]
    [Rule("REL-02")]
    [Rule("REL-06")]
    [Rule("REL-05", Twin.Obeyed)]
    [Rule("REL-08", Twin.Obeyed)]
    [Rule("REL-10", Twin.Obeyed)]
    public void REL_02_retained_datagrams_stay_until_their_release_while_callbacks_go_on(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world, onReceive: _ => STATUS_PENDING);
            pair.Enable();
            pair.FromPeer("first");
            pair.Events.WaitForDatagrams(1);
            pair.FromPeer("second");
            pair.Events.WaitForDatagrams(2);
            var shown = pair.Events.Shown;

            Assert.All(shown, s => Assert.Equal(s.Data, s.ReadAgain()));
            Assert.All(shown, s => Assert.Equal(STATUS_SUCCESS, pair.Release(s.Indication)));
            Assert.Equal(["first", "second"], pair.Events.Texts);
            pair.Client.Run(irp => pair.Close(irp));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-02")]
    [Rule("DGRAM-51")]
    public void REL_02_a_whole_list_is_released_by_its_head(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = Retaining(world, "a", "b", "c");

        Assert.Equal(STATUS_SUCCESS, pair.Release(pair.Events.Shown[0].Indication));
        Assert.Equal(STATUS_INVALID_PARAMETER, pair.Release(pair.Events.Shown[2].Indication));
        Assert.Equal(["REL-05"], world.Breaches);
        pair.Client.Run(irp => pair.Close(irp));
        Assert.Equal(["REL-05"], world.Breaches);
    });

    [ArmTheory]
    [Rule("REL-11")]
    [Rule("DIFF-05")]
    public void REL_11_structures_are_unlinked_and_linked_anew(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = Retaining(world, "a", "b", "c", "d");
        var all = pair.Events.Shown.Select(s => s.Indication).ToList();
        all[1].Value.Next = default;
        all[0].Value.Next = default;
        all[3].Value.Next = all[0];

        Assert.Equal(STATUS_SUCCESS, pair.Release(all[3]));
        Assert.Equal("c"u8.ToArray(), pair.Events.Shown[2].ReadAgain());
        all[2].Value.Next = all[1];
        Assert.Equal(STATUS_SUCCESS, pair.Release(all[2]));
        pair.Client.Run(irp => pair.Close(irp));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("REL-12")]
    [Rule("REL-04")]
    public void REL_12_parts_are_released_while_the_callback_runs(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        var answers = new List<NTSTATUS>();
        pair.Events.OnReceive = call =>
        {
            // As clients walk a list: each structure is cut off before it is given back.
            foreach (var shown in call.Datagrams.Take(call.Datagrams.Count - 1))
            {
                shown.Indication.Value.Next = default;
                answers.Add(pair.Release(shown.Indication));
            }
            return STATUS_PENDING;
        };
        ShowAtOnce(world, pair, "a", "b", "c");

        Assert.Equal([STATUS_SUCCESS, STATUS_SUCCESS], answers);
        Assert.Equal("c"u8.ToArray(), pair.Events.Shown[2].ReadAgain());
        Assert.Equal(STATUS_SUCCESS, pair.Release(pair.Events.Shown[2].Indication));
        pair.Client.Run(irp => pair.Close(irp));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("REL-10", Twin.Violated)]
    public void REL_10_a_release_by_a_callback_that_does_not_retain_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world);
            pair.Events.OnReceive = call =>
            {
                pair.Release(call.Datagrams[0].Indication);
                return STATUS_SUCCESS;
            };
            ShowAtOnce(world, pair, "a", "b");
            pair.Client.Run(irp => pair.Close(irp));

            Assert.Equal(["REL-10"], world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-14")]
    [InlineData(STATUS_SUCCESS)]
    [InlineData(STATUS_DATA_NOT_ACCEPTED)]
    public void REL_14_a_list_that_was_cut_in_the_callback_is_taken_back(Arm arm, NTSTATUS answer) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world);
            pair.Events.OnReceive = call =>
            {
                foreach (var shown in call.Datagrams)
                {
                    ref var indication = ref shown.Indication.Value;
                    indication = default;
                    indication.Next = new GuestPtr<WSK_DATAGRAM_INDICATION>(8);
                }
                return answer;
            };
            ShowAtOnce(world, pair, "a", "b", "c");
            pair.Events.OnReceive = _ => STATUS_SUCCESS;
            if (answer != STATUS_SUCCESS)
            {
                pair.Disable();
                pair.Enable();
                pair.Events.WaitForDatagrams(6);
                Assert.Equal(["a", "b", "c", "a", "b", "c"], pair.Events.Texts);
            }
            pair.Client.Run(irp => pair.Close(irp));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-14")]
    [Rule("REL-11")]
    public void REL_14_structures_of_a_cut_list_are_retained(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        pair.Events.OnReceive = call =>
        {
            foreach (var shown in call.Datagrams)
                shown.Indication.Value.Next = default;
            return STATUS_PENDING;
        };
        ShowAtOnce(world, pair, "a", "b", "c");

        Assert.All(
            pair.Events.Shown.Reverse(), s => Assert.Equal(STATUS_SUCCESS, pair.Release(s.Indication)));
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
    [InlineData(3)]
    public void REL_05_what_is_not_retained_is_refused_and_reported(Arm arm, int kind) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = Retaining(world, "a");
            var other = pair.Client.Datagram();
            var kept = pair.Events.Shown[0].Indication;
            if (kind == 2)
                Assert.Equal(STATUS_SUCCESS, pair.Release(kept));
            var (socket, wrong) = kind switch
            {
                0 => (pair.Socket, 0ul),
                1 => (pair.Socket, pair.Client.Memory(56)),
                2 => (pair.Socket, kept.Address),
                _ => (other, kept.Address),
            };

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.Release(socket, wrong));
            Assert.Equal(["REL-05"], world.Breaches);
            if (kind != 2)
                Assert.Equal(STATUS_SUCCESS, pair.Release(kept));
            pair.Client.Close(other);
        });

    [ArmTheory]
    [Rule("REL-03")]
    [Rule("REL-05", Twin.Violated)]
    public void REL_05_a_list_with_a_foreign_structure_is_refused_as_a_whole(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = Retaining(world, "a", "b");
            var all = pair.Events.Shown.Select(s => s.Indication).ToList();
            all[1].Value.Next = all[0];

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Release(all[0]));
            Assert.Equal(["REL-05"], world.Breaches);
            all[1].Value.Next = default;
            Assert.Equal(STATUS_SUCCESS, pair.Release(all[0]));
        });

    [ArmTheory]
    [Rule("REL-13")]
    [Rule("DIFF-04")]
    public void REL_13_each_category_releases_its_own_indications(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = Retaining(world, "a");
        using var stream = new TestPair(world);
        stream.Events.OnReceive = _ => STATUS_PENDING;
        stream.Client.SetEvents(stream.Socket, WSK_EVENT_RECEIVE);
        stream.Peer.Send("x"u8);
        stream.Events.WaitForReceives(1);
        var datagram = pair.Events.Shown[0].Indication.Address;
        var data = stream.Events.Receives[0].Indication.Address;

        Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.Release(pair.Socket, data));
        Assert.Equal(STATUS_INVALID_PARAMETER, stream.Client.Release(stream.Socket, datagram));
        Assert.Equal(STATUS_SUCCESS, pair.Client.Release(pair.Socket, datagram));
        Assert.Equal(STATUS_SUCCESS, stream.Client.Release(stream.Socket, data));
        // The member behind the last one of the listening table is where others have WskRelease.
        var listener = pair.Client.Open(WSK_FLAG_LISTEN_SOCKET);
        Assert.Throws<Xunit.Sdk.TrueException>(() => pair.Client.Function(listener, "WskRelease"));
        pair.Client.Close(listener);
    });

    [ArmTheory]
    [Rule("REL-04")]
    [Rule("IRQL-07", Twin.Obeyed)]
    public void REL_04_a_release_acts_at_once_at_dispatch_level(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = Retaining(world, "a");
        var kept = pair.Events.Shown[0].Indication;

        Assert.Equal(STATUS_SUCCESS, world.AtIrql(Irql.Dispatch, () => pair.Release(kept)));
        Assert.Empty(world.Provider.PendingIrps);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("REL-08", Twin.Violated)]
    public void REL_08_a_close_with_retained_datagrams_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = Retaining(world, "a", "b");
        pair.Disable();

        Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));
        Assert.Equal(["REL-08"], world.Breaches);
    });

    [ArmTheory]
    [Rule("REL-08", Twin.Violated)]
    [Rule("CLOSE-10")]
    public void REL_08_a_callback_that_keeps_datagrams_of_a_socket_it_closed_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world);
            using var close = pair.Client.Irp();
            pair.Events.OnReceive = _ =>
            {
                Assert.Equal(STATUS_PENDING, pair.Close(close));
                return STATUS_PENDING;
            };
            pair.Enable();
            pair.FromPeer("x");

            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.Equal(["REL-08"], world.Breaches);
        });

    // A client that has been shown these in one list and retains all of them.
    private static DatagramPair Retaining(ContractWorld world, params ReadOnlySpan<string> texts)
    {
        var pair = new DatagramPair(world, onReceive: _ => STATUS_PENDING);
        ShowAtOnce(world, pair, texts);
        return pair;
    }

    private static void ShowAtOnce(ContractWorld world, DatagramPair pair, params ReadOnlySpan<string> texts)
    {
        pair.FromPeer(texts);
        pair.AwaitArrival(world);
        pair.Enable();
        pair.Events.WaitForDatagrams(texts.Length);
        Assert.Single(pair.Events.Calls);
    }
}
