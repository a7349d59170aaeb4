// Operations are used again: many exchanges need as few IRPs as were ever under way at once, and a warm
// exchange allocates no managed memory in the API.
using OpenWsk.Ports;
using Xunit;

namespace OpenWsk.Tests;

[Collection(Alone.Name)]
public sealed class PoolingTests : ManagedWorld
{
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
        const int exchanges = 2000;
        using var peer = new Peer();
        var echo = peer.Echo();
        await using var socket = await Client.ConnectAsync(peer.Address);
        var buffer = new byte[64];
        await CountFree(exchanges);
        var withoutAllocation = await CountFree(exchanges);
        await socket.DisconnectAsync();
        await echo.WaitAsync(HangGuard);
        // What the API allocated would show in each exchange. On a busy machine .NET's sockets allocate in
        // some: an operation that begins before the one before it is back in its place gets a new object.
        Assert.InRange(withoutAllocation, exchanges / 10, exchanges);

        async Task<int> CountFree(int count)
        {
            var free = 0;
            for (var i = 0; i < count; i++)
            {
                var before = GC.GetTotalAllocatedBytes(precise: true);
                // Going back to the test's own context would allocate; a server does not.
                await socket.SendAsync(buffer).ConfigureAwait(false);
                await socket.ReceiveAsync(buffer).ConfigureAwait(false);
                free += GC.GetTotalAllocatedBytes(precise: true) == before ? 1 : 0;
            }
            return free;
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
