// WskAccept: what it gives, when, and to whom. Rules ACCEPT-01..16, OBS-12, OPEN-35. Its races with close,
// cancel and break are AcceptEndTests.cs; WskAcceptEvent is AcceptEventTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class AcceptTests
{
    [ArmTheory]
    [Rule("ACCEPT-01")]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_01_a_waiting_connection_is_given_at_once(Arm arm, bool isStream) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
                var peer = listener.Connect();
                peer.Send("waiting"u8);
                peer.Finish();
                using var irp = listener.Client.Irp();

                Assert.Equal(STATUS_SUCCESS, listener.TryAccept(irp));
                Assert.True(irp.IsCompleted);
                Assert.Equal(STATUS_SUCCESS, irp.Status);
                var accepted = listener.Own(irp.Information);
                Assert.Equal("waiting"u8.ToArray(), listener.Client.Receive(accepted, 7).Data);
            },
            new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("ACCEPT-02")]
    [Rule("STREAM-10")]
    [Rule("BIND-07")]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_02_without_a_connection_it_waits_for_one(Arm arm, bool isStream) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = isStream });
            using var irp = listener.Client.Irp();

            Assert.Equal(STATUS_PENDING, listener.TryAccept(irp));
            Assert.False(irp.IsCompleted);
            var peer = listener.Connect();
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.True(irp.PendingReturned);
            Assert.Equal(1, irp.Completions);
            AssertMovesBytes(listener, listener.Own(irp.Information), peer);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-03")]
    [Rule("ACCEPT-37")]
    [Rule("OPEN-35")]
    [Rule("OBS-15")]
    public void ACCEPT_03_several_accepts_get_their_connections_in_order(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            const int count = 5;
            using var listener = new TestListener(world);
            var irps = Enumerable.Range(0, count).Select(_ => listener.Client.Irp()).ToArray();
            foreach (var irp in irps)
                Assert.Equal(STATUS_PENDING, listener.TryAccept(irp));
            Assert.Equal(Enumerable.Repeat("OBS-15", count - 1), world.Breaches);

            for (var i = 0; i < count; i++)
            {
                var peer = listener.Connect();
                Assert.Equal(STATUS_SUCCESS, irps[i].Wait());
                var accepted = listener.Own(irps[i].Information);
                Assert.Equal(peer.LocalAddress, listener.Client.RemoteAddress(accepted).Address);
                Assert.All(irps[(i + 1)..], irp => Assert.False(irp.IsCompleted));
                irps[i].Dispose();
            }
        });

    [ArmTheory]
    [Rule("ACCEPT-06", Twin.Violated)]
    [Rule("ACCEPT-05")]
    [Rule("OPEN-05")]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void ACCEPT_06_an_unbound_socket_accepts_nothing(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(category);

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Run(irp => client.TryAccept(socket, irp)));
            Assert.Equal(["ACCEPT-06"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("ACCEPT-07", Twin.Violated)]
    [Rule("ACCEPT-05")]
    public void ACCEPT_07_reserved_flags_are_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);

        Assert.Equal(
            STATUS_INVALID_PARAMETER, listener.Client.Run(irp => listener.TryAccept(irp, flags: 1)));
        Assert.Equal(["ACCEPT-07"], world.Breaches);
    });

    [ArmTheory]
    [Rule("ACCEPT-06", Twin.Obeyed)]
    [Rule("ACCEPT-07", Twin.Obeyed)]
    [Rule("ACCEPT-08")]
    [Rule("ADDR-07")]
    [Rule("ADDR-13")]
    public void ACCEPT_08_the_socket_is_connection_oriented_bound_and_connected(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            var peer = listener.Connect();
            var accepted = listener.Accept();
            var other = listener.Client.Socket();

            var table = new GuestPtr<WSK_SOCKET>(other).Value.Dispatch;
            Assert.Equal(table, new GuestPtr<WSK_SOCKET>(accepted).Value.Dispatch);
            Assert.Equal((STATUS_SUCCESS, listener.Address), listener.Client.LocalAddress(accepted));
            Assert.Equal((STATUS_SUCCESS, peer.LocalAddress), listener.Client.RemoteAddress(accepted));
            Assert.Empty(world.Breaches);
            listener.Client.Close(other);
        });

    [ArmTheory]
    [Rule("ACCEPT-09")]
    [Rule("ACCEPT-10", Twin.Obeyed)]
    [Rule("ACCEPT-11", Twin.Obeyed)]
    public void ACCEPT_09_context_and_table_serve_the_callbacks(Arm arm) => ContractWorld.Run(arm, world =>
    {
        const ulong context = 0xFFFF_A000_0000_0099;
        using var listener = new TestListener(world);
        var peer = listener.Connect();
        var accepted = listener.Accept(context, listener.Connections.Table);

        Assert.Equal(STATUS_SUCCESS, listener.Client.SetEvents(accepted, WSK_EVENT_RECEIVE));
        peer.Send("data"u8);
        listener.Connections.WaitForBytes(4);
        Assert.Equal(context, listener.Connections.Receives[0].Context);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("ACCEPT-10", Twin.Violated)]
    public void ACCEPT_10_a_context_in_paged_pool_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        using var paged = new PagedBlock(world);
        listener.Connect();

        listener.Accept(paged.Address);
        Assert.Equal(["ACCEPT-10"], world.Breaches);
    });

    [ArmTheory]
    [Rule("ACCEPT-11", Twin.Violated)]
    public void ACCEPT_11_a_table_that_holds_no_code_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        var table = listener.Client.Memory(24);
        GuestMemory.Write(table, 0x1234ul);
        listener.Connect();

        listener.Accept(table: table);
        Assert.Equal(["ACCEPT-11"], world.Breaches);
    });

    [ArmTheory]
    [Rule("ACCEPT-12")]
    [Rule("ACCEPT-13")]
    [Rule("ACCEPT-15", Twin.Obeyed)]
    [Rule("OBS-12")]
    [InlineData(AF_INET, false)]
    [InlineData(AF_INET, true)]
    [InlineData(AF_INET6, false)]
    [InlineData(AF_INET6, true)]
    public void ACCEPT_12_both_ends_are_told_at_completion(Arm arm, ushort family, bool isPending) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { Family = family });
            var local = listener.Client.Memory(28);
            var remote = listener.Client.Memory(28);
            using var irp = listener.Client.Irp();
            var peer = isPending ? null : listener.Connect();
            var returned = listener.Client.TryAccept(listener.Socket, irp, local: local, remote: remote);
            Assert.Equal(STATUS_PENDING, returned);
            peer ??= listener.Connect();

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            listener.Own(irp.Information);
            Assert.Equal(listener.Address, Read(local));
            Assert.Equal(peer.LocalAddress.WithoutPort(), Read(remote).WithoutPort());
            Assert.Equal(peer.LocalAddress.Port, Read(remote).Port);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-14")]
    [InlineData(false)]
    [InlineData(true)]
    public void ACCEPT_14_either_address_may_be_left_out(Arm arm, bool wantsLocal) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            var buffer = listener.Client.Memory(28);
            var peer = listener.Connect();
            listener.Own(listener.Client.Accept(
                listener.Socket, local: wantsLocal ? buffer : 0, remote: wantsLocal ? 0 : buffer));

            Assert.Equal(wantsLocal ? listener.Address : peer.LocalAddress, Read(buffer));
        });

    [ArmTheory]
    [Rule("ACCEPT-15", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void ACCEPT_15_an_address_buffer_in_paged_pool_is_reported(Arm arm, bool isLocal) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            using var paged = new PagedBlock(world);
            listener.Connect();

            listener.Own(listener.Client.Accept(
                listener.Socket, local: isLocal ? paged.Address : 0, remote: isLocal ? 0 : paged.Address));
            Assert.Equal(["ACCEPT-15"], world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-15", Twin.Violated)]
    public void ACCEPT_15_an_address_buffer_that_is_freed_while_it_waits_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world);
            var block = new PagedBlock(world, isPaged: false);
            using var irp = listener.Client.Irp();
            listener.Client.TryAccept(listener.Socket, irp, local: block.Address);
            block.Dispose();
            listener.Connect();

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            listener.Own(irp.Information);
            Assert.Equal(["ACCEPT-15"], world.Breaches);
        });

    [ArmTheory]
    [Rule("ACCEPT-16")]
    [Rule("DIFF-20")]
    [InlineData(0u)]
    [InlineData(WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT)]
    public void ACCEPT_16_all_callbacks_of_the_socket_are_disabled(Arm arm, uint inherited) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { Events = inherited });
            var peer = listener.Connect();
            var accepted = listener.Accept(1, listener.Connections.Table);

            peer.Send("data"u8);
            Assert.Equal("data"u8.ToArray(), listener.Client.Receive(accepted, 4).Data);
            peer.ShutdownSend();
            Assert.Equal((STATUS_SUCCESS, []), listener.Client.Receive(accepted, 4));
            Assert.Empty(listener.Connections.Receives);
            Assert.Empty(listener.Connections.Disconnects);
        });

    [ArmTheory]
    [Rule("ACCEPT-19")]
    public void ACCEPT_19_the_object_lives_until_it_is_closed(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(world);
        listener.Connect();
        var accepted = listener.Accept();

        Assert.NotEqual(0u, new GuestPtr<WSK_SOCKET>(accepted).Value.Dispatch);
        var close = listener.Client.Function(accepted, "WskCloseSocket");
        listener.Close(accepted);
        Assert.Equal(0u, new GuestPtr<WSK_SOCKET>(accepted).Value.Dispatch);
        Assert.Equal(STATUS_INVALID_HANDLE, listener.Client.Run(irp => world.Call(close, accepted, irp)));
        Assert.Equal(["SOCK-37"], world.Breaches);
    });

    private static void AssertMovesBytes(TestListener listener, nuint accepted, IPeer peer)
    {
        peer.Send("question"u8);
        Assert.Equal("question"u8.ToArray(), listener.Client.Receive(accepted, 8).Data);
        Assert.Equal((STATUS_SUCCESS, (nuint)6), listener.Client.Send(accepted, "answer"u8));
        Assert.Equal("answer"u8.ToArray(), peer.Receive(6));
    }

    private static EndpointAddress Read(nuint memory)
    {
        Assert.True(EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(memory), out var address));
        return address;
    }
}
