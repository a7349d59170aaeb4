// Where awaited calls continue: on the thread pool, or on the dispatcher that completed them; and calls that
// are over at once, which continue nowhere else. It knows nothing about simulated worlds: SimulatedTests.cs.
using System.Net.Sockets;
using OpenWsk.Kernel;
using Xunit;

namespace OpenWsk.Tests;

public sealed class ContinuationTests
{
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(WskContinuations.Dispatcher)]
    [InlineData(WskContinuations.ThreadPool)]
    public async Task An_awaited_call_continues_where_the_host_was_told_to(WskContinuations place)
    {
        await using var host = WskHost.Create(continuations: place);
        var client = host.Register();
        var pair = await Pair.Make(client);
        var (processor, irql) = await Echo(host, pair).WaitAsync(s_hangGuard);
        Assert.Equal(place == WskContinuations.Dispatcher ? 0 : -1, processor);
        Assert.Equal(Irql.Passive, irql);
        await pair.DisposeAsync();
        await client.DisposeAsync();
    }

    [Fact]
    public async Task A_send_that_the_system_takes_at_once_is_complete_when_its_call_returns()
    {
        await using var host = WskHost.Create();
        var client = host.Register();
        var pair = await Pair.Make(client);
        var sending = pair.Ours.SendAsync("now"u8.ToArray());
        Assert.True(sending.IsCompletedSuccessfully);
        await sending;
        await pair.DisposeAsync();
        await client.DisposeAsync();
    }

    // The peer sends only when the receive is under way, so it does not complete at once.
    private static async Task<(int Processor, byte Irql)> Echo(WskHost host, Pair pair)
    {
        var buffer = new byte[1];
        var receiving = pair.Ours.ReceiveAsync(buffer);
        Assert.False(receiving.IsCompleted);
        var continued = Continue(host, receiving);
        await pair.Theirs.SendAsync(buffer, SocketFlags.None);
        return await continued;
    }

    private static async Task<(int Processor, byte Irql)> Continue(WskHost host, ValueTask<int> receiving)
    {
        Assert.Equal(1, await receiving.ConfigureAwait(false));
        return (host.Executive.Scheduler.CurrentProcessor, host.Executive.CurrentThread.Irql);
    }
}
