// Raw datagram sockets: which exist, and that they do what UDP sockets do. Rules RAW-01..05, SOCK-18. On the
// host they need a privilege; without it their creation is refused.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class RawTests
{
    // Numbers for experiments (RFC 3692): no host answers to them.
    private const uint Experiment = 253;

    [ArmTheory(Needs = Capability.Root)]
    [Rule("RAW-02")]
    [Rule("SOCK-08")]
    [Rule("SOCK-18")]
    [InlineData(AF_INET, IPPROTO_ICMP)]
    [InlineData(AF_INET, IPPROTO_UDP)]
    [InlineData(AF_INET, IPPROTO_SCTP)]
    [InlineData(AF_INET, IPPROTO_PGM)]
    [InlineData(AF_INET, IPPROTO_RAW)]
    [InlineData(AF_INET, Experiment)]
    [InlineData(AF_INET6, IPPROTO_ICMPV6)]
    [InlineData(AF_INET6, IPPROTO_UDP)]
    [InlineData(AF_INET6, IPPROTO_RAW)]
    [InlineData(AF_INET6, Experiment)]
    public void RAW_02_any_protocol_gives_a_datagram_socket(Arm arm, ushort family, uint protocol) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var udp = client.OpenDatagram(family);
            var raw = client.Open(WSK_FLAG_DATAGRAM_SOCKET, family, SOCK_RAW, protocol);

            Assert.Equal(
                new GuestPtr<WSK_SOCKET>(udp).Value.Dispatch, new GuestPtr<WSK_SOCKET>(raw).Value.Dispatch);
            client.Close(raw);
            client.Close(udp);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("RAW-02")]
    [Rule("OPEN-08")]
    [InlineData(AF_INET, 256u)]
    [InlineData(AF_INET6, 0x8000_0001u)]
    public void RAW_02_numbers_beyond_a_byte_are_no_protocols(Arm arm, ushort family, uint protocol) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);

            Assert.Equal(
                STATUS_PROTOCOL_UNREACHABLE,
                client.Run(irp => client.TryOpen(irp, WSK_FLAG_DATAGRAM_SOCKET, family, SOCK_RAW, protocol)));
        });

    [ArmTheory(Arm.Sim)]
    [Rule("RAW-02")]
    public void RAW_02_a_host_that_forbids_raw_sockets_refuses_their_creation(Arm arm) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);

                Assert.Equal(
                    STATUS_ACCESS_DENIED,
                    client.Run(irp => client.TryOpen(
                        irp, WSK_FLAG_DATAGRAM_SOCKET, AF_INET, SOCK_RAW, IPPROTO_ICMP)));
                Assert.Equal(0, world.Provider.OpenSockets);
            },
            wrap: (inner, _) => new NoRawSockets(inner));

    [ArmTheory]
    [Rule("RAW-01")]
    [Rule("RAW-04")]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void RAW_04_other_categories_get_no_working_raw_socket(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var irp = client.Irp();
            client.TryOpen(irp, category, AF_INET, SOCK_RAW, IPPROTO_ICMP);
            if (!irp.Wait().IsSuccess())
                return;
            var socket = irp.Information;
            var bind = GuestMemory.Read<nuint>(new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch + 16);

            Assert.Equal(
                STATUS_NOT_IMPLEMENTED, client.Run(call => world.Call(bind, socket, client.Any(), 0, call)));
            var close = GuestMemory.Read<nuint>(new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch + 8);
            client.Run(call => world.Call(close, socket, call));
        });

    [ArmTheory(Needs = Capability.Root)]
    [Rule("RAW-01")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void RAW_01_a_basic_raw_socket_exists(Arm arm, ushort family) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(WSK_FLAG_BASIC_SOCKET, family, SOCK_RAW, IPPROTO_ICMP);

        Assert.NotEqual((nuint)0, socket);
        client.Close(socket);
    });

    [ArmTheory(Needs = Capability.Root)]
    [Rule("RAW-03")]
    [Rule("RAW-05")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void RAW_03_bind_send_receive_and_the_local_address_work(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var sender = Raw(client, family);
            var socket = Raw(client, family);
            using var receive = new DatagramReceive(client, socket).Start();
            using var second = new DatagramReceive(client, socket).Start();
            using var third = new DatagramReceive(client, socket).Start();

            Assert.Equal(
                (STATUS_SUCCESS, (nuint)5), client.SendTo(sender, "hello"u8, TestClient.Loopback(family)));
            Assert.Equal(STATUS_SUCCESS, receive.Wait());
            Assert.Equal("hello", PayloadOf(family, receive.Data));
            Assert.Equal(TestClient.Loopback(family), receive.Source);
            Assert.Equal(TestClient.Loopback(family), client.BoundTo(socket).WithoutPort());
            using var one = new TestBuffer(world.Executive, "one"u8);
            using var two = new TestBuffer(world.Executive, "two"u8);
            using var list = new TestBufferList(client, one, two);
            Assert.Equal(
                STATUS_SUCCESS,
                client.Run(irp => list.Send(sender, client.Address(TestClient.Loopback(family)), irp)));
            Assert.Equal((STATUS_SUCCESS, STATUS_SUCCESS), (second.Wait(), third.Wait()));
            Assert.Equal(("one", "two"), (PayloadOf(family, second.Data), PayloadOf(family, third.Data)));
            client.Close(socket);
            client.Close(sender);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory(Needs = Capability.Root)]
    [Rule("RAW-05")]
    [Rule("RAW-03")]
    public void RAW_05_events_retention_and_fixed_addresses_work(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var events = new DatagramEvents(world.Executive) { OnReceive = _ => STATUS_PENDING };
        var socket = Raw(client, AF_INET, events);
        var sender = Raw(client, AF_INET);
        var stranger = client.Open(WSK_FLAG_DATAGRAM_SOCKET, AF_INET, SOCK_RAW, OwnProtocol.Number);
        client.Bind(stranger, client.Address(Other()));
        // A raw socket has no ports: one in the fixed address means nothing.
        Assert.Equal(
            STATUS_SUCCESS, client.SetRemote(socket, TestClient.Loopback(AF_INET, port: 99)));
        Assert.Equal(STATUS_SUCCESS, client.SetSendTo(sender, TestClient.Loopback()));
        client.SetEvents(socket, WSK_EVENT_RECEIVE_FROM);
        client.SendTo(stranger, "no"u8, TestClient.Loopback());
        client.SendTo(sender, "yes"u8, null);
        events.WaitForDatagrams(1);

        var shown = Assert.Single(events.Shown);
        Assert.Equal("yes", PayloadOf(AF_INET, shown.ReadAgain()));
        Assert.Equal(STATUS_SUCCESS, client.Release(socket, shown.Indication.Address));
        client.Close(socket);
        client.Close(sender);
        client.Close(stranger);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory(Needs = Capability.Root)]
    [Rule("RAW-05")]
    public void RAW_05_icmp_echo_is_answered(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(WSK_FLAG_DATAGRAM_SOCKET, AF_INET, SOCK_RAW, IPPROTO_ICMP);
        var here =
            world.Network is null ? EndpointAddress.From(OwnAddress.Loopback, 0) : TestClient.Loopback();
        client.Bind(socket, client.Address(here));
        byte[] echo = [8, 0, 0, 0, 0x4F, 0x57, 0, 1];
        BinaryPrimitives.WriteUInt16BigEndian(echo.AsSpan(2), 0xFFFF - (0x0800 + 0x4F57 + 1));
        client.SendTo(socket, echo, here);

        // Loopback shows the socket its own request; the host's answer is not the provider's affair.
        Assert.Equal(echo, ReceiveFrom(client, socket, here)[^8..]);
        client.Close(socket);
    });

    // Until it was bound the socket has heard the ICMP of the whole machine: other tests cause some, too.
    private static byte[] ReceiveFrom(TestClient client, nuint socket, EndpointAddress source)
    {
        while (true)
        {
            using var receive = new DatagramReceive(client, socket, lengthBytes: 2048).Start();
            Assert.Equal(STATUS_SUCCESS, receive.Wait());
            if (receive.Source == source)
                return receive.Data;
        }
    }

    private static nuint Raw(TestClient client, ushort family, DatagramEvents? events = null)
    {
        var socket = client.Open(
            WSK_FLAG_DATAGRAM_SOCKET, family, SOCK_RAW, OwnProtocol.Number, dispatch: events?.Table ?? 0);
        Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Address(TestClient.Loopback(family))));
        return socket;
    }

    private static EndpointAddress Other() =>
        EndpointAddress.From(System.Net.IPAddress.Parse("127.0.0.2"), 0);

    // As on every system: the IPv4 header is part of what a raw socket receives, that of IPv6 is not.
    private static string PayloadOf(ushort family, byte[] packet)
    {
        var header = family == AF_INET ? (packet[0] & 0x0F) * 4 : 0;
        return System.Text.Encoding.ASCII.GetString(packet[header..]);
    }

    private sealed class NoRawSockets(ITransport inner) : ITransport
    {
        public string Name => inner.Name;

        public bool SupportsFamily(ushort family) => inner.SupportsFamily(family);

        public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket) =>
            inner.CreateStream(family, events, out socket);

        public NTSTATUS CreateDatagram(
            ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket)
        {
            socket = null;
            return type == SOCK_RAW
                ? STATUS_ACCESS_DENIED
                : inner.CreateDatagram(family, type, protocol, events, out socket);
        }

        public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) => inner.ListAddresses(family);

        public void WatchAddresses(IAddressEvents? events) => inner.WatchAddresses(events);
    }
}
