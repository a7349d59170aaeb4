// Control information of datagrams in both directions: what options make a datagram carry, where it goes
// when there is too little room, what a send takes and what it refuses. Rules DGRAM-11, 12, 21, 31, 34, 49,
// 60, 61. How the objects look: ControlObject.cs.
using System.Buffers.Binary;
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class DatagramControlTests
{
    [ArmTheory]
    [Rule("DGRAM-60")]
    [Rule("DGRAM-34")]
    public void DGRAM_60_ipv4_packet_information_names_destination_and_interface(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram(local: EndpointAddress.Wildcard(AF_INET));
            var here = TestClient.Loopback(AF_INET, client.BoundTo(socket).Port);
            client.SetLevelOption(socket, IPPROTO_IP, IP_PKTINFO, 1);
            using var receive = new DatagramReceive(client, socket).Start();
            peer.Send("x"u8, here);
            Assert.Equal(STATUS_SUCCESS, receive.Wait());
            client.SetLevelOption(socket, IPPROTO_IP, IP_PKTINFO, 0);
            using var plain = new DatagramReceive(client, socket).Start();
            peer.Send("y"u8, here);
            Assert.Equal(STATUS_SUCCESS, plain.Wait());

            Assert.Equal((24u, 0u), (receive.ControlLength, receive.Flags));
            var one = Assert.Single(receive.Control);
            Assert.Equal((IPPROTO_IP, IP_PKTINFO), (one.Level, one.Type));
            var info = one.As<IN_PKTINFO>();
            Assert.Equal([127, 0, 0, 1], BitConverter.GetBytes(info.ipi_addr.S_addr));
            Assert.Equal(1u, info.ipi_ifindex);
            Assert.Equal(0u, plain.ControlLength);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-60")]
    [Rule("DGRAM-34")]
    public void DGRAM_60_ipv6_packet_information_names_destination_and_interface(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world, AF_INET6);
            var socket = client.Datagram(AF_INET6, EndpointAddress.Wildcard(AF_INET6));
            client.SetLevelOption(socket, IPPROTO_IPV6, IPV6_PKTINFO, 1);
            using var receive = new DatagramReceive(client, socket).Start();
            peer.Send("x"u8, TestClient.Loopback(AF_INET6, client.BoundTo(socket).Port));

            Assert.Equal((STATUS_SUCCESS, 40u), (receive.Wait(), receive.ControlLength));
            var one = Assert.Single(receive.Control);
            Assert.Equal((IPPROTO_IPV6, IPV6_PKTINFO), (one.Level, one.Type));
            var info = one.As<IN6_PKTINFO>();
            Assert.Equal(IPAddress.IPv6Loopback.GetAddressBytes(), one.Data[..16]);
            Assert.Equal(1u, info.ipi6_ifindex);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-49")]
    [Rule("DGRAM-60")]
    public void DGRAM_49_an_indication_carries_its_control_information(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world);
            pair.Client.SetLevelOption(pair.Socket, IPPROTO_IP, IP_PKTINFO, 1);
            pair.Enable();
            pair.FromPeer("x");
            pair.Events.WaitForDatagrams(1);
            pair.Client.SetLevelOption(pair.Socket, IPPROTO_IP, IP_PKTINFO, 0);
            pair.FromPeer("y");
            pair.Events.WaitForDatagrams(2);

            var one = Assert.Single(pair.Events.Shown[0].Control);
            Assert.Equal((IPPROTO_IP, IP_PKTINFO), (one.Level, one.Type));
            Assert.Equal([127, 0, 0, 1, 1, 0, 0, 0], one.Data);
            Assert.False(pair.Events.Shown[1].HasControlPointer);
        });

    [ArmTheory]
    [Rule("DGRAM-34")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void DGRAM_34_options_add_objects(Arm arm, ushort family) => ContractWorld.Run(arm, world =>
    {
        var isV4 = family == AF_INET;
        var level = isV4 ? IPPROTO_IP : IPPROTO_IPV6;
        using var client = new TestClient(world);
        var sender = client.Datagram(family);
        var socket = client.Datagram(family);
        foreach (var option in new[] { IP_RECVTOS, IP_ECN, IP_HOPLIMIT, IP_RECVIF, IP_RECVDSTADDR })
            client.SetLevelOption(socket, level, option, 1);
        using var receive = new DatagramReceive(client, socket).Start();
        byte[] control =
        [
            .. ControlObject.Build(level, isV4 ? IP_TOS : IPV6_TCLASS, 0xB8),
            .. ControlObject.Build(level, IP_ECN, 2),
            .. ControlObject.Build(level, IP_HOPLIMIT, 9),
        ];
        Assert.Equal(
            (STATUS_SUCCESS, (nuint)1), client.SendTo(sender, "x"u8, client.BoundTo(socket), control));

        Assert.Equal((STATUS_SUCCESS, 0u), (receive.Wait(), receive.Flags));
        var objects = receive.Control.ToDictionary(c => (c.Level, c.Type), c => c.Data);
        Assert.Equal(5, objects.Count);
        Assert.Equal([0xBA, 0, 0, 0], objects[(level, isV4 ? IP_TOS : IPV6_TCLASS)]);
        Assert.Equal([2, 0, 0, 0], objects[(level, IP_ECN)]);
        Assert.Equal([9, 0, 0, 0], objects[(level, IP_HOPLIMIT)]);
        Assert.Equal([1, 0, 0, 0], objects[(level, IP_RECVIF)]);
        Assert.Equal(
            TestClient.Loopback(family).ToIPAddress().GetAddressBytes(), objects[(level, IP_RECVDSTADDR)]);
        client.Close(socket);
        client.Close(sender);
    });

    [ArmTheory]
    [Rule("DGRAM-31")]
    [Rule("DGRAM-34")]
    [InlineData(0, 0)]
    [InlineData(15, 0)]
    [InlineData(23, 0)]
    [InlineData(24, 1)]
    [InlineData(43, 1)]
    [InlineData(44, 2)]
    [InlineData(48, 2)]
    public void DGRAM_31_objects_that_do_not_fit_are_missing_and_told(Arm arm, int room, int fits) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            client.SetLevelOption(socket, IPPROTO_IP, IP_PKTINFO, 1);
            client.SetLevelOption(socket, IPPROTO_IP, IP_HOPLIMIT, 1);
            using var receive = new DatagramReceive(client, socket, controlRoom: room).Start();
            peer.Send("x"u8, client.BoundTo(socket));

            Assert.Equal((STATUS_SUCCESS, "x"), (receive.Wait(), receive.Text));
            Assert.Equal(fits == 2 ? 0u : MSG_CTRUNC, receive.Flags);
            Assert.Equal(new[] { IP_PKTINFO, IP_HOPLIMIT }[..fits], receive.Control.Select(c => c.Type));
            Assert.True(receive.ControlLength <= room);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-11")]
    [Rule("DGRAM-61")]
    public void DGRAM_61_packet_information_selects_the_source(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world, EndpointAddress.Wildcard(AF_INET));
        var socket = client.Datagram(local: EndpointAddress.Wildcard(AF_INET));
        var to = TestClient.Loopback(AF_INET, peer.Address.Port);
        client.SendTo(socket, "1"u8, to, PacketInfo("127.0.0.2", 0));
        client.SendTo(socket, "2"u8, to, PacketInfo("127.0.0.1", 1));
        client.SendTo(socket, "3"u8, to, PacketInfo("0.0.0.0", 1));
        client.SendTo(socket, "4"u8, to);

        Assert.Equal(
            ["127.0.0.2", "127.0.0.1", "127.0.0.1", "127.0.0.1"],
            Enumerable.Range(0, 4).Select(_ => peer.Receive().From.ToIPAddress().ToString()));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-61")]
    public void DGRAM_61_a_source_that_is_not_local_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Datagram(local: EndpointAddress.Wildcard(AF_INET));

        Assert.Equal(
            (STATUS_INVALID_ADDRESS_COMPONENT, (nuint)0),
            client.SendTo(socket, "x"u8, TestClient.Loopback(port: 9), PacketInfo("203.0.113.7", 0)));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-61")]
    [Rule("DGRAM-11")]
    public void DGRAM_61_ipv6_information_selects_the_source(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world, EndpointAddress.Wildcard(AF_INET6));
        var socket = client.Datagram(AF_INET6, EndpointAddress.Wildcard(AF_INET6));
        var info = new IN6_PKTINFO { ipi6_ifindex = 1 };
        info.ipi6_addr.Word[7] = BinaryPrimitives.ReverseEndianness((ushort)1);
        var control = ControlObject.Build(IPPROTO_IPV6, IPV6_PKTINFO, info);

        Assert.Equal(
            (STATUS_SUCCESS, (nuint)1),
            client.SendTo(socket, "x"u8, TestClient.Loopback(AF_INET6, peer.Address.Port), control));
        Assert.Equal(IPAddress.IPv6Loopback, peer.Receive().From.ToIPAddress());
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-21")]
    public void DGRAM_21_control_information_is_for_every_message(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world);
        var socket = client.Datagram(local: EndpointAddress.Wildcard(AF_INET));
        using var one = new TestBuffer(world.Executive, "1"u8);
        using var two = new TestBuffer(world.Executive, "2"u8);
        using var list = new TestBufferList(client, one, two);
        var control = PacketInfo("127.0.0.2", 0);
        using var irp = client.Irp();
        var to = client.Address(peer.Address);
        list.Send(socket, to, irp, 0, (uint)control.Length, client.Bytes(control));

        Assert.Equal((STATUS_SUCCESS, (nuint)2), (irp.Wait(), irp.Information));
        Assert.Equal("127.0.0.2", peer.Receive().From.ToIPAddress().ToString());
        Assert.Equal("127.0.0.2", peer.Receive().From.ToIPAddress().ToString());
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-11")]
    [Rule("DGRAM-12", Twin.Violated)]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("ffffffffffffff")]
    [InlineData("0000000000000000 00000000 13000000")]
    [InlineData("0f00000000000000 00000000 13000000")]
    [InlineData("1900000000000000 00000000 13000000 7f000001 00000000")]
    [InlineData("1700000000000000 00000000 13000000 7f000001 000000")]
    [InlineData("ffffffffffffffff 00000000 13000000 7f000001 00000000")]
    [InlineData("1200000000000000 00000000 03000000 0100 000000000000")]
    [InlineData("1400000000000000 00000000 03000000 00010000 00000000")]
    [InlineData("1400000000000000 00000000 32000000 04000000 00000000")]
    [InlineData("1400000000000000 00000000 15000000 ffffffff 00000000")]
    [InlineData("1400000000000000 11000000 02000000 00000100 00000000")]
    [InlineData("2400000000000000 29000000 13000000 00000000000000000000000000000001 00000000 00000000")]
    [InlineData("1400000000000000 00000000 03000000 10000000 00000000 0000000000000000 0000000003000000")]
    public void DGRAM_12_what_is_no_control_information_is_refused_and_reported(Arm arm, string hex) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Datagram();
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            var control = Convert.FromHexString(hex.Replace(" ", ""));
            var to = client.Address(client.BoundTo(socket));
            // No bytes: a length without a buffer.
            var size = control.Length == 0 ? 24u : (uint)control.Length;

            Assert.Equal(
                STATUS_INVALID_PARAMETER,
                client.Run(irp => client.SendTo(socket, buffer, to, irp, 0, size, client.Bytes(control))));
            Assert.Equal(["DGRAM-12"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-12", Twin.Violated)]
    public void DGRAM_12_a_buffer_without_a_length_is_ignored_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            var to = client.Address(peer.Address);

            Assert.Equal(
                STATUS_SUCCESS,
                client.Run(irp => client.SendTo(socket, buffer, to, irp, 0, 0, client.Memory(16))));
            Assert.Equal("x"u8.ToArray(), peer.Receive().Data);
            Assert.Equal(["DGRAM-12"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-11")]
    [Rule("DGRAM-04")]
    [InlineData(IPPROTO_IP, 99u)]
    [InlineData(IPPROTO_TCP, IP_PKTINFO)]
    [InlineData(SOL_SOCKET, 1u)]
    public void DGRAM_11_an_unknown_object_is_not_supported(Arm arm, uint level, uint type) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Datagram();

            Assert.Equal(
                (STATUS_NOT_SUPPORTED, (nuint)0),
                client.SendTo(socket, "x"u8, client.BoundTo(socket), ControlObject.Build(level, type, 0)));
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-11")]
    [InlineData(true)]
    [InlineData(false)]
    public void DGRAM_11_a_segment_size_cuts_a_message_into_datagrams(Arm arm, bool isOption) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            if (isOption)
                client.SetLevelOption(socket, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4);
            var control = isOption ? [] : ControlObject.Build(IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4);

            Assert.Equal(
                (STATUS_SUCCESS, (nuint)10), client.SendTo(socket, "aaaabbbbcc"u8, peer.Address, control));
            Assert.Equal(
                ["aaaa", "bbbb", "cc"],
                Enumerable.Range(0, 3)
                    .Select(_ => System.Text.Encoding.ASCII.GetString(peer.Receive().Data)));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-34")]
    public void DGRAM_34_joined_datagrams_tell_the_length_of_each(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var sender = client.Datagram();
        var socket = client.Datagram();
        client.SetLevelOption(socket, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 65535);
        using var first = new DatagramReceive(client, socket);
        client.SendTo(
            sender, "aaaabbbbcc"u8, client.BoundTo(socket),
            ControlObject.Build(IPPROTO_UDP, UDP_SEND_MSG_SIZE, 4));
        Assert.Equal(STATUS_SUCCESS, first.Start().Wait());

        var one = Assert.Single(first.Control);
        Assert.Equal(("aaaabbbbcc", 4u), (first.Text, one.As<uint>()));
        Assert.Equal((IPPROTO_UDP, UDP_COALESCED_INFO), (one.Level, one.Type));
        client.Close(socket);
        client.Close(sender);
    });

    [ArmTheory]
    [Rule("DGRAM-60")]
    [Rule("DGRAM-61")]
    public void DGRAM_60_a_dual_stack_socket_speaks_of_ipv4_at_its_level(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.OpenDatagram(AF_INET6);
            client.SetLevelOption(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
            Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any(AF_INET6)));
            client.SetLevelOption(socket, IPPROTO_IP, IP_PKTINFO, 1);
            client.SetLevelOption(socket, IPPROTO_IPV6, IPV6_PKTINFO, 1);
            using var receive = new DatagramReceive(client, socket).Start();
            peer.Send("x"u8, TestClient.Loopback(AF_INET, client.BoundTo(socket).Port));

            Assert.Equal(STATUS_SUCCESS, receive.Wait());
            var one = Assert.Single(receive.Control);
            Assert.Equal((IPPROTO_IP, IP_PKTINFO), (one.Level, one.Type));
            Assert.Equal([127, 0, 0, 1, 1, 0, 0, 0], one.Data);
            Assert.True(receive.Source.IsV4Mapped);
            client.SendTo(socket, "y"u8, receive.Source, PacketInfo("127.0.0.2", 0));
            Assert.Equal("127.0.0.2", peer.Receive().From.ToIPAddress().ToString());
            client.Close(socket);
        });

    private static byte[] PacketInfo(string address, uint interfaceIndex) => ControlObject.Build(
        IPPROTO_IP,
        IP_PKTINFO,
        new IN_PKTINFO
        {
            ipi_addr = new IN_ADDR
            {
                S_addr = BitConverter.ToUInt32(IPAddress.Parse(address).GetAddressBytes()),
            },
            ipi_ifindex = interfaceIndex,
        });
}
