// The datagrams of a socket as an async stream: no copies, memory that is given back, early ends, much at
// once. Single calls: DatagramTests.cs. What it allocates: PoolingTests.cs.
using System.Buffers;
using System.Net;
using System.Text;
using OpenWsk.Abi;
using Xunit;

namespace OpenWsk.Tests;

public sealed class DatagramStreamTests : ManagedWorld
{
    [Fact]
    public async Task Datagrams_come_as_a_stream_with_their_senders()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open(new WskDatagramOptions { HasPacketInfo = true });
        await using var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator();
        foreach (var text in new[] { "one", "", "three" })
        {
            peer.Send(text, socket.LocalEndPoint);
            Assert.True(await Soon(datagrams.MoveNextAsync()));
            using var datagram = datagrams.Current;
            Assert.Equal(text, Text(datagram));
            Assert.Equal(text.Length, datagram.Length);
            Assert.Equal(peer.Address, datagram.RemoteEndPoint);
            Assert.Equal(IPAddress.Loopback, datagram.Control.LocalAddress.ToIPAddress());
            Assert.Equal(WskDatagramFlags.None, datagram.Flags);
        }
    }

    [Fact]
    public async Task Datagrams_that_are_kept_stay_as_they_are()
    {
        const int count = 100;
        using var peer = new UdpPeer();
        await using var socket = await Open();
        var kept = new List<WskDatagram>();
        await using (var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator())
        {
            for (var i = 0; i < count; i++)
            {
                peer.Send($"number {i}", socket.LocalEndPoint);
                Assert.True(await Soon(datagrams.MoveNextAsync()));
                kept.Add(datagrams.Current);
            }
        }
        for (var i = 0; i < count; i++)
            Assert.Equal($"number {i}", Text(kept[i]));
        // In any order, and twice.
        foreach (var datagram in kept.AsEnumerable().Reverse().Concat(kept))
            datagram.Dispose();
        Assert.Throws<ObjectDisposedException>(() => kept[0].Data);
        // The entries are used again, each for one datagram.
        await using var again = socket.ReceiveAllAsync().GetAsyncEnumerator();
        for (var i = 0; i < 3; i++)
        {
            peer.Send($"again {i}", socket.LocalEndPoint);
            Assert.True(await Soon(again.MoveNextAsync()));
            kept.Add(again.Current);
        }
        foreach (var old in kept[..count])
            old.Dispose();
        kept.RemoveRange(0, count);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"again {i}", Text(kept[i]));
            kept[i].Dispose();
        }
    }

    [Fact]
    public async Task What_an_enumeration_has_left_is_the_next_ones()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open();
        using var cancellation = new CancellationTokenSource();
        await using (var first = socket.ReceiveAllAsync(cancellation.Token).GetAsyncEnumerator())
        {
            var next = first.MoveNextAsync();
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(next));
        }
        peer.Send("between", socket.LocalEndPoint);
        await foreach (var datagram in socket.ReceiveAllAsync())
        {
            using (datagram)
                Assert.Equal("between", Text(datagram));
            break;
        }
        peer.Send("by call", socket.LocalEndPoint);
        peer.Send("again", socket.LocalEndPoint);
        Assert.Equal(7, (await Soon(socket.ReceiveFromAsync(new byte[64]))).Bytes);
        Assert.Equal(5, (await Soon(socket.ReceiveFromAsync(new byte[64]))).Bytes);
    }

    [Fact]
    public async Task More_than_may_wait_is_held_back_and_comes_later()
    {
        // So many that the queue refuses some. The host buffers no more than a hundred at a time.
        const int count = DatagramEvents.QueuedMax + 100;
        using var peer = new UdpPeer();
        await using var socket = await Open();
        await using var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator();
        var first = datagrams.MoveNextAsync();
        var queue = Host.Operations.Callbacks.Datagrams(socket.Context).Datagrams;
        for (var i = 0; i < count; i++)
        {
            peer.Send($"{i}", socket.LocalEndPoint);
            if (i == 0)
                Assert.True(await Soon(first));
            while (queue.Count < Math.Min(i - 50, DatagramEvents.QueuedMax))
                await Task.Yield();
        }
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
                Assert.True(await Soon(datagrams.MoveNextAsync()));
            using var datagram = datagrams.Current;
            Assert.Equal($"{i}", Text(datagram));
        }
    }

    [Fact]
    public async Task A_call_is_served_before_the_stream()
    {
        using var peer = new UdpPeer();
        await using var socket = await Open();
        await using var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator();
        var next = datagrams.MoveNextAsync();
        var call = socket.ReceiveFromAsync(new byte[64]);
        peer.Send("call", socket.LocalEndPoint);
        Assert.Equal(4, (await Soon(call)).Bytes);
        peer.Send("stream", socket.LocalEndPoint);
        Assert.True(await Soon(next));
        using var datagram = datagrams.Current;
        Assert.Equal("stream", Text(datagram));
    }

    [Fact]
    public async Task Two_enumerations_at_a_time_are_a_mistake()
    {
        await using var socket = await Open();
        await using var first = socket.ReceiveAllAsync().GetAsyncEnumerator();
        var next = first.MoveNextAsync();
        await using (var second = socket.ReceiveAllAsync().GetAsyncEnumerator())
            await Assert.ThrowsAsync<InvalidOperationException>(() => Soon(second.MoveNextAsync()));
        await Soon(socket.DisposeAsync());
        Assert.False(await Soon(next));
    }

    [Fact]
    public async Task The_stream_ends_with_its_socket_which_gives_back_what_nobody_took()
    {
        using var peer = new UdpPeer();
        var socket = await Open();
        await using var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator();
        var first = datagrams.MoveNextAsync();
        peer.Send("taken", socket.LocalEndPoint);
        peer.Send("left", socket.LocalEndPoint);
        Assert.True(await Soon(first));
        datagrams.Current.Dispose();
        await Soon(socket.DisposeAsync());
        Assert.False(await Soon(datagrams.MoveNextAsync()));
    }

    [Fact]
    public async Task What_is_kept_beyond_the_sockets_end_is_reported_and_cannot_be_looked_at()
    {
        using var peer = new UdpPeer();
        var socket = await Open();
        await using var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator();
        var first = datagrams.MoveNextAsync();
        peer.Send("forgotten", socket.LocalEndPoint);
        Assert.True(await Soon(first));
        var (forgotten, memory) = (datagrams.Current, datagrams.Current.Data.First);
        Assert.Equal(9, memory.Span.Length);
        await Soon(socket.DisposeAsync());
        Assert.StartsWith("REL-08", Breaches.Single(), StringComparison.Ordinal);
        Breaches.Clear();
        Assert.Throws<ObjectDisposedException>(() => forgotten.Data);
        Assert.ThrowsAny<ArgumentException>(() => memory.Span.Length);
        forgotten.Dispose();
    }

    [Fact]
    public async Task An_unbound_socket_has_no_stream()
    {
        await using var socket = await Client.CreateDatagramSocketAsync();
        await using var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator();
        Assert.Equal(NTSTATUS.STATUS_INVALID_DEVICE_STATE, await Status(datagrams.MoveNextAsync()));
        Assert.StartsWith("EVT-16", Breaches.Single(), StringComparison.Ordinal);
        Breaches.Clear();
    }

    private static string Text(WskDatagram datagram) => Encoding.Latin1.GetString(datagram.Data.ToArray());

    private ValueTask<WskDatagramSocket> Open(WskDatagramOptions? options = null) =>
        Client.OpenDatagramAsync(new IPEndPoint(IPAddress.Loopback, 0), options);
}
