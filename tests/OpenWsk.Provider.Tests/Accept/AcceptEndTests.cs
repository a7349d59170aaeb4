// How a WskAccept ends that gets no connection, and what becomes of connections that nobody took: close,
// cancel, break, deregistration. Rules ACCEPT-04, ACCEPT-38, CLOSE-16, CLOSE-17, REG-21, OBS-13, OBS-21,
// OPEN-64.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class AcceptEndTests
{
    [ArmTheory]
    [Rule("OBS-13")]
    [Rule("OBS-21")]
    [InlineData(false)]
    [InlineData(true)]
    public void OBS_13_a_close_cancels_the_accepts_that_wait(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
            using var first = listener.Client.Irp();
            using var second = listener.Client.Irp();
            using var close = listener.Client.Irp();
            listener.TryAccept(first);
            listener.TryAccept(second);
            var order = new List<string>();
            first.OnCompletion = () => order.Add("first");
            second.OnCompletion = () => order.Add("second");
            close.OnCompletion = () => order.Add("close");

            Assert.Equal(STATUS_PENDING, listener.TryClose(close));
            Assert.Equal(STATUS_SUCCESS, close.Wait());
            foreach (var irp in new[] { first, second })
                Assert.Equal((STATUS_CANCELLED, (nuint)0, 1), (irp.Wait(), irp.Information, irp.Completions));
            Assert.Equal(["first", "second", "close"], order);
        });

    [ArmTheory]
    [Rule("ACCEPT-38")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void ACCEPT_38_a_cancelled_accept_takes_no_connection(Arm arm, int cancelled) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            var irps = Enumerable.Range(0, 3).Select(_ => listener.Client.Irp()).ToArray();
            foreach (var irp in irps)
                listener.TryAccept(irp);

            Assert.True(irps[cancelled].Cancel());
            Assert.Equal(STATUS_CANCELLED, irps[cancelled].Wait());
            Assert.Equal((nuint)0, irps[cancelled].Information);
            foreach (var irp in irps.Where(i => i != irps[cancelled]))
            {
                var peer = listener.Connect();
                Assert.Equal(STATUS_SUCCESS, irp.Wait());
                var accepted = listener.Own(irp.Information);
                Assert.Equal(peer.LocalAddress, listener.Client.RemoteAddress(accepted).Address);
            }
            // Nor does it take the place of one that comes later.
            var last = listener.Connect();
            Assert.Equal(last.LocalAddress, listener.Client.RemoteAddress(listener.Accept()).Address);
            foreach (var irp in irps)
                irp.Dispose();
        });

    [ArmTheory]
    [Rule("ACCEPT-38")]
    [Rule("ACCEPT-37")]
    public void ACCEPT_38_a_cancel_that_races_with_a_connection_loses_neither(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            for (var i = 0; i < 8; i++)
            {
                using var irp = listener.Client.Irp();
                listener.TryAccept(irp);
                IPeer? peer = null;
                using var connected = world.Start(() => peer = listener.Connect());
                irp.Cancel();
                var status = irp.Wait();
                connected.Wait();
                var accepted = status == STATUS_SUCCESS ? listener.Own(irp.Information) : listener.Accept();

                Assert.True(status is STATUS_SUCCESS or STATUS_CANCELLED);
                Assert.Equal(1, irp.Completions);
                Assert.Equal(peer!.LocalAddress, listener.Client.RemoteAddress(accepted).Address);
            }
        });

    [ArmTheory]
    [Rule("ACCEPT-04")]
    [Rule("OPEN-15")]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_04_on_a_broken_listener_every_accept_fails(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
            using var waiting = listener.Client.Irp();
            listener.TryAccept(waiting);

            Assert.True(world.Provider.BreakSocket(listener.Socket));
            Assert.Equal((STATUS_FILE_FORCED_CLOSED, (nuint)0), (waiting.Wait(), waiting.Information));
            Assert.Equal(1, waiting.Completions);
            using var later = listener.Client.Irp();
            Assert.Equal(STATUS_FILE_FORCED_CLOSED, listener.TryAccept(later));
            Assert.Equal((1, STATUS_FILE_FORCED_CLOSED), (later.Completions, later.Status));
        });

    [ArmTheory]
    [Rule("OPEN-64")]
    [InlineData(false)]
    [InlineData(true)]
    public void OPEN_64_a_close_resets_what_nobody_took(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(
                world, new ListenerOptions { IsStream = isStream, Address = world.FreePort() });
            var peer = listener.Connect();
            peer.Send("x"u8);

            listener.Close();
            Assert.False(peer.ReadsEnd());
            Assert.True(world.IsRefused(listener.Address));
        });

    [ArmTheory]
    [Rule("CLOSE-17")]
    public void CLOSE_17_a_close_leaves_accepted_sockets_alone(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        var peer = listener.Connect();
        var accepted = listener.Accept();
        using var receive = listener.Client.Irp();
        using var buffer = new TestBuffer(world.Executive, 0, 4);
        world.Call(listener.Client.Function(accepted, "WskReceive"), accepted, buffer, 0, receive);

        listener.Close();
        peer.Send("data"u8);
        Assert.Equal((STATUS_SUCCESS, (nuint)4), (receive.Wait(), receive.Information));
        Assert.Equal((STATUS_SUCCESS, (nuint)6), listener.Client.Send(accepted, "answer"u8));
        Assert.Equal("answer"u8.ToArray(), peer.Receive(6));
        Assert.Equal((STATUS_SUCCESS, listener.Address), listener.Client.LocalAddress(accepted));
    });

    [ArmTheory]
    [Rule("CLOSE-16")]
    [InlineData(false)]
    [InlineData(true)]
    public void CLOSE_16_the_address_can_be_bound_again(Arm arm, bool hasConnection) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { Address = world.FreePort() });
            if (hasConnection)
            {
                listener.Connect();
                listener.Accept();
            }
            var other = listener.Client.Open(WSK_FLAG_LISTEN_SOCKET);
            var address = listener.Client.Address(listener.Address);
            Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, listener.Client.Bind(other, address));

            listener.Close();
            Assert.Equal(STATUS_SUCCESS, listener.Client.Bind(other, address));
            var peer = listener.Connect();
            var accepted = listener.Own(listener.Client.Accept(other));
            Assert.Equal(peer.LocalAddress, listener.Client.RemoteAddress(accepted).Address);
            listener.Client.Close(other);
        });

    [ArmTheory]
    [Rule("REG-21")]
    [Rule("REG-20")]
    public void REG_21_deregistration_waits_for_accepted_sockets(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        listener.Connect();
        var accepted = listener.Accept();
        listener.Close();
        listener.Client.Release();
        var ended = world.StartDeregister(listener.Client);

        world.StaysUnset(ended);
        listener.Close(accepted);
        ended.Wait();
        ended.Dispose();
    });

    [ArmTheory]
    [Rule("REG-22")]
    public void REG_22_deregistration_waits_for_a_listener_and_its_accept(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            using var irp = listener.Client.Irp();
            listener.TryAccept(irp);
            listener.Client.Release();
            var ended = world.StartDeregister(listener.Client);

            world.StaysUnset(ended);
            Assert.False(irp.IsCompleted);
            listener.Close();
            Assert.Equal(STATUS_CANCELLED, irp.Wait());
            ended.Wait();
            ended.Dispose();
        });
}
