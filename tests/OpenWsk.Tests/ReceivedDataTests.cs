// The events of a connection as async streams: received data without copies, early ends, much at once, each
// kind of end; disconnection; the ideal send backlog. Receiving by calls: ConnectionTests.cs.
using System.Buffers;
using System.Net.Sockets;
using System.Text;
using OpenWsk.Abi;
using Xunit;

namespace OpenWsk.Tests;

public sealed class ReceivedDataTests : ManagedWorld
{
    [Fact]
    public async Task Data_comes_piece_by_piece_until_the_peer_ends()
    {
        await using var pair = await Pair.Make(Client);
        await using var stream = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator();
        foreach (var text in new[] { "one", "two", "three" })
        {
            pair.Send(text);
            Assert.True(await Soon(stream.MoveNextAsync()));
            using var data = stream.Current;
            Assert.Equal(text.Length, data.Length);
            Assert.Equal(text, Encoding.ASCII.GetString(data.Data));
        }
        pair.Theirs.Shutdown(SocketShutdown.Send);
        Assert.False(await Soon(stream.MoveNextAsync()));
        Assert.Equal(WskDisconnection.Graceful, await Soon(pair.Ours.WaitForDisconnectAsync()));
        Assert.Equal(0, await Soon(pair.Ours.ReceiveAsync(new byte[1])));
    }

    [Fact]
    public async Task Data_that_is_kept_stays_as_it_is()
    {
        await using var pair = await Pair.Make(Client);
        var kept = new List<WskReceivedData>();
        await using (var stream = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator())
        {
            for (var i = 0; i < 50; i++)
            {
                pair.Send($"number {i}");
                Assert.True(await Soon(stream.MoveNextAsync()));
                kept.Add(stream.Current);
            }
        }
        for (var i = 0; i < kept.Count; i++)
            Assert.Equal($"number {i}", Encoding.ASCII.GetString(kept[i].Data));
        foreach (var data in kept.Concat(kept))
            data.Dispose();
        Assert.Throws<ObjectDisposedException>(() => kept[0].Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task Much_data_arrives_whole_however_slowly_it_is_taken(int piecesBetweenRests)
    {
        var sent = new byte[5 * (int)ConnectionEvents.QueuedBytesMax];
        new Random(1).NextBytes(sent);
        await using var pair = await Pair.Make(Client);
        var sending = Task.Run(async () =>
        {
            for (var at = 0; at < sent.Length;)
                at += await pair.Theirs.SendAsync(sent.AsMemory(at, Math.Min(10_000, sent.Length - at)));
            pair.Theirs.Shutdown(SocketShutdown.Send);
        });
        var received = new MemoryStream();
        var pieces = 0;
        await foreach (var data in pair.Ours.ReceiveAllAsync())
        {
            using (data)
            {
                foreach (var part in data.Data)
                    received.Write(part.Span);
            }
            if (++pieces % piecesBetweenRests == 0)
                await Task.Yield();
        }
        await sending.WaitAsync(HangGuard);
        Assert.True(sent.AsSpan().SequenceEqual(received.ToArray()));
    }

    [Fact]
    public async Task Data_is_held_back_while_nobody_takes_it()
    {
        var block = new byte[64 * 1024];
        await using var pair = await Pair.Make(Client);
        await using var stream = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator();
        var first = stream.MoveNextAsync();
        // Until the host's buffers are full as well: the sender cannot go on.
        pair.Theirs.Blocking = false;
        var sent = 0L;
        for (var full = 0; full < 100;)
        {
            try
            {
                sent += pair.Theirs.Send(block);
                full = 0;
            }
            catch (SocketException)
            {
                full++;
                await Task.Yield();
            }
        }
        Assert.True(sent > ConnectionEvents.QueuedBytesMax);
        pair.Theirs.Blocking = true;
        pair.Theirs.Shutdown(SocketShutdown.Send);
        var received = 0L;
        for (var more = await Soon(first); more; more = await Soon(stream.MoveNextAsync()))
        {
            received += stream.Current.Length;
            stream.Current.Dispose();
        }
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Many_small_pieces_are_held_back_before_the_provider_wants_them_back()
    {
        await using var pair = await Pair.Make(Client);
        await using var stream = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator();
        var first = stream.MoveNextAsync();
        var events = Host.Operations.Callbacks.Connections(pair.Ours.Context);
        pair.Send("x");
        Assert.True(await Soon(first));
        // Nobody takes anything from here on, so each piece is seen to come before the next one is sent.
        var sent = 1;
        for (; !events.IsRefusing; sent++)
        {
            pair.Send("x");
            while (events.Data.Count < sent && !events.IsRefusing)
                await Task.Yield();
        }
        pair.Theirs.Shutdown(SocketShutdown.Send);
        var received = 0;
        for (var more = true; more; more = await Soon(stream.MoveNextAsync()))
        {
            received += stream.Current.Length;
            stream.Current.Dispose();
        }
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task What_an_enumeration_has_left_comes_first_afterwards()
    {
        await using var pair = await Pair.Make(Client);
        using var cancellation = new CancellationTokenSource();
        pair.Send("taken");
        await foreach (var data in pair.Ours.ReceiveAllAsync(cancellation.Token))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(
                async () => await pair.Ours.ReceiveAsync(new byte[1]));
            data.Dispose();
            pair.Send("left");
            await pair.UntilKept(4);
            break;
        }
        pair.Send("later");
        var buffer = new byte[3];
        Assert.Equal(3, await Soon(pair.Ours.ReceiveAsync(buffer)));
        Assert.Equal("lef", Encoding.ASCII.GetString(buffer));
        buffer = new byte[6];
        Assert.Equal(6, await Soon(pair.Ours.ReceiveAsync(buffer, WskReceiveFlags.WaitAll)));
        Assert.Equal("tlater", Encoding.ASCII.GetString(buffer));
        pair.Send("again");
        await using var second = pair.Ours.ReceiveAllAsync(cancellation.Token).GetAsyncEnumerator();
        Assert.True(await Soon(second.MoveNextAsync()));
        second.Current.Dispose();
        var next = second.MoveNextAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(next));
    }

    [Fact]
    public async Task Data_that_was_refused_comes_to_the_next_enumeration()
    {
        var sent = new byte[2 * (int)ConnectionEvents.QueuedBytesMax];
        new Random(1).NextBytes(sent);
        await using var pair = await Pair.Make(Client);
        var sending = pair.Theirs.SendAsync(sent.AsMemory()).AsTask();
        var received = new MemoryStream();
        var events = Host.Operations.Callbacks.Connections(pair.Ours.Context);
        await foreach (var data in pair.Ours.ReceiveAllAsync())
        {
            using (data)
                received.Write(data.Data.ToArray());
            while (!events.IsRefusing)
                await Task.Yield();
            break;
        }
        var buffer = new byte[4096];
        while (events.Data.Count != 0)
            received.Write(buffer, 0, await Soon(pair.Ours.ReceiveAsync(buffer)));
        await using var rest = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator();
        while (received.Length < sent.Length)
        {
            Assert.True(await Soon(rest.MoveNextAsync()));
            using var data = rest.Current;
            received.Write(data.Data.ToArray());
        }
        await Soon(sending);
        Assert.True(sent.AsSpan().SequenceEqual(received.ToArray()));
    }

    [Fact]
    public async Task A_reset_is_told_after_the_data()
    {
        await using var pair = await Pair.Make(Client);
        await using var stream = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator();
        pair.Send("last");
        Assert.True(await Soon(stream.MoveNextAsync()));
        stream.Current.Dispose();
        var disconnection = pair.Ours.WaitForDisconnectAsync();
        pair.Reset();
        Assert.Equal(NTSTATUS.STATUS_CONNECTION_RESET, await Status(stream.MoveNextAsync()));
        Assert.Equal(WskDisconnection.Abortive, await Soon(disconnection));
    }

    [Fact]
    public async Task An_abort_of_ours_ends_the_stream()
    {
        await using var pair = await Pair.Make(Client);
        await using var stream = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator();
        var next = stream.MoveNextAsync();
        await Soon(pair.Ours.AbortAsync());
        Assert.Equal(NTSTATUS.STATUS_CONNECTION_DISCONNECTED, await Status(next));
    }

    [Fact]
    public async Task Disposal_ends_the_streams_and_gives_back_what_nobody_took()
    {
        await using var pair = await Pair.Make(Client);
        await using var stream = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator();
        await using var backlogs = pair.Ours.SendBacklogsAsync().GetAsyncEnumerator();
        var next = stream.MoveNextAsync();
        var backlog = backlogs.MoveNextAsync();
        var disconnection = pair.Ours.WaitForDisconnectAsync();
        pair.Send("first");
        Assert.True(await Soon(next));
        stream.Current.Dispose();
        pair.Send("left");
        await pair.UntilKept(4);
        await Soon(pair.Ours.DisposeAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            while (await Soon(stream.MoveNextAsync()))
                Assert.Fail("nothing is left to take");
        });
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Soon(disconnection));
        if (await Soon(backlog))
            Assert.False(await Soon(backlogs.MoveNextAsync()));
    }

    [Fact]
    public async Task What_is_kept_beyond_the_connections_end_is_reported()
    {
        await using var pair = await Pair.Make(Client);
        await using var stream = pair.Ours.ReceiveAllAsync().GetAsyncEnumerator();
        pair.Send("forgotten");
        Assert.True(await Soon(stream.MoveNextAsync()));
        var forgotten = stream.Current;
        await Soon(pair.Ours.DisposeAsync());
        Assert.StartsWith("REL-08", Breaches.Single(), StringComparison.Ordinal);
        Breaches.Clear();
        Assert.Throws<ObjectDisposedException>(() => forgotten.Data);
        forgotten.Dispose();
    }

    [Fact]
    public async Task Streams_of_an_unconnected_socket_are_a_mistake()
    {
        await using var socket = await Client.CreateConnectionSocketAsync();
        await using (var stream = socket.ReceiveAllAsync().GetAsyncEnumerator())
            Assert.Equal(NTSTATUS.STATUS_INVALID_DEVICE_STATE, await Status(stream.MoveNextAsync()));
        Assert.Equal(NTSTATUS.STATUS_INVALID_DEVICE_STATE, await Status(socket.WaitForDisconnectAsync()));
        Assert.All(Breaches, b => Assert.StartsWith("EVT-17", b, StringComparison.Ordinal));
        Assert.Equal(2, Breaches.Count);
        Breaches.Clear();
    }
}
