// WskAcceptEvent: when it is called and with what. Rules ACCEPT-17, 18, 20..28, EVT-12, OBS-17, OBS-18.
// What becomes of the socket that it offers is AcceptOfferTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class AcceptEventTests
{
    private static readonly ListenerOptions s_enabled = new() { Events = WSK_EVENT_ACCEPT };

    [ArmTheory]
    [Rule("ACCEPT-20")]
    [Rule("EVT-12")]
    [Rule("EVT-16", Twin.Obeyed)]
    [Rule("STREAM-13")]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_20_the_callback_comes_when_it_is_enabled_and_not_before(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
            var early = listener.Connect();
            Assert.Equal(early.LocalAddress, listener.Client.RemoteAddress(listener.Accept()).Address);
            Assert.Empty(listener.Events.Accepts);

            var waiting = listener.Connect();
            Assert.Equal(STATUS_SUCCESS, listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT));
            Assert.Equal(waiting.LocalAddress, listener.Events.WaitForAccept().Remote);
            var later = listener.Connect();
            Assert.Equal(later.LocalAddress, listener.Events.WaitForAccept(2).Remote);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-16", Twin.Violated)]
    [Rule("OPEN-38")]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void EVT_16_before_it_listens_nothing_can_be_enabled(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var events = new TestListenEvents(world.Executive);
            using var client = new TestClient(world);
            var table = client.Memory(16);
            GuestMemory.Write(table, events.Table);
            var isStream = category == WSK_FLAG_STREAM_SOCKET;
            var socket = client.Open(category, dispatch: isStream ? table : events.Table);

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.SetEvents(socket, WSK_EVENT_ACCEPT));
            Assert.Equal([isStream ? "EVT-17" : "EVT-16"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("ACCEPT-22")]
    [Rule("ACCEPT-23")]
    [Rule("ACCEPT-24")]
    [Rule("ACCEPT-08")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void ACCEPT_24_the_callback_gets_context_level_both_ends_and_the_socket(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, s_enabled with { Family = family });
            var peer = listener.Connect();
            var call = listener.Events.WaitForAccept();

            Assert.Equal(TestListener.Context, call.Context);
            Assert.Equal(WSK_FLAG_AT_DISPATCH_LEVEL, call.Flags);
            Assert.Equal(Irql.Dispatch, call.Irql);
            Assert.Equal((listener.Address, peer.LocalAddress), (call.Local, call.Remote));
            Assert.Equal(call.Remote, listener.Client.RemoteAddress(call.Socket).Address);
            // What the callback was shown is gone: a driver that kept the pointer reads no address.
            Assert.False(EndpointAddress.TryRead(call.LocalBuffer, out _));
        });

    [ArmTheory]
    [Rule("ACCEPT-21")]
    public void ACCEPT_21_the_connection_stands_when_the_callback_runs(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            var statuses = new List<NTSTATUS>();
            using var buffer = new TestBuffer(world.Executive, "hello"u8);
            using var send = listener.Client.Irp();
            listener.Events.OnAccept = call =>
            {
                var code = listener.Client.Function(call.Socket, "WskSend");
                statuses.Add(world.Call(code, call.Socket, buffer, 0, send));
                return STATUS_SUCCESS;
            };
            listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT);
            var peer = listener.Connect();

            Assert.Equal("hello"u8.ToArray(), peer.Receive(5));
            Assert.Equal((STATUS_SUCCESS, (nuint)5), (send.Wait(), send.Information));
            // The send may complete on another dispatcher before its call has returned.
            listener.Events.WaitForAccept();
            Assert.Equal([STATUS_PENDING], statuses);
        });

    [ArmTheory]
    [Rule("ACCEPT-17")]
    [Rule("OBS-17")]
    [Rule("ACCEPT-37")]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_17_a_queued_accept_comes_before_the_callback(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, s_enabled with { IsStream = isStream });
            using var irp = listener.Client.Irp();
            Assert.Equal(STATUS_PENDING, listener.TryAccept(irp));
            var first = listener.Connect();
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            var accepted = listener.Own(irp.Information);
            var second = listener.Connect();
            listener.Events.WaitForAccept();

            Assert.Equal(first.LocalAddress, listener.Client.RemoteAddress(accepted).Address);
            Assert.Equal([second.LocalAddress], listener.Events.Accepts.Select(a => a.Remote));
        });

    [ArmTheory]
    [Rule("OBS-18")]
    [Rule("EVT-07")]
    [Rule("EVT-10")]
    public void OBS_18_when_the_callback_is_disabled_only_accepts_deliver(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, s_enabled);
            listener.Connect();
            listener.Events.WaitForAccept();
            // The last callback has returned for sure when a disable with an IRP has completed.
            using var irp = listener.Client.Irp();
            listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE, irp);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());

            var peer = listener.Connect();
            Assert.Equal(peer.LocalAddress, listener.Client.RemoteAddress(listener.Accept()).Address);
            Assert.Single(listener.Events.Accepts);
        });

    [ArmTheory]
    [Rule("EVT-08")]
    [Rule("EVT-09")]
    [InlineData(true)]
    [InlineData(false)]
    public void EVT_08_a_disable_waits_for_the_running_callback(Arm arm, bool hasIrp) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            var gate = new CallbackGate(world.Executive);
            using var entered = new ManagedEvent(world.Executive);
            listener.Events.OnAccept = _ =>
            {
                entered.Set();
                gate.Wait();
                return STATUS_SUCCESS;
            };
            listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT);
            listener.Connect();
            entered.Wait();
            using var irp = listener.Client.Irp();
            var status = listener.Client.SetEvents(
                listener.Socket, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE, hasIrp ? (ulong)irp : 0);

            Assert.Equal(hasIrp ? STATUS_PENDING : STATUS_EVENT_PENDING, status);
            Assert.False(irp.IsCompleted);
            gate.Open();
            if (hasIrp)
                Assert.Equal(STATUS_SUCCESS, irp.Wait());
            listener.Events.WaitForAccept();
            var peer = listener.Connect();
            Assert.Equal(peer.LocalAddress, listener.Client.RemoteAddress(listener.Accept()).Address);
        });

    [ArmTheory]
    [Rule("ACCEPT-26")]
    [Rule("ACCEPT-27")]
    [Rule("ACCEPT-28", Twin.Obeyed)]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_26_a_broken_listener_is_told_once_by_a_null_socket(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, s_enabled with { IsStream = isStream });
            world.Provider.BreakSocket(listener.Socket);
            var call = listener.Events.WaitForAccept();
            world.Provider.BreakSocket(listener.Socket);
            listener.Close();

            Assert.Equal((TestListener.Context, (nuint)0), (call.Context, call.Socket));
            Assert.Single(listener.Events.Accepts);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-28", Twin.Violated)]
    public void ACCEPT_28_a_listener_that_is_used_on_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world, s_enabled);
        world.Provider.BreakSocket(listener.Socket);
        listener.Events.WaitForAccept();
        // The dispatcher is behind the callback when it has completed a close.
        var other = listener.Client.Socket();
        listener.Client.Close(other);

        Assert.Equal(STATUS_FILE_FORCED_CLOSED, listener.Client.Run(irp => listener.TryAccept(irp)));
        Assert.Equal(["ACCEPT-28"], world.Breaches);
    });

    [ArmTheory]
    [Rule("CLOSE-08")]
    [Rule("CLOSE-09")]
    [Rule("OPEN-29")]
    public void CLOSE_08_a_close_waits_for_the_callback_and_none_follows(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            var gate = new CallbackGate(world.Executive);
            using var entered = new ManagedEvent(world.Executive);
            listener.Events.OnAccept = _ =>
            {
                entered.Set();
                gate.Wait();
                return STATUS_SUCCESS;
            };
            listener.Connect();
            var waiting = listener.Connect();
            listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT);
            entered.Wait();
            using var close = listener.Client.Irp();
            Assert.Equal(STATUS_PENDING, listener.TryClose(close));

            Assert.False(close.IsCompleted);
            gate.Open();
            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.False(waiting.ReadsEnd());
            Assert.Single(listener.Events.Accepts);
        });

    [ArmTheory]
    [Rule("CLOSE-10")]
    public void CLOSE_10_a_callback_may_close_its_listener(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        using var close = listener.Client.Irp();
        var returned = STATUS_SUCCESS;
        listener.Events.OnAccept = _ =>
        {
            returned = listener.TryClose(close);
            return STATUS_SUCCESS;
        };
        listener.Client.SetEvents(listener.Socket, WSK_EVENT_ACCEPT);
        var peer = listener.Connect();

        Assert.Equal(STATUS_SUCCESS, close.Wait());
        Assert.Equal(STATUS_PENDING, returned);
        // The socket that this callback took is the client's all the same.
        var accepted = listener.Events.WaitForAccept().Socket;
        peer.Send("data"u8);
        Assert.Equal("data"u8.ToArray(), listener.Client.Receive(accepted, 4).Data);
    });
}
