// Conditional accept mode and WskInspectEvent. Rules INSPECT-01..18, 35..37, OPEN-33. Pended inspections are
// InspectCompleteTests.cs, dropped requests InspectAbortTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class InspectTests
{
    private static readonly ListenerOptions s_conditional = new() { IsConditional = true };

    [ArmTheory]
    [Rule("INSPECT-01")]
    [Rule("INSPECT-05")]
    [InlineData(false)]
    [InlineData(true)]
    public void INSPECT_05_without_the_mode_nothing_is_inspected(Arm arm, bool isSwitchedOff) =>
        ContractWorld.Run(arm, world =>
        {
            using var events = new TestListenEvents(world.Executive);
            using var client = new TestClient(world);
            var socket = client.Open(WSK_FLAG_LISTEN_SOCKET, dispatch: events.Table);
            Assert.Equal(0u, client.GetNumber(socket, SO_CONDITIONAL_ACCEPT));
            if (isSwitchedOff)
            {
                client.SetNumber(socket, SO_CONDITIONAL_ACCEPT, 1);
                Assert.Equal(1u, client.GetNumber(socket, SO_CONDITIONAL_ACCEPT));
                client.SetNumber(socket, SO_CONDITIONAL_ACCEPT, 0);
            }
            client.Bind(socket, client.Address(TestListener.Loopback(AF_INET)));
            using var peer = world.Connect(client.BoundTo(socket));
            client.Close(client.Accept(socket));
            client.Close(socket);

            Assert.Empty(events.Inspects);
            Assert.Empty(events.Aborts);
        });

    [ArmTheory]
    [Rule("INSPECT-01")]
    [Rule("INSPECT-03")]
    [Rule("INSPECT-08")]
    [Rule("INSPECT-09")]
    [Rule("INSPECT-15")]
    [Rule("INSPECT-02", Twin.Obeyed)]
    [Rule("INSPECT-07", Twin.Obeyed)]
    [Rule("INSPECT-34", Twin.Obeyed)]
    [InlineData(AF_INET, false)]
    [InlineData(AF_INET, true)]
    [InlineData(AF_INET6, false)]
    public void INSPECT_03_every_request_is_inspected_first(Arm arm, ushort family, bool isEvent) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, s_conditional with
            {
                Family = family,
                Events = isEvent ? WSK_EVENT_ACCEPT : 0,
            });
            for (var i = 1; i <= 2; i++)
            {
                var peer = listener.BeginConnect();
                var call = listener.Events.WaitForInspect(i);
                Assert.Equal(TestListener.Context, call.Context);
                Assert.Equal((listener.Address, peer.LocalAddress), (call.Local, call.Remote));
                Assert.Equal(Irql.Dispatch, call.Irql);
                var accepted = isEvent ? listener.Events.WaitForAccept(i).Socket : listener.Accept();
                peer.WaitUntilConnected();
                peer.Send("data"u8);
                Assert.Equal("data"u8.ToArray(), listener.Client.Receive(accepted, 4).Data);
            }

            Assert.Equal(2, listener.Events.Inspects.Count);
            Assert.Empty(listener.Events.Aborts);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("INSPECT-02", Twin.Violated)]
    [Rule("OPEN-45")]
    public void INSPECT_02_after_the_bind_it_is_too_late(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);

        Assert.Equal(
            STATUS_INVALID_DEVICE_STATE,
            listener.Client.SetNumber(listener.Socket, SO_CONDITIONAL_ACCEPT, 1));
        Assert.Equal(["INSPECT-02"], world.Breaches);
        listener.Connect();
        listener.Accept();
        Assert.Empty(listener.Events.Inspects);
    });

    [Fact]
    [Rule("INSPECT-04")]
    public void INSPECT_04_the_judgement_comes_before_the_handshake() => ContractWorld.Run(Arm.Sim, world =>
    {
        using var listener = new TestListener(world, s_conditional);
        var connected = true;
        IPeer? peer = null;
        listener.Events.OnInspect = _ =>
        {
            connected = !peer!.RemoteAddress.Equals(listener.Address);
            return WSK_INSPECT_ACTION.WskInspectPend;
        };
        peer = listener.BeginConnect();
        using var answered = world.Start(peer.WaitUntilConnected);
        var call = listener.Events.WaitForInspect();

        // As long as the client has not decided, the peer waits for its SYN to be answered.
        world.StaysUnset(answered);
        Assert.False(connected);
        listener.Client.InspectComplete(listener.Socket, call.Id!.Value, WSK_INSPECT_ACTION.WskInspectAccept);
        answered.Wait();
        listener.Accept();
        listener.Events.OnInspect = _ => WSK_INSPECT_ACTION.WskInspectReject;
        Assert.True(world.IsRefused(listener.Address));
    });

    [ArmTheory]
    [Rule("INSPECT-06")]
    [InlineData(WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE, STATUS_SUCCESS)]
    [InlineData(0x4000_0000u | WSK_EVENT_DISABLE, STATUS_INVALID_PARAMETER)]
    [InlineData(WSK_EVENT_DISABLE, STATUS_INVALID_PARAMETER)]
    public void INSPECT_06_no_event_option_stops_the_inspection(Arm arm, uint mask, NTSTATUS status) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, s_conditional);

            Assert.Equal(status, listener.Client.SetEvents(listener.Socket, mask));
            listener.BeginConnect();
            listener.Events.WaitForInspect();
            listener.Accept();
        });

    [ArmTheory]
    [Rule("INSPECT-07", Twin.Violated)]
    [Rule("OPEN-33")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void INSPECT_07_it_needs_both_callbacks(Arm arm, int missing) => ContractWorld.Run(arm, world =>
    {
        using var events = new TestListenEvents(world.Executive);
        using var client = new TestClient(world);
        if (missing == 1)
            events.Callbacks.Value.WskInspectEvent = 0;
        else if (missing == 2)
            events.Callbacks.Value.WskAbortEvent = 0;
        var socket = client.Open(WSK_FLAG_LISTEN_SOCKET, dispatch: missing == 0 ? 0 : events.Table);

        Assert.Equal(STATUS_INVALID_PARAMETER, client.SetNumber(socket, SO_CONDITIONAL_ACCEPT, 1));
        Assert.Equal(["INSPECT-07"], world.Breaches);
        Assert.Equal(0u, client.GetNumber(socket, SO_CONDITIONAL_ACCEPT));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("INSPECT-09")]
    [Rule("INSPECT-10", Twin.Obeyed)]
    [Rule("INSPECT-10", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void INSPECT_10_using_an_address_that_was_not_copied_is_reported(Arm arm, bool isCopied) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, s_conditional);
            listener.BeginConnect();
            var call = listener.Events.WaitForInspect();
            listener.Accept();
            var other = listener.Client.Socket();
            listener.Client.Bind(other, listener.Client.Any());
            var address = isCopied ? listener.Client.Address(world.ClosedPort()) : call.LocalBuffer.Address;

            Assert.Equal(
                isCopied ? STATUS_CONNECTION_REFUSED : STATUS_INVALID_PARAMETER,
                listener.Client.ConnectTo(other, address));
            Assert.Equal(isCopied ? [] : ["INSPECT-10"], world.Breaches);
            Assert.Equal(listener.Address, call.Local);
            listener.Client.Close(other);
        });

    [ArmTheory]
    [Rule("INSPECT-11")]
    public void INSPECT_11_the_contents_identify_one_request(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var first = new TestListener(world, s_conditional);
        using var second = new TestListener(world, s_conditional);
        var ids = new List<WSK_INSPECT_ID?>();
        foreach (var listener in new[] { first, second })
        {
            for (var i = 1; i <= 3; i++)
            {
                listener.BeginConnect();
                ids.Add(listener.Events.WaitForInspect(i).Id);
                listener.Accept();
            }
        }

        Assert.Equal(6, ids.Distinct().Count());
        Assert.DoesNotContain(null, ids);
    });

    [ArmTheory]
    [Rule("INSPECT-16")]
    [Rule("INSPECT-17")]
    public void INSPECT_16_a_rejected_request_is_turned_away(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world, s_conditional with { Events = WSK_EVENT_ACCEPT });
        listener.Events.OnInspect = call => listener.Events.Inspects.Count == 0
            ? WSK_INSPECT_ACTION.WskInspectReject
            : WSK_INSPECT_ACTION.WskInspectAccept;
        var rejected = listener.BeginConnect();
        listener.Events.WaitForInspect();
        Assert.True(rejected.IsTurnedAway());
        var accepted = listener.BeginConnect();

        Assert.Equal(accepted.LocalAddress, listener.Events.WaitForAccept().Remote);
        Assert.Single(listener.Events.Accepts);
        Assert.Empty(listener.Events.Aborts);
        Assert.Equal(2, world.Provider.OpenSockets);
    });

    [ArmTheory]
    [Rule("OPEN-31")]
    public void OPEN_31_another_answer_rejects_and_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world, s_conditional);
        listener.Events.OnInspect = _ => WSK_INSPECT_ACTION.WskInspectMax;
        var peer = listener.BeginConnect();

        Assert.True(peer.IsTurnedAway());
        Assert.Equal(["OPEN-31"], world.Breaches);
    });

    [ArmTheory]
    [Rule("INSPECT-13")]
    [Rule("INSPECT-14", Twin.Obeyed)]
    [InlineData(false)]
    [InlineData(true)]
    public void INSPECT_13_a_broken_listener_is_told_by_a_null_identifier(Arm arm, bool hasAcceptEvent) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(
                world, s_conditional with { Events = hasAcceptEvent ? WSK_EVENT_ACCEPT : 0 });
            world.Provider.BreakSocket(listener.Socket);
            var call = listener.Events.WaitForInspect();
            if (hasAcceptEvent)
                Assert.Equal((nuint)0, listener.Events.WaitForAccept().Socket);
            listener.Close();

            Assert.Null(call.Id);
            Assert.Equal(TestListener.Context, call.Context);
            Assert.Single(listener.Events.Inspects);
            Assert.Equal(hasAcceptEvent ? 1 : 0, listener.Events.Accepts.Count);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("INSPECT-14", Twin.Violated)]
    [Rule("INSPECT-27")]
    public void INSPECT_14_a_broken_listener_that_is_used_on_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, s_conditional);
            world.Provider.BreakSocket(listener.Socket);
            listener.Events.WaitForInspect();
            // The dispatcher is behind the callback when it has completed a close.
            var other = listener.Client.Socket();
            listener.Client.Close(other);

            Assert.Equal(
                STATUS_FILE_FORCED_CLOSED,
                listener.Client.InspectComplete(
                    listener.Socket, default, WSK_INSPECT_ACTION.WskInspectAccept));
            Assert.Equal(["INSPECT-14"], world.Breaches);
        });

    [ArmTheory]
    [Rule("INSPECT-35")]
    [InlineData(false)]
    [InlineData(true)]
    public void INSPECT_35_an_accepted_socket_knows_its_identifier(Arm arm, bool isEvent) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(
                world, s_conditional with { Events = isEvent ? WSK_EVENT_ACCEPT : 0 });
            listener.BeginConnect();
            var id = listener.Events.WaitForInspect().Id;
            var accepted = isEvent ? listener.Events.WaitForAccept().Socket : listener.Accept();

            var (status, bytes, told) = QueryInspectId(listener.Client, accepted);
            Assert.Equal((STATUS_SUCCESS, 16ul), (status, bytes));
            Assert.Equal(id, told);
        });

    [ArmTheory]
    [Rule("INSPECT-36")]
    public void INSPECT_36_any_other_socket_has_none(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        listener.Connect();
        var accepted = listener.Accept();
        var other = listener.Client.Socket();

        foreach (var socket in new[] { accepted, other, listener.Socket })
            Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, QueryInspectId(listener.Client, socket).Status);
        listener.Client.Close(other);
    });

    [ArmTheory]
    [Rule("INSPECT-37")]
    public void INSPECT_37_only_TCP_has_the_mode(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var events = new TestListenEvents(world.Executive);
        using var client = new TestClient(world);
        var udp = client.Open(
            WSK_FLAG_LISTEN_SOCKET, type: SOCK_DGRAM, protocol: IPPROTO_UDP, dispatch: events.Table);

        Assert.False(client.SetNumber(udp, SO_CONDITIONAL_ACCEPT, 1).IsSuccess());
        client.Close(udp);
        foreach (var family in new[] { AF_INET, AF_INET6 })
        {
            var tcp = client.Open(WSK_FLAG_LISTEN_SOCKET, family, dispatch: events.Table);
            Assert.Equal(STATUS_SUCCESS, client.SetNumber(tcp, SO_CONDITIONAL_ACCEPT, 1));
            client.Close(tcp);
        }
    });

    private static (NTSTATUS Status, ulong Bytes, WSK_INSPECT_ID Id) QueryInspectId(
        TestClient client, nuint socket)
    {
        var output = client.Memory(16);
        var returned = client.Memory(8);
        var status = client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, SIO_WSK_QUERY_INSPECT_ID, 0, 0, 0, 16, output, returned,
            0);
        return (status, GuestMemory.Read<ulong>(returned), GuestMemory.Read<WSK_INSPECT_ID>(output));
    }
}
