// WskReceiveFromEvent: when it is called, with what, and what its return values do. Rules DGRAM-41..55,
// EVT-13, EVT-16, OPEN-31, 66. Retention: DatagramReleaseTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ReceiveFromEventTests
{
    [ArmTheory]
    [Rule("DGRAM-44")]
    [Rule("DGRAM-45")]
    [Rule("DGRAM-47")]
    [Rule("DGRAM-49")]
    [Rule("DGRAM-50")]
    [Rule("EVT-32")]
    [Rule("MDL-15")]
    [Rule("MDL-16")]
    [Rule("MDL-17")]
    [Rule("DGRAM-55", Twin.Obeyed)]
    [Rule("EVT-16", Twin.Obeyed)]
    public void DGRAM_45_datagrams_are_shown_with_their_sender_and_consumed(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world);
            pair.Enable();
            pair.FromPeer("first", "", "third");
            pair.Events.WaitForDatagrams(3);
            using var after = new DatagramReceive(pair.Client, pair.Socket).Start();
            pair.Client.Run(irp => pair.Close(irp));

            Assert.Equal(STATUS_CANCELLED, after.Wait());
            Assert.Equal(["first", "", "third"], pair.Events.Texts);
            Assert.All(pair.Events.Calls, call =>
            {
                Assert.Equal((DatagramPair.Context, WSK_FLAG_AT_DISPATCH_LEVEL), (call.Context, call.Flags));
                Assert.Equal(Irql.Dispatch, call.Irql);
                Assert.NotEmpty(call.Datagrams);
            });
            Assert.All(pair.Events.Shown, shown =>
            {
                Assert.Equal(pair.Peer.Address, shown.Source);
                Assert.False(shown.HasControlPointer);
                Assert.Empty(shown.Control);
            });
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DGRAM-45")]
    [Rule("DGRAM-50")]
    public void DGRAM_45_what_waits_comes_in_one_list(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        pair.FromPeer("a", "b", "c");
        pair.AwaitArrival(world);
        pair.Enable();
        pair.Events.WaitForDatagrams(3);

        Assert.Single(pair.Events.Calls);
        Assert.Equal(["a", "b", "c"], pair.Events.Texts);
    });

    [ArmTheory]
    [Rule("DGRAM-43")]
    [Rule("EVT-01")]
    [Rule("EVT-13")]
    [Rule("EVT-10")]
    public void DGRAM_43_only_an_enabled_callback_is_called(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        pair.FromPeer("before");
        Assert.Equal("before", pair.Receive());
        foreach (var other in new[] { WSK_EVENT_RECEIVE, WSK_EVENT_ACCEPT, WSK_EVENT_DISCONNECT })
            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.SetEvents(pair.Socket, other));
        pair.Enable();
        pair.FromPeer("during");
        pair.Events.WaitForDatagrams(1);
        Assert.Equal(STATUS_SUCCESS, pair.Disable());
        pair.FromPeer("after");

        Assert.Equal("after", pair.Receive());
        Assert.Equal(["during"], pair.Events.Texts);
    });

    [ArmTheory]
    [Rule("EVT-16", Twin.Violated)]
    public void EVT_16_callbacks_are_enabled_once_it_is_bound(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var events = new DatagramEvents(world.Executive);
        var socket = client.OpenDatagram(events: events);

        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.SetEvents(socket, WSK_EVENT_RECEIVE_FROM));
        Assert.Equal(["EVT-16"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("EVT-23", Twin.Violated)]
    public void EVT_23_a_callback_that_is_not_there_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Datagram();

        Assert.Equal(STATUS_INVALID_PARAMETER, client.SetEvents(socket, WSK_EVENT_RECEIVE_FROM));
        Assert.Equal(["EVT-23"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-41")]
    public void DGRAM_41_queued_receives_come_before_the_callback(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        pair.Enable();
        using var first = new DatagramReceive(pair.Client, pair.Socket).Start();
        using var second = new DatagramReceive(pair.Client, pair.Socket).Start();
        pair.FromPeer("1", "2", "3");
        pair.Events.WaitForDatagrams(1);

        Assert.Equal((STATUS_SUCCESS, "1"), (first.Wait(), first.Text));
        Assert.Equal((STATUS_SUCCESS, "2"), (second.Wait(), second.Text));
        Assert.Equal(["3"], pair.Events.Texts);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("DGRAM-41")]
    public void DGRAM_41_a_callback_that_is_enabled_meanwhile_takes_nothing(Arm arm)
    {
        HoldingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var pair = new DatagramPair(world, held: () => transport!.Socket);
                using var receive = new DatagramReceive(pair.Client, pair.Socket).Start();
                pair.FromPeer("x");
                pair.AwaitArrival(world);
                pair.Enable();
                pair.AwaitDispatcher(world);
                Assert.Empty(pair.Events.Calls);
                pair.Held!.ReleaseArms();

                Assert.Equal((STATUS_SUCCESS, "x"), (receive.Wait(), receive.Text));
                Assert.Empty(pair.Events.Calls);
            },
            wrap: (inner, executive) => transport = new HoldingTransport(inner, executive.Scheduler));
    }

    [ArmTheory]
    [Rule("DGRAM-52")]
    [Rule("DGRAM-48")]
    public void DGRAM_52_refused_datagrams_come_before_those_behind_them(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(
                world, local: EndpointAddress.Wildcard(AF_INET), onReceive: _ => STATUS_DATA_NOT_ACCEPTED);
            pair.FromPeer("one");
            Broadcast(world, pair, "all"u8);
            pair.FromPeer("two");
            pair.AwaitArrival(world);
            pair.Enable();
            pair.Events.WaitForCalls(1);
            pair.Disable();

            Assert.Equal(["one"], pair.Events.Texts);
            Assert.Equal(["one", "all", "two"], [pair.Receive(), pair.Receive(), pair.Receive()]);
        });

    [ArmTheory]
    [Rule("DGRAM-48")]
    [Rule("DGRAM-47")]
    public void DGRAM_48_broadcasts_and_others_are_not_mixed(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world, local: EndpointAddress.Wildcard(AF_INET));
        pair.FromPeer("one", "two");
        Broadcast(world, pair, "all"u8);
        pair.FromPeer("three");
        Broadcast(world, pair, "everybody"u8);
        pair.AwaitArrival(world);
        pair.Enable();
        pair.Events.WaitForDatagrams(5);

        Assert.Equal(["one", "two", "all", "three", "everybody"], pair.Events.Texts);
        Assert.Equal(
            [
                WSK_FLAG_AT_DISPATCH_LEVEL,
                WSK_FLAG_AT_DISPATCH_LEVEL | MSG_BCAST,
                WSK_FLAG_AT_DISPATCH_LEVEL,
                WSK_FLAG_AT_DISPATCH_LEVEL | MSG_BCAST,
            ],
            pair.Events.Calls.Select(c => c.Flags));
    });

    [ArmTheory]
    [Rule("DGRAM-47")]
    [Rule("DGRAM-48")]
    public void DGRAM_48_multicasts_and_others_are_not_mixed(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var events = new DatagramEvents(world.Executive);
            using (var group = new MulticastGroup(world, client, AF_INET, events))
            {
                group.Send("all"u8);
                client.SendTo(group.Sender, "one"u8, TestClient.Loopback(AF_INET, group.Port));
                client.SetEvents(group.Member, WSK_EVENT_RECEIVE_FROM);
                events.WaitForDatagrams(2);
            }

            Assert.Equal(["all", "one"], events.Texts);
            Assert.Equal(
                [WSK_FLAG_AT_DISPATCH_LEVEL | MSG_MCAST, WSK_FLAG_AT_DISPATCH_LEVEL],
                events.Calls.Select(c => c.Flags));
        });

    [ArmTheory]
    [Rule("DGRAM-52")]
    [Rule("DGRAM-53")]
    [Rule("OPEN-66")]
    public void DGRAM_52_refused_datagrams_wait_until_the_callback_is_enabled_again(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world, onReceive: _ => STATUS_DATA_NOT_ACCEPTED);
            pair.Enable();
            pair.FromPeer("1");
            pair.Events.WaitForCalls(1);
            pair.Disable();
            pair.FromPeer("2", "3");
            pair.AwaitArrival(world);
            Assert.Single(pair.Events.Calls);
            pair.Events.OnReceive = _ => STATUS_SUCCESS;
            pair.Enable();
            pair.Events.WaitForDatagrams(4);
            pair.FromPeer("4");
            pair.Events.WaitForDatagrams(5);

            Assert.Equal(["1", "1", "2", "3", "4"], pair.Events.Texts);
            Assert.Equal(pair.Peer.Address, pair.Events.Shown[1].Source);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DGRAM-52")]
    [Rule("DGRAM-41")]
    public void DGRAM_52_a_receive_of_the_callback_gets_what_it_refuses(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world, local: EndpointAddress.Wildcard(AF_INET));
            using var receive = new DatagramReceive(pair.Client, pair.Socket);
            pair.Events.OnReceive = _ =>
            {
                receive.Start();
                return STATUS_DATA_NOT_ACCEPTED;
            };
            pair.FromPeer("one");
            Broadcast(world, pair, "all"u8);
            pair.AwaitArrival(world);
            pair.Enable();

            Assert.Equal((STATUS_SUCCESS, "one"), (receive.Wait(), receive.Text));
            Assert.Equal("all", pair.Receive());
            Assert.Single(pair.Events.Calls);
        });

    [ArmTheory]
    [Rule("DGRAM-52")]
    [Rule("OPEN-66")]
    public void DGRAM_52_refused_datagrams_can_be_received_by_request(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world, onReceive: _ => STATUS_DATA_NOT_ACCEPTED);
            pair.Enable();
            pair.FromPeer("1");
            pair.Events.WaitForCalls(1);
            pair.FromPeer("2");

            Assert.Equal(["1", "2"], [pair.Receive(), pair.Receive()]);
            Assert.Equal(["1"], pair.Events.Texts);
        });

    [ArmTheory]
    [Rule("DGRAM-52")]
    [Rule("OPEN-66")]
    public void OPEN_66_what_is_kept_is_bounded_and_the_newest_are_dropped(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world, onReceive: _ => STATUS_DATA_NOT_ACCEPTED);
            var texts = Enumerable.Range(0, 20).Select(i => new string((char)('a' + i), 1000)).ToList();
            pair.FromPeer([.. texts]);
            pair.AwaitArrival(world);
            // Small after the arrival, so that it bounds what the provider keeps and not the transport.
            Assert.Equal(STATUS_SUCCESS, pair.Client.SetOption(pair.Socket, SO_RCVBUF, 4096));
            pair.Enable();
            pair.Events.WaitForCalls(1);
            pair.Disable();
            Assert.Equal(texts, pair.Events.Texts);
            var kept = new List<string>();
            pair.FromPeer("end");
            for (var text = pair.Receive(); text != "end"; text = pair.Receive())
                kept.Add(text);

            Assert.NotEmpty(kept);
            Assert.True(kept.Count < 20, $"{kept.Count} of 20 were kept");
            Assert.Equal(texts.Take(kept.Count), kept);
        });

    [ArmTheory]
    [Rule("DGRAM-54")]
    [Rule("CTLC-22")]
    public void DGRAM_54_a_static_callback_goes_on_being_called_for_new_datagrams(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(
                world, isStatic: true, onReceive: _ => STATUS_DATA_NOT_ACCEPTED);
            pair.FromPeer("1");
            pair.Events.WaitForDatagrams(1);
            pair.FromPeer("2");
            pair.Events.WaitForDatagrams(2);

            Assert.Equal(["1", "2"], pair.Events.Texts);
            Assert.Equal(["1", "2"], [pair.Receive(), pair.Receive()]);
        });

    [ArmTheory]
    [Rule("DGRAM-55", Twin.Violated)]
    [Rule("OPEN-31")]
    [InlineData(STATUS_UNSUCCESSFUL)]
    [InlineData(STATUS_INVALID_PARAMETER)]
    public void DGRAM_55_another_return_value_refuses_and_is_reported(Arm arm, NTSTATUS answer) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world, onReceive: _ => answer);
            pair.Enable();
            pair.FromPeer("1");
            pair.Events.WaitForCalls(1);

            Assert.Equal("1", pair.Receive());
            Assert.Equal(["DGRAM-55"], world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-08")]
    [Rule("EVT-09")]
    [Rule("EVT-29")]
    public void EVT_08_a_callback_that_runs_holds_its_disabling(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        using var irp = pair.Client.Irp();
        const uint mask = WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE;
        var answers = new List<NTSTATUS>();
        pair.Events.OnReceive = _ =>
        {
            answers.Add(pair.Client.SetEvents(pair.Socket, mask));
            answers.Add(pair.Client.SetEvents(pair.Socket, mask, irp));
            Assert.False(irp.IsCompleted);
            return STATUS_SUCCESS;
        };
        pair.Enable();
        pair.FromPeer("1");

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal([STATUS_EVENT_PENDING, STATUS_PENDING], answers);
        pair.FromPeer("2");
        Assert.Equal("2", pair.Receive());
        Assert.Single(pair.Events.Calls);
    });

    [ArmTheory]
    [Rule("EVT-29")]
    public void EVT_29_a_callback_may_send_and_receive(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        using var buffer = new TestBuffer(world.Executive, "echo"u8);
        using var irp = pair.Client.Irp();
        using var receive = new DatagramReceive(pair.Client, pair.Socket);
        var to = pair.Client.Address(pair.Peer.Address);
        pair.Events.OnReceive = _ =>
        {
            pair.Client.SendTo(pair.Socket, buffer, to, irp);
            receive.Start();
            return STATUS_SUCCESS;
        };
        pair.Enable();
        pair.FromPeer("1");

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal("echo"u8.ToArray(), pair.Peer.Receive().Data);
        pair.FromPeer("2");
        Assert.Equal((STATUS_SUCCESS, "2"), (receive.Wait(), receive.Text));
        Assert.Equal(["1"], pair.Events.Texts);
    });

    private static void Broadcast(ContractWorld world, DatagramPair pair, ReadOnlySpan<byte> data)
    {
        using var peer = DatagramPeer.Open(world);
        peer.Send(data, TestClient.Broadcast(world, pair.Address.Port));
    }
}
