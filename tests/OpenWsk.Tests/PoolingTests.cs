// Operations are used again: many exchanges need as few IRPs as were ever under way at once, and a warm
// exchange allocates no managed memory in the API.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Ports;
using Xunit;

namespace OpenWsk.Tests;

[Collection(Alone.Name)]
public sealed class PoolingTests : ManagedWorld
{
    private static readonly IPEndPoint s_any = new(IPAddress.Loopback, 0);

    protected override bool IsUnobserved => true;

    [Fact]
    public async Task Operations_and_their_irps_are_used_again()
    {
        using var peer = new Peer();
        var echo = peer.Echo();
        var socket = await Client.ConnectAsync(peer.Address);
        var buffer = new byte[64];
        for (var i = 0; i < 1000; i++)
        {
            await socket.SendAsync(buffer);
            await socket.ReceiveAsync(buffer);
        }
        await socket.DisconnectAsync();
        await echo.WaitAsync(HangGuard);
        await socket.DisposeAsync();
        Assert.InRange(Host.Operations.Count, 1, 4);
        Assert.Equal(Host.Operations.Count, Host.Executive.Irps.AllocatedCount);
    }

    [Fact]
    public async Task A_warm_exchange_allocates_nothing()
    {
        using var peer = new Peer();
        var echo = peer.Echo();
        await using var socket = await Client.ConnectAsync(peer.Address);
        var buffer = new byte[64];
        await AllocatesNothing(async counted =>
        {
            while (counted.Next())
            {
                await socket.SendAsync(buffer).ConfigureAwait(false);
                await socket.ReceiveAsync(buffer).ConfigureAwait(false);
            }
        });
        await socket.DisconnectAsync();
        await echo.WaitAsync(HangGuard);
    }

    [Fact]
    public async Task A_warm_exchange_of_datagrams_allocates_nothing()
    {
        await using var socket = await Client.OpenDatagramAsync(
            s_any, new WskDatagramOptions { HasPacketInfo = true });
        var (buffer, self) = (new byte[64], EndpointAddress.From(socket.LocalEndPoint));
        var control = new WskControlInfo { LocalAddress = self };
        await AllocatesNothing(async counted =>
        {
            while (counted.Next())
            {
                await socket.SendToAsync(buffer, self, control).ConfigureAwait(false);
                var received = await socket.ReceiveFromAsync(buffer).ConfigureAwait(false);
                Assert.True(received.RemoteAddress == self && received.Control.InterfaceIndex != 0);
            }
        });
    }

    [Fact]
    public async Task A_warm_batch_of_datagrams_allocates_nothing()
    {
        await using var socket = await Client.OpenDatagramAsync(s_any);
        var (buffer, self) = (new byte[64], socket.LocalEndPoint);
        var batch = new ReadOnlyMemory<byte>[] { buffer, buffer.AsMemory(0, 10), default };
        await AllocatesNothing(async counted =>
        {
            while (counted.Next())
            {
                await socket.SendMessagesAsync(batch, self).ConfigureAwait(false);
                for (var i = 0; i < batch.Length; i++)
                    await socket.ReceiveFromAsync(buffer).ConfigureAwait(false);
            }
        });
    }

    // The provider has a block for each indication; what the API does with it is told apart by blocks of our
    // own, which come through the same callbacks and go through a release of our own.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_API_adds_to_a_stream_allocates_nothing(bool isDatagram)
    {
        using var peer = new Peer();
        await using var socket = await Client.OpenDatagramAsync(s_any);
        await using var connection = await Client.ConnectAsync(peer.Address);
        await using var data = connection.ReceiveAllAsync().GetAsyncEnumerator();
        await using var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator();
        using var block = new FakeIndication(Host);
        var firstData = data.MoveNextAsync();
        var firstDatagram = datagrams.MoveNextAsync();
        block.Replace(connection, socket);
        block.IndicateData(connection.Context);
        block.IndicateDatagram(socket.Context);
        Assert.True(await Soon(firstData));
        Assert.True(await Soon(firstDatagram));
        data.Current.Dispose();
        datagrams.Current.Dispose();
        await AllocatesNothing(async counted =>
        {
            while (counted.Next())
            {
                var next = isDatagram ? datagrams.MoveNextAsync() : data.MoveNextAsync();
                if (isDatagram)
                    block.IndicateDatagram(socket.Context);
                else
                    block.IndicateData(connection.Context);
                await next.ConfigureAwait(false);
                if (isDatagram)
                    datagrams.Current.Dispose();
                else
                    data.Current.Dispose();
            }
        });
        Assert.Equal(2 + (2 * Allocations.Exchanges), block.Released);
    }

    [Fact]
    public async Task An_accept_that_waits_allocates_nothing()
    {
        await using var listener = await Client.ListenAsync(s_any);
        var least = long.MaxValue;
        for (var i = 0; i < 50; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var accept = listener.AcceptAsync(cancellation.Token);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(accept));
        }
        // The registration at a token that is new each time, which is the token's and not ours.
        Assert.InRange(least, 0, TokenRegistrationBytes());

        static long TokenRegistrationBytes()
        {
            using var cancellation = new CancellationTokenSource();
            var before = GC.GetAllocatedBytesForCurrentThread();
            using var registration = cancellation.Token.UnsafeRegister(static _ => { }, null);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Accepting_again_and_again_keeps_nothing(bool isByEvent)
    {
        await using var listener = await Client.ListenAsync(
            s_any, new WskListenOptions { AcceptsByEvent = isByEvent });
        await Accept(20);
        var (blocks, operations) = (Host.Executive.Heap.Count, Host.Operations.Count);
        await Accept(200);
        // Threads of the pool that come to the world for the first time have a few blocks each.
        Assert.InRange(Host.Executive.Heap.Count, 0, blocks + 100);
        Assert.InRange(Host.Operations.Count, 1, operations + 4);
        Assert.Equal(1, Host.Provider.OpenSockets);

        async Task Accept(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await peer.ConnectAsync(listener.LocalEndPoint).WaitAsync(HangGuard);
                await using var connection = await Soon(listener.AcceptAsync());
            }
        }
    }

    [Fact]
    public async Task Each_operation_has_its_own_outcome_when_many_overlap()
    {
        const int connections = 32;
        const int exchanges = 50;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(Exchange)).WaitAsync(HangGuard);

        async Task Exchange(int number)
        {
            using var peer = new Peer();
            var echo = peer.Echo();
            await using var socket = await Client.ConnectAsync(peer.Address);
            var (sent, received) = (new byte[100], new byte[100]);
            for (var i = 0; i < exchanges; i++)
            {
                Array.Fill(sent, (byte)(number + i));
                await socket.SendAsync(sent);
                Assert.Equal(100, await socket.ReceiveAsync(received, WskReceiveFlags.WaitAll));
                Assert.Equal(sent, received);
            }
            await socket.DisconnectAsync();
            await echo;
        }
    }

    [Fact]
    public async Task Observers_see_the_calls_of_managed_clients()
    {
        var calls = new CallNames();
        Host.Executive.AddSink(calls);
        using var peer = new Peer();
        var echo = peer.Echo();
        await using (var socket = await Client.ConnectAsync(peer.Address))
            await socket.DisconnectAsync("x"u8.ToArray());
        await echo.WaitAsync(HangGuard);
        Assert.Equal(["WskSocketConnect", "WskDisconnect", "WskCloseSocket"], calls.Names);
    }

    // What the API allocated would show in each exchange. On a busy machine .NET's sockets allocate in some:
    // an operation that begins before the one before it is back in its place gets a new object. The exchanges
    // go on without the test's own context, whose continuations allocate; so does a server.
    private static async Task AllocatesNothing(Func<Allocations, Task> exchanges)
    {
        await exchanges(new Allocations());
        var counted = new Allocations();
        await exchanges(counted).WaitAsync(HangGuard);
        Assert.InRange(counted.FreeExchanges, Allocations.Exchanges / 10, Allocations.Exchanges);
    }

    // Counts the exchanges in which the process allocated nothing.
    private sealed class Allocations
    {
        public const int Exchanges = 1000;
        private int _begun;
        private long _before = -1;

        public int FreeExchanges { get; private set; }

        public bool Next()
        {
            FreeExchanges += GC.GetTotalAllocatedBytes(precise: true) == _before ? 1 : 0;
            if (_begun++ == Exchanges)
                return false;
            _before = GC.GetTotalAllocatedBytes(precise: true);
            return true;
        }
    }

    // The names of WSK calls in their order.
    private sealed class CallNames : IEventSink
    {
        private readonly List<string> _names = [];

        public List<string> Names
        {
            get
            {
                lock (_names)
                    return [.. _names];
            }
        }

        public void OnEvent(in KernelEvent e)
        {
            if (e is not { Kind: KernelEventKind.Call,
                Routine: Kernel.Routine { Library: Kernel.Libraries.Wsk } routine })
                return;
            lock (_names)
                _names.Add(routine.Name);
        }
    }
}
