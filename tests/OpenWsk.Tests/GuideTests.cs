// The examples of the managed API's page: each compiles and runs here, and the page shows these very lines.
// The program of README: ReadmeTests.cs. It knows nothing about what else the page says.
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Simulation;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tests;

public sealed class GuideTests : ManagedWorld
{
    private const string Begin = "// Example begins.";
    private const string End = "// Example ends.";

    [Fact]
    public void The_page_shows_the_examples_that_are_tested()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "managed-api.md"));
        var lines = File.ReadAllLines(Repository.PathOf("tests", "OpenWsk.Tests", "GuideTests.cs"));
        var examples = lines.Index().Where(l => l.Item.Trim() == Begin).Select(l => l.Index + 1).ToList();
        Assert.Equal(6, examples.Count);
        foreach (var at in examples)
        {
            var code = lines.Skip(at).TakeWhile(l => l.Trim() != End).Select(l => l.Length > 8 ? l[8..] : "");
            Assert.Contains(
                "```csharp\n" + string.Join('\n', code) + "\n```", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_echoes_without_copies()
    {
        var client = Client;
        var listening = new TaskCompletionSource<WskListener>();
        var serving = Program();
        var listener = await Soon(listening.Task);
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint).WaitAsync(HangGuard);
        await peer.SendAsync("hello"u8.ToArray());
        peer.Shutdown(SocketShutdown.Send);
        var text = "";
        var buffer = new byte[16];
        for (int count; (count = await Soon(peer.ReceiveAsync(buffer.AsMemory()).AsTask())) > 0;)
            text += Encoding.ASCII.GetString(buffer, 0, count);
        Assert.Equal("hello", text);
        await Soon(listener.DisposeAsync());
        await serving.WaitAsync(HangGuard);

        async Task Program()
        {
            await using var opened = await Listen();
            listening.SetResult(opened);
            await ServeAll(opened);
        }

        // Example begins.
        ValueTask<WskListener> Listen() => client.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));

        static async Task ServeAll(WskListener listener)
        {
            await foreach (var connection in listener.AcceptAllAsync())
                _ = Serve(connection);
        }

        static async Task Serve(WskConnection connection)
        {
            await using (connection)
            {
                await foreach (var data in connection.ReceiveAllAsync())
                {
                    using (data)
                    {
                        foreach (var part in data.Data)
                            await connection.SendAsync(part);
                    }
                }
                await connection.DisconnectAsync();
            }
        }
        // Example ends.
    }

    [Fact]
    public async Task Requests_are_judged()
    {
        var client = Client;
        var pended = Channel.CreateUnbounded<WskConnectionRequest>();
        // Example begins.
        await using var listener = await client.ListenAsync(
            new IPEndPoint(IPAddress.Loopback, 0),
            new WskListenOptions
            {
                Inspect = request =>
                {
                    if (!request.RemoteAddress.IsLoopback)
                        return WskInspectAction.Reject;
                    pended.Writer.TryWrite(request);
                    return WskInspectAction.Pend;
                },
            });
        // Example ends.
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connecting = peer.ConnectAsync(listener.LocalEndPoint);
        await Soon((await Soon(pended.Reader.ReadAsync())).AcceptAsync());
        await using var connection = await Soon(listener.AcceptAsync());
        await connecting.WaitAsync(HangGuard);
    }

    [Fact]
    public async Task Datagrams_are_answered()
    {
        using var peer = new UdpPeer();
        await using var opened = await Client.OpenDatagramAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var answering = AnswerAll(opened);
        peer.Send("question", opened.LocalEndPoint);
        Assert.Equal("question", (await peer.Receive()).Text);
        while (Host.Operations.Callbacks.Datagrams(opened.Context).Retention.Count != 0)
            await Task.Yield();
        await Soon(opened.DisposeAsync());
        await answering.WaitAsync(HangGuard);

        // Example begins.
        static async Task AnswerAll(WskDatagramSocket socket)
        {
            await foreach (var datagram in socket.ReceiveAllAsync())
            {
                using (datagram)
                    await socket.SendToAsync(datagram.Data.First, datagram.RemoteAddress);
            }
        }
        // Example ends.
    }

    [Fact]
    public async Task Options_are_set_and_read()
    {
        await using var pair = await Pair.Make(Client);
        var connection = pair.Ours;
        // Example begins.
        await connection.SetOptionAsync(WskOptions.NoDelay, true);
        var bytes = await connection.GetOptionAsync(WskOptions.ReceiveBufferSize);
        var waiting = await connection.GetReceiveBacklogAsync();
        // Example ends.
        Assert.True(bytes > 0);
        Assert.Equal(0, waiting);
    }

    [Fact]
    public async Task Names_are_found()
    {
        var client = Client;
        // Example begins.
        foreach (var found in await client.ResolveAsync("127.0.0.1", "80"))
        {
            var names = await client.ReverseAsync(found.EndPoint, WskNameFlags.NumericHost);
            Console.WriteLine($"{found.EndPoint} is {names.Host} {names.Service}");
        }
        // Example ends.
    }

    [Fact]
    public void A_test_has_a_world_of_its_own()
    {
        // Example begins.
        using var world = new SimWorld(seed: 7);
        var machine = world.Network.AddHost("machine", "10.0.0.1");
        world.Network.BlackHole("198.51.100.0/24");
        world.Run(() =>
        {
            var ports = new WorldPorts(world.Clock, world.Scheduler, world.Entropy);
            var host = WskHost.Create(ports, machine.Transport, names: world.Names);
            host.Run(async () =>
            {
                await using var client = host.Register();
                using var minute = new CancellationTokenSource(TimeSpan.FromMinutes(1), host.Time);
                var e = await Assert.ThrowsAsync<WskException>(async () =>
                    await client.ConnectAsync(IPEndPoint.Parse("198.51.100.7:80"), null, minute.Token));
                Assert.Equal(NTSTATUS.STATUS_IO_TIMEOUT, e.Status);
                Assert.Equal(21, (int)host.Time.GetElapsedTime(0).TotalSeconds);
            });
        });
        // Example ends.
    }
}
