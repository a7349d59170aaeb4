// How the work of a datagram socket ends: close, cancel, break, deregistration. Every IRP is completed
// exactly once with the right status, no callback comes afterwards, and what was buffered is gone. Rules
// DGRAM-03, 25, 45, 46, CLOSE-05..16, IRP-20, IRP-31..36, OPEN-15, OPEN-64.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class DatagramEndTests
{
    [ArmTheory]
    [Rule("CLOSE-05")]
    [Rule("CLOSE-06")]
    [Rule("CLOSE-07")]
    [Rule("CLOSE-16")]
    [Rule("OBS-21")]
    public void CLOSE_06_a_close_cancels_sends_and_receives_and_frees_the_address(Arm arm) => RunHeld(
        arm,
        (world, transport) =>
        {
            using var client = new TestClient(world);
            var here = world.FreePort();
            var socket = client.Datagram(local: here);
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            using var send = client.Irp();
            using var close = client.Irp();
            using var receive = new DatagramReceive(client, socket).Start();
            var order = new List<string>();
            send.OnCompletion = () => order.Add("operation");
            receive.Irp.OnCompletion = () => order.Add("operation");
            close.OnCompletion = () => order.Add("close");
            transport.IsHolding = true;
            client.SendTo(socket, buffer, client.Address(here), send);

            world.Call(client.Function(socket, "WskCloseSocket"), socket, close);
            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.Equal(["operation", "operation", "close"], order);
            Assert.Equal((STATUS_CANCELLED, (nuint)0, 1), (send.Status, send.Information, send.Completions));
            Assert.Equal((STATUS_CANCELLED, 1), (receive.Irp.Status, receive.Irp.Completions));
            Assert.True(receive.IsRestUntouched);
            Assert.Equal(uint.MaxValue, receive.Flags);
            client.Close(client.Datagram(local: here));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("OPEN-64")]
    [Rule("CLOSE-03")]
    public void OPEN_64_datagrams_that_are_buffered_at_close_are_discarded(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(
                world, local: world.FreePort(), onReceive: _ => STATUS_DATA_NOT_ACCEPTED);
            pair.Enable();
            pair.FromPeer("refused");
            pair.Events.WaitForCalls(1);
            pair.FromPeer("waiting");
            pair.AwaitArrival(world);
            Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));
            var again = pair.Client.Datagram(local: pair.Address);
            using var receive = new DatagramReceive(pair.Client, again).Start();
            pair.FromPeer("new");

            Assert.Equal((STATUS_SUCCESS, "new"), (receive.Wait(), receive.Text));
            Assert.Empty(world.Breaches);
            pair.Client.Close(again);
        });

    [ArmTheory]
    [Rule("CLOSE-08")]
    [Rule("CLOSE-09")]
    [Rule("CLOSE-10")]
    [InlineData(STATUS_SUCCESS)]
    [InlineData(STATUS_DATA_NOT_ACCEPTED)]
    public void CLOSE_10_a_close_inside_the_callback_waits_for_its_return(Arm arm, NTSTATUS answer) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world);
            using var close = pair.Client.Irp();
            pair.Events.OnReceive = _ =>
            {
                Assert.Equal(STATUS_PENDING, pair.Close(close));
                Assert.False(close.IsCompleted);
                return answer;
            };
            pair.Enable();
            pair.FromPeer("a", "b");

            Assert.Equal((STATUS_SUCCESS, 1), (close.Wait(), close.Completions));
            Assert.Single(pair.Events.Calls);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("IRP-31")]
    [Rule("IRP-32")]
    [Rule("IRP-33")]
    [Rule("IRP-34")]
    public void IRP_32_a_cancelled_receive_loses_no_datagram(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        var receives = Enumerable.Range(0, 4)
            .Select(_ => new DatagramReceive(pair.Client, pair.Socket).Start())
            .ToList();
        Assert.True(receives[0].Irp.Cancel());
        Assert.True(receives[2].Irp.Cancel());
        Assert.True(receives[3].Irp.Cancel());
        pair.FromPeer("1", "2");

        Assert.Equal((STATUS_SUCCESS, "1"), (receives[1].Wait(), receives[1].Text));
        Assert.Equal("2", pair.Receive());
        Assert.All([receives[0], receives[2], receives[3]], receive =>
        {
            Assert.Equal((STATUS_CANCELLED, (nuint)0), (receive.Wait(), receive.Irp.Information));
            Assert.Equal((1, uint.MaxValue), (receive.Irp.Completions, receive.Flags));
        });
        receives.ForEach(receive => receive.Dispose());
    });

    [ArmTheory]
    [Rule("IRP-33")]
    [Rule("IRP-34")]
    public void IRP_33_a_send_can_be_cancelled(Arm arm) => RunHeld(arm, (world, transport) =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world);
        var socket = client.Datagram();
        using var buffer = new TestBuffer(world.Executive, "x"u8);
        using var first = client.Irp();
        using var second = client.Irp();
        transport.IsHolding = true;
        client.SendTo(socket, buffer, client.Address(peer.Address), first);
        client.SendTo(socket, buffer, client.Address(peer.Address), second);
        Assert.True(first.Cancel());

        Assert.Equal((STATUS_CANCELLED, (nuint)0, 1), (first.Wait(), first.Information, first.Completions));
        Assert.False(second.IsCompleted);
        transport.Socket.SendAll();
        Assert.Equal((STATUS_SUCCESS, (nuint)1), (second.Wait(), second.Information));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-03")]
    [Rule("DGRAM-25")]
    [Rule("DGRAM-19")]
    [Rule("DIFF-24")]
    [Rule("OPEN-15")]
    public void DGRAM_03_a_socket_that_broke_ends_what_is_pending_and_refuses_the_rest(Arm arm) => RunHeld(
        arm,
        (world, transport) =>
        {
            using var client = new TestClient(world);
            var socket = client.Datagram();
            var to = client.Address(client.BoundTo(socket));
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            using var list = new TestBufferList(client, buffer);
            using var send = client.Irp();
            using var receive = new DatagramReceive(client, socket).Start();
            transport.IsHolding = true;
            client.SendTo(socket, buffer, to, send);
            world.Provider.BreakSocket(socket);

            Assert.Equal((STATUS_FILE_FORCED_CLOSED, (nuint)0), (send.Wait(), send.Information));
            Assert.Equal(STATUS_FILE_FORCED_CLOSED, receive.Wait());
            Assert.Equal((1, 1), (send.Completions, receive.Irp.Completions));
            Assert.Equal(
                STATUS_FILE_FORCED_CLOSED, client.Run(irp => client.SendTo(socket, buffer, to, irp)));
            Assert.Equal(STATUS_FILE_FORCED_CLOSED, client.Run(irp => list.Send(socket, to, irp)));
            using var late = new DatagramReceive(client, socket).Start();
            Assert.Equal((STATUS_FILE_FORCED_CLOSED, 1), (late.Returned, late.Irp.Completions));
            Assert.Equal(STATUS_SUCCESS, client.Close(socket));
        });

    [ArmTheory]
    [Rule("DGRAM-45")]
    [Rule("DGRAM-46", Twin.Obeyed)]
    [InlineData(false)]
    [InlineData(true)]
    public void DGRAM_45_a_null_indication_tells_once_that_the_socket_broke(Arm arm, bool isStatic) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world, isStatic);
            if (!isStatic)
                pair.Enable();
            pair.FromPeer("x");
            pair.Events.WaitForDatagrams(1);
            world.Provider.BreakSocket(pair.Socket);
            pair.Events.WaitForCalls(2);
            pair.FromPeer("y");
            pair.AwaitArrival(world);
            Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));

            var told = pair.Events.Calls[1];
            Assert.Equal(2, pair.Events.Calls.Count);
            Assert.Equal(
                (DatagramPair.Context, 0ul, WSK_FLAG_AT_DISPATCH_LEVEL),
                (told.Context, told.List, told.Flags));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DGRAM-46", Twin.Violated)]
    public void DGRAM_46_a_client_that_goes_on_with_a_broken_socket_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world);
            pair.Enable();
            world.Provider.BreakSocket(pair.Socket);
            pair.Events.WaitForCalls(1);
            // Behind the callback on the dispatcher: it has returned by then.
            pair.AwaitDispatcher(world);

            Assert.Equal(
                (STATUS_FILE_FORCED_CLOSED, (nuint)0),
                pair.Client.SendTo(pair.Socket, "x"u8, pair.Peer.Address));
            Assert.Equal(["DGRAM-46"], world.Breaches);
        });

    [ArmTheory]
    [Rule("REL-02")]
    [Rule("REL-08", Twin.Obeyed)]
    public void REL_02_a_broken_socket_takes_retained_datagrams_back(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(
                world, onReceive: call => call.List == 0 ? STATUS_SUCCESS : STATUS_PENDING);
            pair.Enable();
            pair.FromPeer("x");
            pair.Events.WaitForDatagrams(1);
            world.Provider.BreakSocket(pair.Socket);
            pair.Events.WaitForCalls(2);

            Assert.Equal("x"u8.ToArray(), pair.Events.Shown[0].ReadAgain());
            Assert.Equal(STATUS_SUCCESS, pair.Release(pair.Events.Shown[0].Indication));
            pair.Client.Run(irp => pair.Close(irp));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REG-20")]
    [Rule("REG-26")]
    public void REG_20_a_deregistration_waits_for_a_datagram_socket_and_its_irps(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Datagram();
            using var receive = new DatagramReceive(client, socket).Start();
            client.Release();
            var ended = world.StartDeregister(client);
            world.StaysUnset(ended);
            client.Close(socket);
            ended.Wait();

            Assert.Equal((STATUS_CANCELLED, 1), (receive.Wait(), receive.Irp.Completions));
        });

    [ArmTheory]
    [Rule("IRP-20")]
    [Rule("IRP-33")]
    [InlineData(false)]
    [InlineData(true)]
    public void IRP_20_an_irp_that_was_cancelled_before_the_call_is_completed_once(Arm arm, bool isSend) =>
        RunHeld(arm, (world, transport) =>
        {
            using var client = new TestClient(world);
            var socket = client.Datagram();
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            using var send = client.Irp();
            using var receive = new DatagramReceive(client, socket);
            transport.IsHolding = true;
            var irp = isSend ? send : receive.Irp;
            irp.Cancel();
            if (isSend)
                client.SendTo(socket, buffer, client.Address(client.BoundTo(socket)), send);
            else
                receive.Start();

            Assert.Equal((STATUS_CANCELLED, 1), (irp.Wait(), irp.Completions));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("IRP-20")]
    [Rule("IRP-36")]
    [Rule("CLOSE-06")]
    public void IRP_20_racing_cancels_arrivals_and_closes_complete_every_irp_once(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            for (var round = 0; round < 20; round++)
            {
                using var pair = new DatagramPair(world);
                var receives = Enumerable.Range(0, 10)
                    .Select(_ => new DatagramReceive(pair.Client, pair.Socket).Start())
                    .ToList();
                using var cancelling = world.Start(() =>
                {
                    foreach (var receive in receives.Where((_, i) => i % 2 == 0))
                        receive.Irp.Cancel();
                });
                pair.FromPeer("1", "2", "3", "4");
                using var closing = pair.Client.Irp();
                pair.Close(closing);
                cancelling.Wait();
                Assert.Equal(STATUS_SUCCESS, closing.Wait());

                Assert.All(receives, receive =>
                {
                    Assert.Contains(receive.Wait(), new[] { STATUS_SUCCESS, STATUS_CANCELLED });
                    Assert.Equal(1, receive.Irp.Completions);
                });
                receives.ForEach(receive => receive.Dispose());
            }
        });

    private static void RunHeld(Arm arm, Action<ContractWorld, HoldingTransport> body)
    {
        HoldingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world => body(world, transport!),
            wrap: (inner, executive) => transport = new HoldingTransport(inner, executive.Scheduler));
    }
}
