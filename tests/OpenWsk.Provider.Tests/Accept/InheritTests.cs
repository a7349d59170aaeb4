// What accepted sockets inherit from their listener: connection events through WskAcceptEvent, static ones
// too, and options of the transport. Rules EVT-18..20, CTLS-24, CTLS-27, CTLC-22, CTLC-25, DIFF-20.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class InheritTests
{
    private const uint Connection = WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT;
    private const ulong Context = 0xFFFF_A000_0000_0043;

    [ArmTheory]
    [Rule("EVT-18")]
    [Rule("DIFF-20")]
    [InlineData(false)]
    [InlineData(true)]
    public void EVT_18_connection_events_are_inherited_through_the_callback(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Inheriting(
                world, new ListenerOptions { IsStream = isStream, Events = WSK_EVENT_ACCEPT | Connection });
            var peer = listener.Connect();
            peer.Send("data"u8);
            peer.ShutdownSend();
            listener.Connections.WaitForBytes(4);
            listener.Connections.WaitForDisconnects(1);

            Assert.Equal(Context, listener.Connections.Receives[0].Context);
            Assert.Equal(Context, listener.Connections.Disconnects[0].Context);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-19")]
    [InlineData(WSK_EVENT_RECEIVE)]
    [InlineData(WSK_EVENT_DISCONNECT)]
    [InlineData(WSK_EVENT_SEND_BACKLOG)]
    public void EVT_19_they_cannot_be_disabled_on_the_listener(Arm arm, uint mask) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Inheriting(
                world, new ListenerOptions { Events = WSK_EVENT_ACCEPT | Connection });

            Assert.Equal(
                STATUS_INVALID_DEVICE_REQUEST,
                listener.Client.SetEvents(listener.Socket, mask | WSK_EVENT_DISABLE));
            var peer = listener.Connect();
            peer.Send("data"u8);
            listener.Connections.WaitForBytes(4);
            // On the accepted socket they can.
            var accepted = listener.Events.WaitForAccept().Socket;
            Assert.Equal(
                STATUS_SUCCESS,
                listener.Client.SetEvents(accepted, WSK_EVENT_DISCONNECT | WSK_EVENT_DISABLE));
        });

    [ArmTheory]
    [Rule("EVT-20")]
    public void EVT_20_they_stay_when_the_accept_callback_is_disabled_and_enabled(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = Inheriting(
                world, new ListenerOptions { Events = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE });
            listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE);
            listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT);
            listener.Connect().Send("data"u8);

            listener.Connections.WaitForBytes(4);
        });

    [ArmTheory]
    [Rule("EVT-18")]
    public void EVT_18_what_is_enabled_later_counts_later(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = Inheriting(world, new ListenerOptions { Events = WSK_EVENT_ACCEPT });
        var first = listener.Connect();
        var accepted = listener.Events.WaitForAccept().Socket;
        Flush(listener);
        listener.Client.SetEvents(listener.Socket, WSK_EVENT_RECEIVE);
        listener.Connect().Send("second"u8);
        listener.Connections.WaitForBytes(6);

        first.Send("first"u8);
        Assert.Equal("first"u8.ToArray(), listener.Client.Receive(accepted, 5).Data);
        Assert.Equal("second"u8.ToArray(), listener.Connections.Shown);
    });

    [ArmTheory]
    [Rule("CTLC-22")]
    [Rule("CTLC-25")]
    [InlineData(false)]
    [InlineData(true)]
    public void CTLC_22_static_events_hold_on_the_listener_and_accepted_sockets(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions
            {
                IsStream = isStream,
                StaticEvents = WSK_EVENT_ACCEPT | Connection,
            });
            listener.Events.OnAccept = call => call.Take(Context, listener.Connections.Table);
            var peer = listener.Connect();
            peer.Send("data"u8);
            listener.Connections.WaitForBytes(4);
            var accepted = listener.Events.WaitForAccept().Socket;

            Assert.Equal(
                STATUS_INVALID_DEVICE_REQUEST,
                listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE));
            Assert.Equal(
                STATUS_INVALID_DEVICE_REQUEST,
                listener.Client.SetEvents(accepted, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-23", Twin.Violated)]
    public void EVT_23_an_inherited_event_without_its_callback_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(
                world, new ListenerOptions { Events = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE });
            var empty = listener.Client.Memory(24);
            listener.Events.OnAccept = call => call.Take(Context, empty);
            var peer = listener.Connect();
            peer.Send("data"u8);
            var accepted = listener.Events.WaitForAccept().Socket;

            Assert.Equal("data"u8.ToArray(), listener.Client.Receive(accepted, 4).Data);
            Flush(listener);
            Assert.Equal(["EVT-23"], world.Breaches);
        });

    [ArmTheory]
    [Rule("CTLS-24")]
    [InlineData(false)]
    [InlineData(true)]
    public void CTLS_24_keep_alive_is_inherited_and_can_be_overridden(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
            Assert.Equal(STATUS_SUCCESS, listener.Client.SetNumber(listener.Socket, SO_KEEPALIVE, 1));
            listener.Connect();
            var accepted = listener.Accept();

            Assert.Equal(1u, listener.Client.GetNumber(accepted, SO_KEEPALIVE));
            Assert.Equal(STATUS_SUCCESS, listener.Client.SetNumber(accepted, SO_KEEPALIVE, 0));
            Assert.Equal(0u, listener.Client.GetNumber(accepted, SO_KEEPALIVE));
            Assert.Equal(1u, listener.Client.GetNumber(listener.Socket, SO_KEEPALIVE));
        });

    [ArmTheory]
    [Rule("CTLS-27")]
    [InlineData(false)]
    [InlineData(true)]
    public void CTLS_27_the_receive_buffer_is_inherited_and_can_be_overridden(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
            Assert.Equal(STATUS_SUCCESS, listener.Client.SetNumber(listener.Socket, SO_RCVBUF, 20_000));
            listener.Connect();
            var accepted = listener.Accept();

            Assert.Equal(20_000u, listener.Client.GetNumber(accepted, SO_RCVBUF));
            Assert.Equal(STATUS_SUCCESS, listener.Client.SetNumber(accepted, SO_RCVBUF, 30_000));
            Assert.Equal(30_000u, listener.Client.GetNumber(accepted, SO_RCVBUF));
            Assert.Equal(20_000u, listener.Client.GetNumber(listener.Socket, SO_RCVBUF));
        });

    private static TestListener Inheriting(ContractWorld world, ListenerOptions options)
    {
        // The callback must answer from the first connection on, so the events are enabled when it does.
        var listener = new TestListener(world, options with { Events = 0 });
        listener.Events.OnAccept = call => call.Take(Context, listener.Connections.Table);
        Assert.Equal(STATUS_SUCCESS, listener.Client.SetEvents(listener.Socket, options.Events));
        return listener;
    }

    // What the dispatcher had to do before is done.
    private static void Flush(TestListener listener)
    {
        var other = listener.Client.Socket();
        listener.Client.Close(other);
    }
}
