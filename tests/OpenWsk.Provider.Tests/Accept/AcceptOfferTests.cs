// The socket that WskAcceptEvent offers: taking it, refusing it, and what may be done with it meanwhile.
// Rules ACCEPT-29..36, ACCEPT-39, DIFF-13, OPEN-31, OPEN-55.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class AcceptOfferTests
{
    private const ulong Context = 0xFFFF_A000_0000_0042;

    [ArmTheory]
    [Rule("ACCEPT-29")]
    [Rule("ACCEPT-33")]
    [Rule("ACCEPT-31", Twin.Obeyed)]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_29_what_the_callback_stores_serves_the_accepted_socket(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Offering(world, isStream);
            listener.Events.OnAccept = call => call.Take(Context, listener.Connections.Table);
            var peer = listener.Connect();
            var accepted = listener.Events.WaitForAccept().Socket;

            Assert.Equal(2, world.Provider.OpenSockets);
            Assert.Equal(STATUS_SUCCESS, EnableAfterReturn(listener, accepted, WSK_EVENT_RECEIVE));
            peer.Send("data"u8);
            listener.Connections.WaitForBytes(4);
            Assert.Equal(Context, listener.Connections.Receives[0].Context);
            listener.Close(accepted);
            Assert.Equal(1, world.Provider.OpenSockets);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-30")]
    [InlineData(0u)]
    [InlineData(WSK_EVENT_RECEIVE)]
    public void ACCEPT_30_null_for_both_is_a_socket_without_callbacks(Arm arm, uint inherited) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Offering(world, events: WSK_EVENT_ACCEPT | inherited);
            listener.Events.OnAccept = call => call.Take(0, 0);
            var peer = listener.Connect();
            var accepted = listener.Events.WaitForAccept().Socket;

            peer.Send("data"u8);
            Assert.Equal("data"u8.ToArray(), listener.Client.Receive(accepted, 4).Data);
            Assert.Empty(world.Breaches);
            Assert.Equal(
                STATUS_INVALID_PARAMETER, EnableAfterReturn(listener, accepted, WSK_EVENT_RECEIVE));
        });

    [ArmTheory]
    [Rule("ACCEPT-31", Twin.Violated)]
    public void ACCEPT_31_a_context_in_paged_pool_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var paged = new PagedBlock(world);
        using var listener = Offering(world);
        listener.Events.OnAccept = call => call.Take(paged.Address, 0);
        listener.Connect();
        listener.Events.WaitForAccept();

        listener.Close();
        Assert.Equal(["ACCEPT-31"], world.Breaches);
    });

    [ArmTheory]
    [Rule("ACCEPT-32", Twin.Obeyed)]
    [Rule("DIFF-13")]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_32_events_enabled_in_the_callback_come_when_it_has_returned(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
            var status = STATUS_PENDING;
            var early = -1;
            using var entered = new ManagedEvent(world.Executive);
            var gate = new CallbackGate(world.Executive);
            listener.Events.OnAccept = call =>
            {
                call.Take(Context, listener.Connections.Table);
                status = listener.Client.SetEvents(call.Socket, WSK_EVENT_RECEIVE);
                entered.Set();
                gate.Wait();
                early = listener.Connections.Receives.Count;
                return STATUS_SUCCESS;
            };
            var peer = listener.Connect();
            peer.Send("early"u8);
            listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT);
            entered.Wait();
            gate.Open();
            listener.Connections.WaitForBytes(5);

            Assert.Equal((STATUS_SUCCESS, 0), (status, early));
            Assert.Equal(Context, listener.Connections.Receives[0].Context);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-32", Twin.Violated)]
    public void ACCEPT_32_events_that_are_enabled_before_the_table_is_stored_are_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Offering(world);
            var status = STATUS_PENDING;
            listener.Events.OnAccept = call =>
            {
                status = listener.Client.SetEvents(call.Socket, WSK_EVENT_RECEIVE);
                return call.Take(Context, listener.Connections.Table);
            };
            listener.Connect();
            listener.Events.WaitForAccept();

            Assert.Equal(STATUS_INVALID_PARAMETER, status);
            Assert.Equal(["ACCEPT-32", "EVT-23"], world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-34")]
    [Rule("ACCEPT-35", Twin.Obeyed)]
    [Rule("OPEN-55")]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_34_a_refused_connection_is_reset_and_nothing_of_it_stays(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Offering(world, isStream);
            listener.Events.OnAccept = _ => STATUS_REQUEST_NOT_ACCEPTED;
            var peer = listener.Connect();

            Assert.False(peer.ReadsEnd());
            listener.Events.OnAccept = _ => STATUS_SUCCESS;
            var second = listener.Connect();
            Assert.Equal(second.LocalAddress, listener.Events.WaitForAccept(2).Remote);
            Assert.Equal(2, world.Provider.OpenSockets);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-35", Twin.Violated)]
    [InlineData("WskCloseSocket")]
    [InlineData("WskGetLocalAddress")]
    public void ACCEPT_35_a_refused_socket_that_is_used_is_reported(Arm arm, string function) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Offering(world);
            nuint code = 0;
            listener.Events.OnAccept = call =>
            {
                code = listener.Client.Function(call.Socket, function);
                return STATUS_REQUEST_NOT_ACCEPTED;
            };
            var peer = listener.Connect();
            Assert.False(peer.ReadsEnd());
            var refused = listener.Events.WaitForAccept().Socket;
            // The callback's end is behind a close that the same dispatcher completes.
            var other = listener.Client.Socket();
            listener.Client.Close(other);

            Assert.Equal(
                STATUS_INVALID_HANDLE,
                listener.Client.Run(irp => function == "WskCloseSocket"
                    ? world.Call(code, refused, irp)
                    : world.Call(code, refused, listener.Client.Any(), irp)));
            Assert.Equal(["ACCEPT-35"], world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-36")]
    public void ACCEPT_36_other_threads_may_use_it_meanwhile(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        using var offered = new ManagedEvent(world.Executive);
        var gate = new CallbackGate(world.Executive);
        nuint socket = 0;
        var hasReturned = false;
        listener.Events.OnAccept = call =>
        {
            socket = call.Socket;
            offered.Set();
            gate.Wait();
            hasReturned = true;
            return STATUS_SUCCESS;
        };
        var peer = listener.Connect();
        peer.Send("data"u8);
        listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT);
        offered.Wait();
        using var receive = listener.Client.Irp();
        using var buffer = new TestBuffer(world.Executive, 0, 4);

        // The dispatcher stands still in the callback, so only the calls themselves can be seen now.
        Assert.Equal(
            STATUS_PENDING,
            world.Call(listener.Client.Function(socket, "WskReceive"), socket, buffer, 0, receive));
        Assert.False(hasReturned);
        gate.Open();
        Assert.Equal((STATUS_SUCCESS, (nuint)4), (receive.Wait(), receive.Information));
        Assert.Equal("data"u8.ToArray(), buffer.Contents[..4]);
        listener.Events.WaitForAccept();
    });

    [ArmTheory]
    [Rule("ACCEPT-39")]
    [Rule("OPEN-31")]
    [InlineData(STATUS_UNSUCCESSFUL)]
    [InlineData(STATUS_INSUFFICIENT_RESOURCES)]
    [InlineData(STATUS_PENDING)]
    public void ACCEPT_39_every_other_value_refuses_and_is_reported(Arm arm, NTSTATUS answer) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Offering(world);
            listener.Events.OnAccept = _ => answer;
            var peer = listener.Connect();

            Assert.False(peer.ReadsEnd());
            Assert.Equal(["OPEN-31"], world.Breaches);
            listener.Close();
            Assert.Equal(0, world.Provider.OpenSockets);
        });

    [ArmTheory]
    [Rule("ACCEPT-34")]
    [Rule("CLOSE-06")]
    public void ACCEPT_34_what_was_begun_on_a_refused_socket_is_cancelled(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Offering(world);
            using var receive = listener.Client.Irp();
            using var buffer = new TestBuffer(world.Executive, 0, 4);
            listener.Events.OnAccept = call =>
            {
                var code = listener.Client.Function(call.Socket, "WskReceive");
                world.Call(code, call.Socket, buffer, 0, receive);
                return STATUS_REQUEST_NOT_ACCEPTED;
            };
            var peer = listener.Connect();

            Assert.Equal((STATUS_CANCELLED, (nuint)0), (receive.Wait(), receive.Information));
            Assert.False(peer.ReadsEnd());
        });

    [ArmTheory]
    [Rule("ACCEPT-25", Twin.Obeyed)]
    [Rule("ACCEPT-25", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void ACCEPT_25_using_an_address_that_was_not_copied_is_reported(Arm arm, bool isCopied) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Offering(world);
            listener.Connect();
            var call = listener.Events.WaitForAccept();
            using var irp = listener.Client.Irp();
            var other = listener.Client.Open(WSK_FLAG_CONNECTION_SOCKET);
            Assert.Equal(STATUS_SUCCESS, listener.Client.Bind(other, listener.Client.Any()));
            var address = isCopied ? listener.Client.Address(call.Local) : call.LocalBuffer.Address;
            var status = listener.Client.ConnectTo(other, address);

            Assert.Equal(isCopied ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER, status);
            Assert.Equal(isCopied ? [] : ["ACCEPT-25"], world.Breaches);
            listener.Client.Close(other);
        });

    private static TestListener Offering(
        ContractWorld world, bool isStream = false, uint events = WSK_EVENT_ACCEPT) =>
        new(world, new ListenerOptions { IsStream = isStream, Events = events });

    // The test is told of the callback a moment before it returns; behind the close it has.
    private static NTSTATUS EnableAfterReturn(TestListener listener, nuint accepted, uint mask)
    {
        var other = listener.Client.Socket();
        listener.Client.Close(other);
        return listener.Client.SetEvents(accepted, mask);
    }
}
