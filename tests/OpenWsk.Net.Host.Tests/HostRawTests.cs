// Raw sockets over the operating system: any protocol, with the header of IPv4 and without that of IPv6, as
// on Windows. They need root. It knows nothing about UDP: HostDatagramTests.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostRawTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Root)]
    public void A_raw_socket_of_IPv4_receives_the_header_and_the_bytes()
    {
        var (from, to) = Pair(V4);
        Assert.Equal(Loopback(V4), to.Local);
        var control = new DatagramControl { HopLimit = 11 };
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, control, [[1, 2], [3]]));
        var datagram = to.Receive();
        Assert.Equal([1, 2, 3], datagram.Bytes[20..]);
        Assert.Equal(
            [0x45, 11, (byte)OwnProtocol.Number], [datagram.Bytes[0], datagram.Bytes[8], datagram.Bytes[9]]);
        Assert.Equal(Loopback(V4), datagram.Info.Source);
        Assert.Equal(Loopback(V4), datagram.Info.Destination);
        Assert.Equal(11, (int)datagram.Info.HopLimit!);
    }

    [CapabilityFact(Capability.Root)]
    public void A_raw_socket_of_IPv6_receives_the_bytes()
    {
        var (from, to) = Pair(V6);
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, 1, 2, 3));
        var datagram = to.Receive();
        Assert.Equal([1, 2, 3], datagram.Bytes);
        Assert.Equal(Loopback(V6), datagram.Info.Source);
    }

    [CapabilityFact(Capability.Root)]
    public void With_IP_HDRINCL_the_sender_writes_the_header()
    {
        var (from, to) = Pair(V4);
        Assert.Equal(STATUS_SUCCESS, from.Socket.Set(IPPROTO_IP, IP_HDRINCL, 1));
        byte[] packet =
        [
            0x45, 0, 0, 22, 0, 9, 0, 0, 77, (byte)OwnProtocol.Number, 0, 0, 127, 0, 0, 3, 127, 0, 0, 1,
            8, 9,
        ];
        Assert.Equal(STATUS_SUCCESS, from.Send(to.Local, packet));
        var datagram = to.Receive();
        Assert.Equal([8, 9], datagram.Bytes[20..]);
        Assert.Equal(77, datagram.Bytes[8]);
        Assert.Equal("127.0.0.3", datagram.Info.Source.ToIPAddress().ToString());
    }

    [CapabilityFact(Capability.Root)]
    public void An_echo_request_is_answered()
    {
        var here = EndpointAddress.From(OwnAddress.Loopback, 0);
        var socket = new TestDatagramSocket(_world.Transport, V4, SOCK_RAW, IPPROTO_ICMP).Bind(here);
        byte[] request = [8, 0, 0xF7, 0xFD, 0, 1, 0, 1];
        Assert.Equal(STATUS_SUCCESS, socket.Send(here, request));
        Assert.Equal(8, ReceiveFrom(socket, here)[20]);
        Assert.Equal(0, ReceiveFrom(socket, here)[20]);
    }

    [CapabilityFact(Capability.Root)]
    public void Raw_sockets_share_their_address_and_do_not_cut()
    {
        var (from, to) = Pair(V4);
        var third = Raw(V4);
        var control = new DatagramControl { SegmentBytes = 1 };
        Assert.Equal(STATUS_NOT_SUPPORTED, from.Send(to.Local, control, [[1, 2]]));
        from.Send(to.Local, 5);
        Assert.Equal([5], to.Receive().Bytes[20..]);
        Assert.Equal([5], third.Receive().Bytes[20..]);
    }

    [CapabilityFact(Capability.Root)]
    public void Every_protocol_but_0_has_raw_sockets()
    {
        foreach (var family in new[] { V4, V6 })
        {
            for (var protocol = 1U; protocol < 256; protocol++)
            {
                new TestDatagramSocket(_world.Transport, family, SOCK_RAW, protocol).Socket.Close();
            }
        }
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    // Until it was bound the socket has heard the ICMP of the whole machine: other tests cause some, too.
    private static byte[] ReceiveFrom(TestDatagramSocket socket, EndpointAddress source)
    {
        while (true)
        {
            var datagram = socket.Receive();
            if (datagram.Info.Source == source)
            {
                return datagram.Bytes;
            }
        }
    }

    private (TestDatagramSocket From, TestDatagramSocket To) Pair(ushort family) =>
        (Raw(family), Raw(family));

    private TestDatagramSocket Raw(ushort family) =>
        new TestDatagramSocket(_world.Transport, family, SOCK_RAW, OwnProtocol.Number).Bind(Loopback(family));
}
