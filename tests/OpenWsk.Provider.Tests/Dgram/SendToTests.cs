// WskSendTo: completion, destination, arguments, length. Rules DGRAM-01..16, 58, 59, OPEN-05, 21, 22. Control
// information: DatagramControlTests.cs. Fixed addresses: FixedAddressTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SendToTests
{
    [ArmTheory]
    [Rule("DGRAM-01")]
    [Rule("IRP-22")]
    public void DGRAM_01_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            using var buffer = new TestBuffer(world.Executive, "hello"u8);
            using var irp = client.Irp();

            Assert.Equal(STATUS_SUCCESS, client.SendTo(socket, buffer, client.Address(peer.Address), irp));
            Assert.Equal((1, STATUS_SUCCESS, (nuint)5), (irp.Completions, irp.Status, irp.Information));
            Assert.False(irp.PendingReturned);
            Assert.Equal("hello"u8.ToArray(), peer.Receive().Data);
            client.Close(socket);
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("DGRAM-02")]
    [Rule("DGRAM-05")]
    [Rule("BIND-09")]
    [Rule("MDL-01")]
    [Rule("DGRAM-09", Twin.Obeyed)]
    [Rule("DGRAM-10", Twin.Obeyed)]
    [Rule("DGRAM-12", Twin.Obeyed)]
    [Rule("DGRAM-16", Twin.Obeyed)]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void DGRAM_05_a_chain_of_buffers_is_one_datagram_to_the_address(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world, family);
            var socket = client.Datagram(family);
            using var buffer = new TestBuffer(world.Executive, 2, 4, 1, 3);
            buffer.Write("..hello!"u8);
            using var irp = client.Irp();

            Assert.Equal(STATUS_PENDING, client.SendTo(socket, buffer, client.Address(peer.Address), irp));
            Assert.Equal((STATUS_SUCCESS, (nuint)6, 1), (irp.Wait(), irp.Information, irp.Completions));
            Assert.True(irp.PendingReturned);
            var (data, from) = peer.Receive();
            Assert.Equal("hello!"u8.ToArray(), data);
            Assert.Equal(client.BoundTo(socket), from);
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-14")]
    public void DGRAM_14_address_and_wsk_buf_are_captured_during_the_call(Arm arm)
    {
        HoldingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                using var peer = DatagramPeer.Open(world);
                var socket = client.Datagram();
                using var buffer = new TestBuffer(world.Executive, "hello"u8);
                using var irp = client.Irp();
                var address = (nuint)client.Address(peer.Address);
                var mdl = buffer.Buf.Value;
                transport!.IsHolding = true;
                client.SendTo(socket, buffer, address, irp);
                GuestMemory.Span(address, 16).Fill(0xEE);
                buffer.Buf.Value = default;
                transport.IsHolding = false;
                transport.Socket.SendAll();

                Assert.Equal((STATUS_SUCCESS, (nuint)5), (irp.Wait(), irp.Information));
                Assert.Equal("hello"u8.ToArray(), peer.Receive().Data);
                buffer.Buf.Value = mdl;
                client.Close(socket);
            },
            wrap: (inner, executive) => transport = new HoldingTransport(inner, executive.Scheduler));
    }

    [ArmTheory]
    [Rule("DGRAM-15")]
    public void DGRAM_15_a_send_completes_only_when_its_data_has_been_sent(Arm arm)
    {
        HoldingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                using var peer = DatagramPeer.Open(world);
                var socket = client.Datagram();
                using var buffer = new TestBuffer(world.Executive, "early"u8);
                using var irp = client.Irp();
                transport!.IsHolding = true;
                client.SendTo(socket, buffer, client.Address(peer.Address), irp);
                if (world.Network is not null)
                    Assert.False(irp.WaitUntil(world.Executive.Clock.NowNs + 1_000_000_000));
                Assert.False(irp.IsCompleted);
                buffer.Write("later"u8);
                transport.IsHolding = false;
                transport.Socket.SendAll();

                Assert.Equal(STATUS_SUCCESS, irp.Wait());
                Assert.Equal("later"u8.ToArray(), peer.Receive().Data);
                client.Close(socket);
            },
            wrap: (inner, executive) => transport = new HoldingTransport(inner, executive.Scheduler));
    }

    [ArmTheory]
    [Rule("DGRAM-16", Twin.Violated)]
    [Rule("DGRAM-04")]
    [Rule("OPEN-05")]
    public void DGRAM_16_an_unbound_socket_sends_nothing(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.OpenDatagram();
        using var buffer = new TestBuffer(world.Executive, "x"u8);
        var to = client.Address(TestClient.Loopback(port: 9));

        Assert.Equal(
            STATUS_INVALID_DEVICE_STATE, client.Run(irp => client.SendTo(socket, buffer, to, irp)));
        Assert.Equal(["DGRAM-16"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-10", Twin.Violated)]
    [Rule("DGRAM-04")]
    [Rule("OPEN-07")]
    public void DGRAM_10_flags_are_reserved_in_all_three(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Datagram();
        using var buffer = new TestBuffer(world.Executive, "x"u8);
        using var list = new TestBufferList(client, buffer);
        var to = client.Address(client.BoundTo(socket));
        using var receive = new DatagramReceive(client, socket);

        Assert.Equal(
            STATUS_INVALID_PARAMETER, client.Run(irp => client.SendTo(socket, buffer, to, irp, flags: 1)));
        Assert.Equal(
            STATUS_INVALID_PARAMETER, client.Run(irp => list.Send(socket, to, irp, flags: 0x100)));
        Assert.Equal(STATUS_INVALID_PARAMETER, receive.Start(flags: 2).Returned);
        Assert.Equal((1, STATUS_INVALID_PARAMETER), (receive.Irp.Completions, receive.Irp.Status));
        Assert.Equal(["DGRAM-10", "DGRAM-10", "DGRAM-10"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-09", Twin.Violated)]
    [Rule("DGRAM-04")]
    [Rule("OPEN-09")]
    [InlineData(AF_INET, AF_INET6)]
    [InlineData(AF_INET6, AF_INET)]
    public void DGRAM_09_an_address_of_another_family_is_refused(Arm arm, ushort family, ushort other) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Datagram(family);

            var (status, bytes) = client.SendTo(socket, "x"u8, TestClient.Loopback(other, 9));
            Assert.Equal((STATUS_INVALID_PARAMETER, (nuint)0), (status, bytes));
            Assert.Equal(["DGRAM-09"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-08", Twin.Violated)]
    [Rule("OPEN-21")]
    public void DGRAM_08_no_address_at_all_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Datagram();

        Assert.Equal((STATUS_INVALID_PARAMETER, (nuint)0), client.SendTo(socket, "x"u8, null));
        Assert.Equal(["DGRAM-08"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-04")]
    [Rule("MDL-07", Twin.Violated)]
    [Rule("OPEN-36")]
    public void MDL_07_a_buffer_beyond_its_chain_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Datagram();
        using var buffer = new TestBuffer(world.Executive, "xy"u8);
        using var list = new TestBufferList(client, buffer);
        buffer.Buf.Value.Length = 3;
        list.Update(0, buffer);
        var to = client.Address(client.BoundTo(socket));
        using var receive = new DatagramReceive(client, socket);

        Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => client.SendTo(socket, buffer, to, irp)));
        Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => list.Send(socket, to, irp)));
        Assert.Equal(["MDL-07", "MDL-07"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("OPEN-22")]
    [Rule("DGRAM-04")]
    [InlineData(AF_INET, 65507)]
    [InlineData(AF_INET6, 65527)]
    public void OPEN_22_a_datagram_that_is_too_long_is_not_sent(Arm arm, ushort family, int lengthMax) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world, family);
            var socket = client.Datagram(family);
            var longest = new byte[lengthMax];
            Random.Shared.NextBytes(longest);

            Assert.Equal(
                (STATUS_INVALID_BUFFER_SIZE, (nuint)0),
                client.SendTo(socket, new byte[lengthMax + 1], peer.Address));
            Assert.Equal((STATUS_SUCCESS, (nuint)lengthMax), client.SendTo(socket, longest, peer.Address));
            Assert.Equal(longest, peer.Receive().Data);
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-59")]
    [Rule("MDL-04")]
    [InlineData(true)]
    [InlineData(false)]
    public void DGRAM_59_an_empty_datagram_is_sent_and_received(Arm arm, bool hasMdl) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            var whole = buffer.Buf.Value;
            buffer.Buf.Value = new WSK_BUF { Mdl = hasMdl ? whole.Mdl : default, Offset = 99 };
            using var irp = client.Irp();
            client.SendTo(socket, buffer, client.Address(peer.Address), irp);

            Assert.Equal((STATUS_SUCCESS, (nuint)0), (irp.Wait(), irp.Information));
            Assert.Empty(peer.Receive().Data);
            using var receive = new DatagramReceive(client, socket).Start();
            peer.Send([], client.BoundTo(socket));
            Assert.Equal((STATUS_SUCCESS, (nuint)0), (receive.Wait(), receive.Irp.Information));
            Assert.Equal((peer.Address, 0u), (receive.Source, receive.Flags));
            Assert.True(receive.IsRestUntouched);
            buffer.Buf.Value = whole;
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("BIND-10")]
    [Rule("BIND-11")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void BIND_10_the_wildcard_receives_for_every_address_and_sends_from_the_routed_one(
        Arm arm, ushort family) => ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Datagram(family, EndpointAddress.Wildcard(family));
            var port = client.BoundTo(socket).Port;
            var locals = world.Transport.ListAddresses(family)
                .Append(TestClient.Loopback(family))
                .Where(a => !a.ToIPAddress().IsIPv6LinkLocal)
                .Distinct()
                .ToList();
            foreach (var local in locals)
            {
                using var peer = DatagramPeer.Open(world, local);
                using var receive = new DatagramReceive(client, socket).Start();
                peer.Send("in"u8, local.WithPort(port));
                Assert.Equal(STATUS_SUCCESS, receive.Wait());
                Assert.Equal(("in", peer.Address), (receive.Text, receive.Source));
                client.SendTo(socket, "out"u8, peer.Address);
                Assert.Equal(local.WithPort(port), peer.Receive().From);
            }
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("BIND-19")]
    public void BIND_19_a_socket_bound_to_a_group_receives_what_is_sent_there(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var group = new MulticastGroup(world, client, AF_INET, bindsGroup: true);
            using var receive = new DatagramReceive(client, group.Member).Start();
            group.Send("all"u8);

            Assert.Equal((STATUS_SUCCESS, "all"), (receive.Wait(), receive.Text));
            Assert.Equal("239.255.17.4", client.BoundTo(group.Member).ToIPAddress().ToString());
            Assert.Equal(
                (STATUS_SUCCESS, (nuint)2),
                client.SendTo(group.Member, "me"u8, client.BoundTo(group.Sender)));
            using var answer = new DatagramReceive(client, group.Sender).Start();
            Assert.Equal((STATUS_SUCCESS, "me"), (answer.Wait(), answer.Text));
            Assert.True(answer.Source.IsLoopback);
        });

    [ArmTheory]
    [Rule("DGRAM-58")]
    [Rule("CTLS-17")]
    public void DGRAM_58_a_broadcast_needs_the_option(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var receiver = client.Datagram(local: EndpointAddress.Wildcard(AF_INET));
        var socket = client.Datagram();
        var to = TestClient.Broadcast(world, client.BoundTo(receiver).Port);
        using var receive = new DatagramReceive(client, receiver).Start();

        Assert.Equal((STATUS_ACCESS_DENIED, (nuint)0), client.SendTo(socket, "no"u8, to));
        Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, SO_BROADCAST, 1));
        Assert.Equal((STATUS_SUCCESS, (nuint)3), client.SendTo(socket, "yes"u8, to));
        Assert.Equal((STATUS_SUCCESS, "yes"), (receive.Wait(), receive.Text));
        Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, SO_BROADCAST, 0));
        Assert.Equal((STATUS_ACCESS_DENIED, (nuint)0), client.SendTo(socket, "no"u8, to));
        client.Close(socket);
        client.Close(receiver);
    });

    [ArmTheory]
    [Rule("DGRAM-02")]
    [Rule("IRQL-07", Twin.Obeyed)]
    public void DGRAM_02_many_sends_can_be_outstanding_at_dispatch_level(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            var to = client.Address(peer.Address);
            var buffers = Enumerable.Range(0, 20)
                .Select(i => new TestBuffer(world.Executive, [(byte)i]))
                .ToList();
            var irps = buffers.Select(_ => client.Irp()).ToList();
            world.AtIrql(Irql.Dispatch, () =>
            {
                for (var i = 0; i < irps.Count; i++)
                    client.SendTo(socket, buffers[i], to, irps[i]);
                return 0;
            });

            Assert.All(irps, irp => Assert.Equal((STATUS_SUCCESS, (nuint)1), (irp.Wait(), irp.Information)));
            Assert.Equal(Enumerable.Range(0, 20), buffers.Select(_ => (int)peer.Receive().Data[0]));
            Assert.Empty(world.Breaches);
            irps.ForEach(irp => irp.Dispose());
            buffers.ForEach(buffer => buffer.Dispose());
            client.Close(socket);
        });
}
