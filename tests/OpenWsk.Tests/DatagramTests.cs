// Datagram sockets of the managed API against ordinary UDP sockets of the host: single datagrams and batches,
// control information, fixed addresses, cancellation, disposal, mistakes. As an async stream:
// DatagramStreamTests.cs. What the provider does inside is tested with the provider.
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tests;

public sealed class DatagramTests : ManagedWorld
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Datagrams_go_both_ways(string address)
    {
        using var peer = new UdpPeer(address);
        await using var socket = await Client.OpenDatagramAsync(new IPEndPoint(IPAddress.Parse(address), 0));
        Assert.NotEqual(0, socket.LocalEndPoint.Port);
        await Soon(socket.SendToAsync("hello"u8.ToArray(), peer.Address));
        Assert.Equal(("hello", socket.LocalEndPoint), await peer.Receive());
        peer.Send("world", socket.LocalEndPoint);
        var buffer = new byte[64];
        var received = await Soon(socket.ReceiveFromAsync(buffer));
        Assert.Equal("world", Encoding.ASCII.GetString(buffer, 0, received.Bytes));
        Assert.Equal(peer.Address, received.RemoteEndPoint);
        Assert.Equal(WskDatagramFlags.None, received.Flags);
    }

    [Fact]
    public async Task An_answer_goes_to_the_address_that_came_with_the_question()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open();
        peer.Send("question", socket.LocalEndPoint);
        var received = await Soon(socket.ReceiveFromAsync(new byte[64]));
        await Soon(socket.SendToAsync("answer"u8.ToArray(), received.RemoteAddress));
        Assert.Equal("answer", (await peer.Receive()).Text);
    }

    [Fact]
    public async Task An_empty_datagram_is_a_datagram()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open();
        await Soon(socket.SendToAsync(default, peer.Address));
        Assert.Equal("", (await peer.Receive()).Text);
        peer.Send("", socket.LocalEndPoint);
        Assert.Equal(0, (await Soon(socket.ReceiveFromAsync(new byte[8]))).Bytes);
        peer.Send("not empty", socket.LocalEndPoint);
        var cut = await Soon(socket.ReceiveFromAsync(default));
        Assert.Equal((0, WskDatagramFlags.Truncated), (cut.Bytes, cut.Flags));
    }

    [Fact]
    public async Task What_does_not_fit_is_lost_and_said_so()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open();
        peer.Send("0123456789", socket.LocalEndPoint);
        var buffer = new byte[4];
        var received = await Soon(socket.ReceiveFromAsync(buffer));
        Assert.Equal((4, WskDatagramFlags.Truncated), (received.Bytes, received.Flags));
        Assert.Equal("0123", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public async Task A_batch_is_one_datagram_each()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open();
        var large = new byte[9000];
        new Random(1).NextBytes(large);
        await Soon(socket.SendMessagesAsync(
            ["one"u8.ToArray(), default, large, "four"u8.ToArray()], peer.Address));
        Assert.Equal("one", (await peer.Receive()).Text);
        Assert.Equal("", (await peer.Receive()).Text);
        Assert.Equal(Encoding.Latin1.GetString(large), (await peer.Receive()).Text);
        Assert.Equal("four", (await peer.Receive()).Text);
        await Soon(socket.SendMessagesAsync([], peer.Address));
        await Soon(socket.SendMessagesAsync(["five"u8.ToArray()], peer.Address));
        Assert.Equal("five", (await peer.Receive()).Text);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Options_make_received_datagrams_tell_more(string address)
    {
        using var peer = new UdpPeer(address);
        await using var socket = await Client.OpenDatagramAsync(
            new IPEndPoint(IPAddress.Parse(address), 0), new WskDatagramOptions { HasPacketInfo = true });
        await Soon(socket.SetOptionAsync(WskOptions.ReceiveHopLimit, true));
        await Soon(socket.SetOptionAsync(WskOptions.ReceiveTrafficClass, true));
        await Soon(socket.SetOptionAsync(WskOptions.Ecn, true));
        peer.SetTrafficClass(0x42);
        peer.Send("x", socket.LocalEndPoint);
        var control = (await Soon(socket.ReceiveFromAsync(new byte[8]))).Control;
        Assert.Equal(IPAddress.Parse(address), control.LocalAddress.ToIPAddress());
        Assert.NotEqual(0u, control.InterfaceIndex);
        Assert.InRange(control.HopLimit!.Value, 1, 255);
        Assert.Equal((byte)0x42, control.TrafficClass);
        Assert.Equal(WskEcn.Capable0, control.Ecn);
    }

    [Fact]
    public async Task Control_information_says_how_one_datagram_goes()
    {
        using var peer = new UdpPeer();
        await using var socket = await Client.OpenDatagramAsync(new IPEndPoint(IPAddress.Any, 0));
        var other = Ports.EndpointAddress.From(IPAddress.Parse("127.0.0.7"), 0);
        await Soon(socket.SendToAsync(
            "x"u8.ToArray(), peer.Address, new WskControlInfo { LocalAddress = other }));
        Assert.Equal(IPAddress.Parse("127.0.0.7"), (await peer.Receive()).From.Address);
        await Soon(socket.SendToAsync(
            "abcdefgh"u8.ToArray(), peer.Address, new WskControlInfo { SegmentBytes = 3 }));
        Assert.Equal("abc", (await peer.Receive()).Text);
        Assert.Equal("def", (await peer.Receive()).Text);
        Assert.Equal("gh", (await peer.Receive()).Text);
    }

    [Fact]
    public async Task A_fixed_peer_is_the_default_and_the_only_one()
    {
        using var peer = new UdpPeer();
        using var stranger = new UdpPeer();
        await using var socket = await Open();
        await Soon(socket.SetRemoteAsync(peer.Address));
        await Soon(socket.SendToAsync("to the peer"u8.ToArray()));
        Assert.Equal("to the peer", (await peer.Receive()).Text);
        stranger.Send("stranger", socket.LocalEndPoint);
        peer.Send("peer", socket.LocalEndPoint);
        Assert.Equal(peer.Address, (await Soon(socket.ReceiveFromAsync(new byte[64]))).RemoteEndPoint);
        await Soon(socket.SetRemoteAsync(null));
        stranger.Send("stranger", socket.LocalEndPoint);
        Assert.Equal(stranger.Address, (await Soon(socket.ReceiveFromAsync(new byte[64]))).RemoteEndPoint);
    }

    [Fact]
    public async Task A_fixed_destination_leaves_reception_open()
    {
        using var peer = new UdpPeer();
        using var stranger = new UdpPeer();
        await using var socket = await Open();
        await Soon(socket.SetSendToAsync(peer.Address));
        await Soon(socket.SendToAsync("default"u8.ToArray()));
        Assert.Equal("default", (await peer.Receive()).Text);
        stranger.Send("stranger", socket.LocalEndPoint);
        Assert.Equal(stranger.Address, (await Soon(socket.ReceiveFromAsync(new byte[64]))).RemoteEndPoint);
        await Soon(socket.SetSendToAsync(null));
        Assert.Equal(
            NTSTATUS.STATUS_INVALID_PARAMETER, await Status(socket.SendToAsync("nowhere"u8.ToArray())));
        Assert.StartsWith("DGRAM-08", Breaches.Single(), StringComparison.Ordinal);
        Breaches.Clear();
    }

    [Fact]
    public async Task Broadcasts_must_be_allowed()
    {
        var everybody = new IPEndPoint(IPAddress.Parse("127.255.255.255"), 9);
        await using var socket = await Open();
        Assert.Equal(
            NTSTATUS.STATUS_ACCESS_DENIED, await Status(socket.SendToAsync(new byte[1], everybody)));
        await using var allowed = await Client.OpenDatagramAsync(
            new IPEndPoint(IPAddress.Loopback, 0), new WskDatagramOptions { Broadcasts = true });
        await Soon(allowed.SendToAsync(new byte[1], everybody));
    }

    [Fact]
    public async Task A_datagram_that_is_too_long_is_refused()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open();
        Assert.Equal(
            NTSTATUS.STATUS_INVALID_BUFFER_SIZE,
            await Status(socket.SendToAsync(new byte[65536], peer.Address)));
    }

    [CapabilityFact("root")]
    public async Task A_raw_socket_sees_packets_of_its_protocol()
    {
        // 253 is for experiments (RFC 3692). A received IPv4 packet begins with its header.
        var raw = new WskDatagramOptions { RawProtocol = 253 };
        await using var receiver = await Client.OpenDatagramAsync(new IPEndPoint(IPAddress.Loopback, 0), raw);
        await using var sender = await Client.OpenDatagramAsync(new IPEndPoint(IPAddress.Loopback, 0), raw);
        await Soon(sender.SendToAsync("raw"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, 0)));
        var buffer = new byte[64];
        var received = await Soon(receiver.ReceiveFromAsync(buffer));
        Assert.EndsWith("raw", Encoding.ASCII.GetString(buffer, 0, received.Bytes), StringComparison.Ordinal);
        Assert.Equal(IPAddress.Loopback, received.RemoteEndPoint.Address);
    }

    [Fact]
    public async Task A_cancelled_receive_ends_and_the_socket_lives_on()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open();
        using var cancellation = new CancellationTokenSource();
        var receive = socket.ReceiveFromAsync(new byte[8], cancellation.Token);
        await cancellation.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(receive));
        Assert.Equal(cancellation.Token, e.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await socket.SendToAsync(default, peer.Address, default, cancellation.Token));
        peer.Send("x", socket.LocalEndPoint);
        Assert.Equal(1, (await Soon(socket.ReceiveFromAsync(new byte[8]))).Bytes);
    }

    [Fact]
    public async Task Disposal_ends_what_is_under_way()
    {
        var socket = await Open();
        var receive = socket.ReceiveFromAsync(new byte[8]);
        await Soon(socket.DisposeAsync());
        await Soon(socket.DisposeAsync());
        Assert.Equal(NTSTATUS.STATUS_CANCELLED, await Status(receive));
        await Assert.ThrowsAsync<ObjectDisposedException>(
            async () => await socket.SendToAsync(default, socket.LocalEndPoint));
    }

    [Fact]
    public async Task An_unbound_socket_refuses_to_work()
    {
        await using var socket = await Client.CreateDatagramSocketAsync();
        Assert.Throws<InvalidOperationException>(() => socket.LocalEndPoint);
        Assert.Equal(
            NTSTATUS.STATUS_INVALID_DEVICE_STATE,
            await Status(socket.SendToAsync(new byte[1], new IPEndPoint(IPAddress.Loopback, 9))));
        Assert.StartsWith("DGRAM-16", Breaches.Single(), StringComparison.Ordinal);
        Breaches.Clear();
        await Soon(socket.BindAsync(new IPEndPoint(IPAddress.Loopback, 0)));
        Assert.NotEqual(0, socket.LocalEndPoint.Port);
    }

    [Fact]
    public async Task An_address_that_is_taken_leaves_no_socket()
    {
        await using var socket = await Open();
        Assert.Equal(
            NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS,
            await Status(Client.OpenDatagramAsync(
                socket.LocalEndPoint, new WskDatagramOptions { HasExclusiveAddress = true })));
        Assert.Equal(1, Host.Provider.OpenSockets);
    }

    private ValueTask<WskDatagramSocket> Open() =>
        Client.OpenDatagramAsync(new IPEndPoint(IPAddress.Loopback, 0));
}
