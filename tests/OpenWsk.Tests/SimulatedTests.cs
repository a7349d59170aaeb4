// The managed API in a simulated world: async programs run on the world's own thread, follow its clock and
// repeat exactly. What the API does is tested on the host; here is that none of it leaves the world.
using System.Net;
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.Simulation;
using Xunit;

namespace OpenWsk.Tests;

public sealed class SimulatedTests
{
    private static readonly IPEndPoint s_any = new(IPAddress.Parse("10.0.0.1"), 0);

    [Fact]
    public void A_server_and_its_client_live_in_one_world()
    {
        var said = new StringBuilder();
        InWorld(1, async (host, client) =>
        {
            await using var listener = await client.ListenAsync(s_any);
            var serving = Serve(listener);
            await using (var socket = await client.ConnectAsync(listener.LocalEndPoint))
            {
                await socket.SendAsync("hello"u8.ToArray());
                await socket.DisconnectAsync();
                await foreach (var data in socket.ReceiveAllAsync())
                {
                    using (data)
                        said.Append(Encoding.ASCII.GetString(data.Data));
                }
            }
            await listener.DisposeAsync();
            await serving;
        });
        Assert.Equal("hello", said.ToString());

        static async Task Serve(WskListener listener)
        {
            await foreach (var connection in listener.AcceptAllAsync())
            {
                await using (connection)
                {
                    var buffer = new byte[64];
                    for (int count; (count = await connection.ReceiveAsync(buffer)) > 0;)
                        await connection.SendAsync(buffer.AsMemory(0, count));
                    await connection.DisconnectAsync();
                }
            }
        }
    }

    [Fact]
    public void Conditions_events_and_datagrams_work_there_too() => InWorld(1, async (host, client) =>
    {
        var pended = new List<WskConnectionRequest>();
        await using var listener = await client.ListenAsync(s_any, new WskListenOptions
        {
            ConnectionEvents = WskEvents.Receive | WskEvents.Disconnect,
            Inspect = request =>
            {
                pended.Add(request);
                return WskInspectAction.Pend;
            },
        });
        var connecting = client.ConnectAsync(listener.LocalEndPoint).AsTask();
        using (var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1), host.Time))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await listener.AcceptAsync(soon.Token));
        await Assert.Single(pended).AcceptAsync();
        await using var ours = await connecting;
        await using var theirs = await listener.AcceptAsync();
        Assert.Same(pended[0], theirs.Request);
        await ours.SendAsync("x"u8.ToArray());
        await ours.AbortAsync();
        Assert.Equal(WskDisconnection.Abortive, await theirs.WaitForDisconnectAsync());

        await using var datagrams = await client.OpenDatagramAsync(s_any);
        await datagrams.SendToAsync("to myself"u8.ToArray(), datagrams.LocalEndPoint);
        await foreach (var datagram in datagrams.ReceiveAllAsync())
        {
            using (datagram)
                Assert.Equal("to myself", Encoding.ASCII.GetString(datagram.Data));
            break;
        }
    });

    [Fact]
    public void Waits_follow_virtual_time() => InWorld(1, async (host, client) =>
    {
        var before = host.Time.GetTimestamp();
        await using var listener = await client.ListenAsync(s_any);
        using var hour = new CancellationTokenSource(TimeSpan.FromHours(1), host.Time);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await listener.AcceptAsync(hour.Token));
        Assert.Equal(TimeSpan.FromHours(1), host.Time.GetElapsedTime(before));
        var ticks = 0;
        var done = new TaskCompletionSource();
        await using var timer = host.Time.CreateTimer(
            _ =>
            {
                if (++ticks == 3)
                    done.TrySetResult();
            }, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        await done.Task;
        Assert.Equal(TimeSpan.FromSeconds(3600 + 21), host.Time.GetElapsedTime(before));
        timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var later = new CancellationTokenSource(TimeSpan.FromSeconds(5), host.Time);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await listener.AcceptAsync(later.Token));
        Assert.Equal(3, ticks);
    });

    [Fact]
    public void A_run_repeats_exactly()
    {
        Assert.Equal(Trace(7), Trace(7));

        static List<string> Trace(ulong seed)
        {
            var trace = new Events();
            InWorld(seed, async (host, client) =>
            {
                host.Executive.AddSink(trace);
                await using var listener = await client.ListenAsync(s_any);
                var clients = Enumerable.Range(0, 5).Select(i => Talk(client, listener, (byte)i)).ToArray();
                for (var i = 0; i < clients.Length; i++)
                {
                    await using var connection = await listener.AcceptAsync();
                    var buffer = new byte[1];
                    await connection.ReceiveAsync(buffer);
                    await connection.SendAsync(buffer);
                    await connection.DisconnectAsync();
                }
                await Task.WhenAll(clients);
            }, new RandomStrategy(seed));
            return trace.Lines;
        }

        static async Task Talk(WskClient client, WskListener listener, byte number)
        {
            await using var socket = await client.ConnectAsync(listener.LocalEndPoint);
            await socket.SendAsync(new[] { number });
            Assert.Equal(1, await socket.ReceiveAsync(new byte[1]));
        }
    }

    [Fact]
    public void What_a_program_throws_comes_out_and_one_runs_at_a_time()
    {
        Assert.Throws<NotFiniteNumberException>(
            () => InWorld(1, (_, _) => throw new NotFiniteNumberException()));
        InWorld(1, (host, _) =>
        {
            Assert.Throws<InvalidOperationException>(() => host.Run(() => Task.CompletedTask));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void A_program_runs_without_the_callers_context()
    {
        var (outer, mine) = (SynchronizationContext.Current, new SynchronizationContext());
        SynchronizationContext.SetSynchronizationContext(mine);
        try
        {
            var host = WskHost.Create();
            host.Run(async () =>
            {
                Assert.Null(SynchronizationContext.Current);
                await using var client = host.Register();
            });
            Assert.Same(mine, SynchronizationContext.Current);
            End(host);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    // Nothing may run in between here, so nothing is awaited.
    private static void End(WskHost host) => host.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static void InWorld(
        ulong seed, Func<WskHost, WskClient, Task> program, IStrategy? strategy = null)
    {
        using var world = new SimWorld(seed, strategy);
        var machine = world.Network.AddHost("machine", "10.0.0.1", "fd00::1");
        world.Run(() =>
        {
            var host = WskHost.Create(
                new WorldPorts(world.Clock, world.Scheduler, world.Entropy), machine.Transport,
                names: world.Names);
            host.Run(async () =>
            {
                await using (var client = host.Register())
                    await program(host, client);
                Assert.Equal(0, host.Provider.OpenSockets);
                Assert.Empty(host.Provider.PendingIrps);
                await host.DisposeAsync();
            });
        });
    }

    // Calls and completions with their times.
    private sealed class Events : IEventSink
    {
        public List<string> Lines { get; } = [];

        public void OnEvent(in KernelEvent e) =>
            Lines.Add($"{e.TimeNs} {e.Kind} {(e.Routine as Routine)?.Name} {e.ThreadId}");
    }
}
