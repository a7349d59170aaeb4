// WskReceiveFrom: completion, order, truncation, and every place that may be NULL. Rules DGRAM-23..39,
// DIFF-15, OPEN-05, 23, 24. Control information: DatagramControlTests.cs. Callbacks:
// ReceiveFromEventTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ReceiveFromTests
{
    [ArmTheory]
    [Rule("DGRAM-23")]
    [Rule("IRP-22")]
    public void DGRAM_23_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            using var events = new DatagramEvents(world.Executive);
            events.OnReceive = _ => STATUS_DATA_NOT_ACCEPTED;
            var socket = client.Datagram(events: events);
            // The callback shows that the datagram is there; disabling waits until it has refused it.
            client.SetEvents(socket, WSK_EVENT_RECEIVE_FROM);
            peer.Send("hello"u8, client.BoundTo(socket));
            events.WaitForDatagrams(1);
            client.Run(irp => client.SetEvents(socket, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE, irp));
            using var receive = new DatagramReceive(client, socket).Start();

            Assert.Equal(STATUS_SUCCESS, receive.Returned);
            Assert.Equal((1, STATUS_SUCCESS), (receive.Irp.Completions, receive.Irp.Status));
            Assert.Equal(("hello", false), (receive.Text, receive.Irp.PendingReturned));
            client.Close(socket);
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("DGRAM-24")]
    [Rule("DGRAM-27")]
    [Rule("DGRAM-32")]
    [Rule("DGRAM-34")]
    [Rule("BIND-09")]
    [Rule("MDL-18")]
    [Rule("DGRAM-33", Twin.Obeyed)]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void DGRAM_24_a_pended_receive_ends_with_one_datagram(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world, family);
            var socket = client.Datagram(family);
            using var first = new DatagramReceive(client, socket).Start();
            using var second = new DatagramReceive(client, socket).Start();
            using var third = new DatagramReceive(client, socket).Start();
            Assert.Equal((STATUS_PENDING, STATUS_PENDING), (first.Returned, second.Returned));
            peer.Send("hello"u8, client.BoundTo(socket));
            peer.Send("world!"u8, client.BoundTo(socket));

            Assert.Equal((STATUS_SUCCESS, STATUS_SUCCESS), (first.Wait(), second.Wait()));
            Assert.Equal(("hello", "world!"), (first.Text, second.Text));
            Assert.Equal((peer.Address, peer.Address), (first.Source, second.Source));
            Assert.Equal((1, true), (first.Irp.Completions, first.Irp.PendingReturned));
            Assert.Equal((0u, 0u), (first.ControlLength, first.Flags));
            Assert.True(first.IsRestUntouched && second.IsRestUntouched);
            Assert.False(third.Irp.IsCompleted);
            Assert.Empty(first.Control);
            client.Close(socket);
            Assert.Equal(STATUS_CANCELLED, third.Wait());
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DGRAM-28")]
    [Rule("DGRAM-27")]
    [Rule("OPEN-23")]
    [InlineData(STATUS_SUCCESS)]
    [InlineData(STATUS_BUFFER_OVERFLOW)]
    public void DGRAM_28_what_does_not_fit_is_lost_and_told(Arm arm, NTSTATUS status) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            using var receive = new DatagramReceive(client, socket, lengthBytes: 4).Start();
            using var nothing = new DatagramReceive(client, socket, lengthBytes: 0).Start();
            using var whole = new DatagramReceive(client, socket, lengthBytes: 4).Start();
            peer.Send("12345"u8, client.BoundTo(socket));
            peer.Send("x"u8, client.BoundTo(socket));
            peer.Send("abcd"u8, client.BoundTo(socket));

            Assert.Equal((status, "1234", MSG_TRUNC), (receive.Wait(), receive.Text, receive.Flags));
            Assert.Equal((status, "", MSG_TRUNC), (nothing.Wait(), nothing.Text, nothing.Flags));
            Assert.Equal((STATUS_SUCCESS, "abcd", 0u), (whole.Wait(), whole.Text, whole.Flags));
            Assert.Equal(peer.Address, receive.Source);
            client.Close(socket);
        },
        new WskSettings { TruncatedDatagram = status });

    [ArmTheory]
    [Rule("DGRAM-32")]
    [Rule("DGRAM-35")]
    [Rule("DGRAM-37")]
    [Rule("DIFF-28")]
    public void DGRAM_35_every_place_but_the_buffer_may_be_null(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world);
        var socket = client.Datagram();
        using var receive = new DatagramReceive(client, socket).StartBare();
        peer.Send("hello"u8, client.BoundTo(socket));

        Assert.Equal((STATUS_SUCCESS, "hello"), (receive.Wait(), receive.Text));
        Assert.Empty(world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DIFF-15")]
    [Rule("DGRAM-35")]
    [Rule("DGRAM-36", Twin.Obeyed)]
    public void DIFF_15_flags_are_told_without_control_length(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world);
        var socket = client.Datagram();
        using var receive = new DatagramReceive(client, socket, lengthBytes: 2).StartWithoutLength(false);
        peer.Send("hello"u8, client.BoundTo(socket));

        Assert.Equal((STATUS_SUCCESS, MSG_TRUNC), (receive.Wait(), receive.Flags));
        Assert.Empty(world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-36", Twin.Violated)]
    [Rule("DGRAM-35")]
    public void DGRAM_36_control_room_without_a_length_is_ignored_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            client.SetLevelOption(socket, IPPROTO_IP, IP_PKTINFO, 1);
            using var receive = new DatagramReceive(client, socket).StartWithoutLength(true);
            peer.Send("hello"u8, client.BoundTo(socket));

            Assert.Equal((STATUS_SUCCESS, 0u), (receive.Wait(), receive.Flags));
            Assert.True(receive.IsControlUntouched);
            Assert.Equal(["DGRAM-36"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-33", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void DGRAM_33_a_place_for_the_address_that_does_not_suit_is_reported(Arm arm, bool isPaged) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Datagram(AF_INET6);
            var place = Allocate(world, isPaged, isPaged ? 28u : 16u);
            using var receive = new DatagramReceive(client, socket);
            receive.Start(place, 0, 0, 0);

            Assert.Equal(["DGRAM-33"], world.Breaches);
            client.Close(socket);
            Assert.Equal(STATUS_CANCELLED, receive.Wait());
            Free(world, place);
        });

    [ArmTheory]
    [Rule("DGRAM-26")]
    [Rule("DGRAM-16", Twin.Violated)]
    [Rule("OPEN-05")]
    public void DGRAM_26_an_unbound_socket_receives_nothing(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.OpenDatagram();
        using var receive = new DatagramReceive(client, socket).Start();

        Assert.Equal(STATUS_INVALID_DEVICE_STATE, receive.Returned);
        Assert.Equal((1, STATUS_INVALID_DEVICE_STATE), (receive.Irp.Completions, receive.Irp.Status));
        Assert.Equal(["DGRAM-16"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-26")]
    [Rule("MDL-07", Twin.Violated)]
    public void DGRAM_26_a_buffer_beyond_its_chain_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Datagram();
        using var receive = new DatagramReceive(client, socket, lengthBytes: 4);
        receive.Buf.Value.Length = 5;

        Assert.Equal(STATUS_INVALID_PARAMETER, receive.Start().Returned);
        Assert.Equal((1, STATUS_INVALID_PARAMETER), (receive.Irp.Completions, receive.Irp.Status));
        Assert.Equal(["MDL-07"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("MDL-02")]
    [Rule("MDL-05")]
    [Rule("MDL-10")]
    [Rule("MDL-19")]
    public void MDL_02_a_datagram_fills_the_window_of_a_chain(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world);
        var socket = client.Datagram();
        using var buffer = new TestBuffer(world.Executive, 2, 4, 1, 6);
        buffer.Write("..........."u8);
        buffer.Buf.Value.Length = 6;
        using var irp = client.Irp();
        world.Call(client.Function(socket, "WskReceiveFrom"), socket, buffer, 0, 0, 0, 0, 0, irp);
        peer.Send("abcdefgh"u8, client.BoundTo(socket));

        Assert.Equal((STATUS_SUCCESS, (nuint)6), (irp.Wait(), irp.Information));
        Assert.Equal("..abcdef..."u8.ToArray(), buffer.Contents);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-29")]
    public void DGRAM_29_a_broadcast_is_told(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Datagram(local: EndpointAddress.Wildcard(AF_INET));
        var port = client.BoundTo(socket).Port;
        using var peer = DatagramPeer.Open(world);
        using var first = new DatagramReceive(client, socket).Start();
        using var second = new DatagramReceive(client, socket).Start();
        peer.Send("all"u8, TestClient.Broadcast(world, port));
        peer.Send("one"u8, TestClient.Loopback(AF_INET, port));

        Assert.Equal((STATUS_SUCCESS, "all", MSG_BCAST), (first.Wait(), first.Text, first.Flags));
        Assert.Equal((STATUS_SUCCESS, "one", 0u), (second.Wait(), second.Text, second.Flags));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-30")]
    public void DGRAM_30_a_multicast_is_told(Arm arm) => TellsMulticast(arm, AF_INET);

    // The host's loopback interface has no route for groups of IPv6.
    [ArmTheory(Arm.Sim)]
    [Rule("DGRAM-30")]
    public void DGRAM_30_an_ipv6_multicast_is_told(Arm arm) => TellsMulticast(arm, AF_INET6);

    [ArmTheory]
    [Rule("OPEN-24")]
    [InlineData(false, STATUS_SUCCESS)]
    [InlineData(true, STATUS_PORT_UNREACHABLE)]
    public void OPEN_24_an_unreachable_port_ends_a_receive_only_where_the_world_says_so(
        Arm arm, bool isTold, NTSTATUS expected)
    {
        HoldingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                using var peer = DatagramPeer.Open(world);
                var socket = client.Datagram();
                client.SetRemote(socket, peer.Address);
                using var receive = new DatagramReceive(client, socket).Start();
                transport!.Socket.Failures.Enqueue(STATUS_PORT_UNREACHABLE);
                peer.Send("here"u8, client.BoundTo(socket));

                Assert.Equal(expected, receive.Wait());
                using var next = new DatagramReceive(client, socket).Start();
                peer.Send("again"u8, client.BoundTo(socket));
                Assert.Equal((STATUS_SUCCESS, isTold ? "here" : "again"), (next.Wait(), next.Text));
                client.Close(socket);
            },
            new WskSettings { TellsPortUnreachable = isTold },
            (inner, executive) => transport = new HoldingTransport(inner, executive.Scheduler));
    }

    [ArmTheory]
    [Rule("OPEN-24")]
    public void OPEN_24_an_unreachable_port_is_not_told_without_a_fixed_address(Arm arm)
    {
        HoldingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                using var peer = DatagramPeer.Open(world);
                var socket = client.Datagram();
                using var receive = new DatagramReceive(client, socket).Start();
                transport!.Socket.Failures.Enqueue(STATUS_PORT_UNREACHABLE);
                peer.Send("here"u8, client.BoundTo(socket));

                Assert.Equal((STATUS_SUCCESS, "here"), (receive.Wait(), receive.Text));
                client.Close(socket);
            },
            new WskSettings { TellsPortUnreachable = true },
            (inner, executive) => transport = new HoldingTransport(inner, executive.Scheduler));
    }

    [ArmTheory]
    [Rule("OPEN-24")]
    [InlineData(1u, STATUS_PORT_UNREACHABLE)]
    [InlineData(0u, STATUS_SUCCESS)]
    public void OPEN_24_sio_udp_connreset_decides_as_well(Arm arm, uint isOn, NTSTATUS expected)
    {
        HoldingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                using var peer = DatagramPeer.Open(world);
                var socket = client.Datagram();
                var held = transport!.Socket;
                Assert.Equal(
                    STATUS_SUCCESS,
                    client.ControlSocket(
                        socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, SIO_UDP_CONNRESET, 0,
                        BitConverter.GetBytes(isOn)));
                using var receive = new DatagramReceive(client, socket).Start();
                held.Failures.Enqueue(STATUS_PORT_UNREACHABLE);
                peer.Send("x"u8, client.BoundTo(socket));

                Assert.Equal(expected, receive.Wait());
                client.Close(socket);
            },
            wrap: (inner, executive) => transport = new HoldingTransport(inner, executive.Scheduler));
    }

    private static void TellsMulticast(Arm arm, ushort family) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var group = new MulticastGroup(world, client, family);
        using var first = new DatagramReceive(client, group.Member).Start();
        using var second = new DatagramReceive(client, group.Member).Start();
        group.Send("all"u8);
        client.SendTo(group.Sender, "one"u8, TestClient.Loopback(family, group.Port));

        Assert.Equal((STATUS_SUCCESS, "all", MSG_MCAST), (first.Wait(), first.Text, first.Flags));
        Assert.Equal((STATUS_SUCCESS, "one", 0u), (second.Wait(), second.Text, second.Flags));
    });

    private static ulong Allocate(ContractWorld world, bool isPaged, ulong lengthBytes) =>
        world.Executive.Routines.Get(Libraries.Ntoskrnl, "ExAllocatePool2").Invoke(
            world.Executive, [isPaged ? 0x100ul : 0x40ul, lengthBytes, 0x74736554]);

    private static void Free(ContractWorld world, ulong block) =>
        world.Executive.Routines.Get(Libraries.Ntoskrnl, "ExFreePoolWithTag").Invoke(
            world.Executive, [block, 0]);
}
