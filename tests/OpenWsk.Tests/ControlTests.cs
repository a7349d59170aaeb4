// Options and I/O controls of the managed API: by descriptor and by number, of each category, too late, of
// another category; backlogs, silence, addresses, transports. What an option does is tested with the provider
// and the transport.
using System.Net;
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using Xunit;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Tests;

public sealed class ControlTests : ManagedWorld
{
    private static readonly IPEndPoint s_any = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Options_of_a_connection_are_set_and_read()
    {
        await using var pair = await Pair.Make(Client);
        await RoundTrip(pair.Ours, WskOptions.NoDelay, true);
        await RoundTrip(pair.Ours, WskOptions.KeepAlive, true);
        await RoundTrip(pair.Ours, WskOptions.KeepAliveSeconds, 77);
        await RoundTrip(pair.Ours, WskOptions.KeepAliveIntervalSeconds, 7);
        await RoundTrip(pair.Ours, WskOptions.KeepAliveCount, 5);
        await RoundTrip(pair.Ours, WskOptions.ReceiveBufferSize, 40_000);
        await RoundTrip(pair.Ours, WskOptions.TimeToLive, 33);
    }

    [Fact]
    public async Task Options_find_their_number_in_each_family()
    {
        await using var v4 = await Client.CreateDatagramSocketAsync();
        await using var v6 = await Client.CreateDatagramSocketAsync(isV6: true);
        foreach (var socket in new[] { v4, v6 })
        {
            await RoundTrip(socket, WskOptions.TimeToLive, 44);
            await RoundTrip(socket, WskOptions.PacketInfo, true);
            await RoundTrip(socket, WskOptions.MulticastTimeToLive, 3);
            await RoundTrip(socket, WskOptions.MulticastLoop, false);
        }
        await RoundTrip(v6, WskOptions.V6Only, false);
        Assert.Equal("IP_PKTINFO", WskOptions.PacketInfo.ToString());
    }

    [Fact]
    public async Task Options_go_by_number_too()
    {
        await using var socket = await Client.CreateListenSocketAsync();
        await Soon(socket.SetOptionAsync(SOL_SOCKET, SO_REUSEADDR, new byte[] { 1, 0, 0, 0 }));
        Assert.True(await Soon(socket.GetOptionAsync(WskOptions.ReuseAddress)));
        var value = new byte[8];
        Assert.Equal(4, await Soon(socket.GetOptionAsync(SOL_SOCKET, SO_REUSEADDR, value)));
        Assert.Equal(1u, BitConverter.ToUInt32(value));
        Assert.Equal(
            NTSTATUS.STATUS_BUFFER_TOO_SMALL,
            await Status(socket.GetOptionAsync(SOL_SOCKET, SO_REUSEADDR, new byte[2])));
        Assert.Equal(
            NTSTATUS.STATUS_NOT_SUPPORTED,
            await Status(socket.SetOptionAsync(WskOptions.Flag("SO_NONE", SOL_SOCKET, 0x7777), true)));
        await RoundTrip(socket, WskOptions.Number("SO_RCVBUF", SOL_SOCKET, SO_RCVBUF), 30_000);
    }

    [Fact]
    public async Task Options_that_come_too_late_or_belong_elsewhere_fail()
    {
        await using var listener = await Client.ListenAsync(s_any);
        Assert.Equal(
            NTSTATUS.STATUS_INVALID_DEVICE_STATE,
            await Status(listener.SetOptionAsync(WskOptions.ReuseAddress, true)));
        Assert.StartsWith("CTLS-22", Breaches.Single(), StringComparison.Ordinal);
        Breaches.Clear();
        Assert.Equal(
            NTSTATUS.STATUS_INVALID_DEVICE_REQUEST,
            await Status(listener.SetOptionAsync(WskOptions.Broadcast, true)));
    }

    [Fact]
    public async Task Without_a_delegate_conditional_accept_rejects_everybody()
    {
        await using var listener = await Client.CreateListenSocketAsync();
        Assert.False(await Soon(listener.GetOptionAsync(WskOptions.ConditionalAccept)));
        await Soon(listener.SetOptionAsync(WskOptions.ConditionalAccept, true));
        await Soon(listener.BindAsync(s_any));
        // Nobody judges, so everybody is rejected.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var connection = await Soon(Client.ConnectAsync(listener.LocalEndPoint));
            await Soon(connection.ReceiveAsync(new byte[1]));
        });
    }

    [Fact]
    public async Task Backlogs_are_told()
    {
        await using var pair = await Pair.Make(Client);
        Assert.True(await Soon(pair.Ours.GetIdealSendBacklogAsync()) > 0);
        Assert.Equal(0, await Soon(pair.Ours.GetReceiveBacklogAsync()));
        pair.Send("12345");
        while (await Soon(pair.Ours.GetReceiveBacklogAsync()) == 0)
            await Task.Yield();
        Assert.Equal(5, await Soon(pair.Ours.GetReceiveBacklogAsync()));
    }

    [Fact]
    public async Task Loopback_connections_cannot_be_silent()
    {
        await using var pair = await Pair.Make(Client);
        Assert.Equal(NTSTATUS.STATUS_NOT_SUPPORTED, await Status(pair.Ours.BecomeSilentAsync()));
    }

    [Theory]
    [InlineData(AF_INET, "127.0.0.1")]
    [InlineData(AF_INET6, "::1")]
    public async Task Every_socket_knows_the_local_addresses(ushort family, string address)
    {
        await using var socket = await Client.CreateBasicSocketAsync(
            new WskTransport(family, SOCK_DGRAM, IPPROTO_UDP));
        Assert.Contains(IPAddress.Parse(address), socket.GetAddresses());
        Assert.Equal(family == AF_INET6, socket.IsV6);
        var status = socket.IoControl(SIO_ADDRESS_LIST_QUERY, default, new byte[8], out var bytes);
        Assert.Equal(NTSTATUS.STATUS_BUFFER_OVERFLOW, status);
        Assert.True(bytes > 8);
    }

    [Fact]
    public async Task Waits_for_changes_can_be_cancelled()
    {
        await using var socket = await Client.CreateBasicSocketAsync(
            new WskTransport(AF_INET, SOCK_STREAM, IPPROTO_TCP));
        using var cancellation = new CancellationTokenSource();
        var addresses = socket.WaitForAddressChangeAsync(cancellation.Token);
        var transports = Client.WaitForTransportChangeAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(addresses));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(transports));
        var client = Host.Register();
        var change = client.WaitForTransportChangeAsync();
        await Soon(client.DisposeAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Soon(change));
        Assert.Throws<ObjectDisposedException>(() => client.GetTransports());
    }

    [Fact]
    public async Task Input_of_a_control_reaches_it()
    {
        using var peer = new UdpPeer();
        await using var socket = await Client.OpenDatagramAsync(s_any);
        // SIO_WSK_SET_SENDTO_ADDRESS by its number, with a SOCKADDR_IN of our own making.
        var sockaddr = new byte[16];
        MemoryMarshal.Write(sockaddr, AF_INET);
        sockaddr[2] = (byte)(peer.Address.Port >> 8);
        sockaddr[3] = (byte)peer.Address.Port;
        peer.Address.Address.TryWriteBytes(sockaddr.AsSpan(4), out _);
        Assert.Equal(0, await Soon(socket.IoControlAsync(SIO_WSK_SET_SENDTO_ADDRESS, sockaddr)));
        await Soon(socket.SendToAsync("raw"u8.ToArray()));
        Assert.Equal("raw", (await peer.Receive()).Text);
        Assert.Equal(NTSTATUS.STATUS_NOT_SUPPORTED, await Status(socket.IoControlAsync(0xC8001234)));
    }

    [Fact]
    public async Task Transports_that_there_are_not_give_no_socket() => Assert.Equal(
        NTSTATUS.STATUS_PROTOCOL_UNREACHABLE,
        await Status(Client.CreateBasicSocketAsync(new WskTransport(99, SOCK_STREAM, IPPROTO_TCP))));

    private static async Task RoundTrip<T>(WskSocket socket, WskOption<T> option, T value)
    {
        await Soon(socket.SetOptionAsync(option, value));
        Assert.Equal(value, await Soon(socket.GetOptionAsync(option)));
    }
}
