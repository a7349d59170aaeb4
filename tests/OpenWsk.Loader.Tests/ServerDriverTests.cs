// The serving samples in a simulated world: over a network that loses packets, with calls that pend and calls
// that complete inline, unloaded at every moment of a conversation. The same seed gives the same run. It
// knows nothing about real clients: the end-to-end tests have them.
using System.Net;
using OpenWsk.Net.Sim;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Ports;
using OpenWsk.Provider;
using OpenWsk.Simulation;

namespace OpenWsk.Loader.Tests;

public sealed class ServerDriverTests
{
    private const int Port = 7;

    // About as long as a conversation takes, in steps that no latency divides.
    private const int Moments = 40;
    private const long StepNs = 173_000;

    public static TheoryData<string, CompletionMode, uint> EchoServers => new()
    {
        { "echo-calls", CompletionMode.Pended, 0 },
        { "echo-calls", CompletionMode.Inline, 0 },
        { "echo-events", CompletionMode.Pended, 0 },
        { "echo-events", CompletionMode.Inline, 0 },
        { "echo-events", CompletionMode.Pended, 1 },
        { "echo-events", CompletionMode.Inline, 1 },
    };

    [Theory]
    [MemberData(nameof(EchoServers))]
    public void An_echo_server_loses_nothing_that_the_network_loses(
        string sample, CompletionMode completion, uint backlog)
    {
        var lines = Echo(sample, completion, backlog);
        Assert.Contains(
            lines, line => line.Contains("2 connections, 120000 bytes", StringComparison.Ordinal));
        Assert.Equal(lines, Echo(sample, completion, backlog));
    }

    [Theory]
    [MemberData(nameof(EchoServers))]
    public void An_echo_server_is_unloaded_at_any_moment(
        string sample, CompletionMode completion, uint backlog)
    {
        for (var moment = 0; moment < Moments; moment++)
        {
            var at = moment * StepNs;
            Run(sample, completion, backlog, (world, sim, driver) =>
            {
                sim.Scheduler.StartThread("peer", () => Talk(sim, "10.0.0.2", "10.0.0.1"));
                sim.Scheduler.CurrentParker.Park(sim.Clock.NowNs + at);
            });
        }
    }

    [Theory]
    [MemberData(nameof(EchoServers))]
    public void What_the_server_has_refused_when_the_peer_ends_comes_back_too(
        string sample, CompletionMode completion, uint backlog)
    {
        // About what the peer's receive buffer and the server's send buffer take, and then more: the server
        // keeps some of the rest, has refused the other, and hears of the end before or after that.
        for (var length = 128_000; length < 142_000; length += 500)
        {
            var bytes = Enumerable.Range(0, length).Select(n => (byte)(n % 251)).ToArray();
            Run(sample, completion, backlog, (world, sim, driver) =>
            {
                var connection = Connect(sim, "10.0.0.2", "10.0.0.1");
                connection.Send(bytes);
                connection.ShutdownSend();
                connection.WaitUntilSent();
                sim.Scheduler.CurrentParker.Park(sim.Clock.NowNs + 5_000_000);
                Assert.Equal(bytes, ReadToEnd(connection));
                connection.Close();
            });
        }
    }

    [Theory]
    [InlineData(CompletionMode.Pended)]
    [InlineData(CompletionMode.Inline)]
    public void A_datagram_goes_back_from_the_address_that_it_was_sent_to(CompletionMode completion) =>
        Run("udp-echo", completion, 0, (world, sim, driver) =>
        {
            var peer = sim.Network.AddHost("peer", "10.0.0.2").OpenDatagram("10.0.0.2:0");
            var buffer = new byte[100];
            foreach (var address in new[] { "10.0.0.1", "10.0.0.3" })
            {
                peer.Send($"{address}:{Port}", "hello"u8);
                Assert.Equal(5, peer.Receive(buffer, out var info));
                Assert.Equal($"{address}:{Port}", info.Source.ToIPEndPoint().ToString());
            }
            peer.Close();
        });

    [Theory]
    [InlineData(CompletionMode.Pended, 1)]
    [InlineData(CompletionMode.Pended, 3)]
    [InlineData(CompletionMode.Inline, 1)]
    [InlineData(CompletionMode.Inline, 3)]
    public void Who_is_let_in_is_greeted(CompletionMode completion, uint rule) =>
        Run("conditional", completion, rule, (world, sim, driver) =>
        {
            var connection = Connect(sim, "10.0.0.2", "10.0.0.1");
            Assert.Equal("you were let in\r\n"u8.ToArray(), ReadToEnd(connection));
            connection.Close();
        });

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Who_is_rejected_never_sees_a_connection(uint rule) =>
        Run("conditional", CompletionMode.Pended, rule, (world, sim, driver) =>
        {
            var refused =
                Assert.Throws<SimConnectionException>(() => Connect(sim, "10.0.0.2", "10.0.0.1"));
            Assert.Equal(NTSTATUS.STATUS_CONNECTION_REFUSED, refused.Status);
        });

    [Theory]
    [InlineData(CompletionMode.Pended)]
    [InlineData(CompletionMode.Inline)]
    public void The_conditional_server_is_unloaded_at_any_moment(CompletionMode completion)
    {
        for (var moment = 0; moment < Moments; moment++)
        {
            var at = moment * StepNs;
            Run("conditional", completion, (uint)(moment % 4) + 1, (world, sim, driver) =>
            {
                sim.Scheduler.StartThread("peer", () => Visit(sim));
                sim.Scheduler.CurrentParker.Park(sim.Clock.NowNs + at);
            });
        }
    }

    private static IReadOnlyList<string> Echo(string sample, CompletionMode completion, uint backlog) =>
        Run(sample, completion, backlog, (world, sim, driver) =>
        {
            sim.Network.DefaultLink = new LinkSettings { LossRate = 0.02 };
            foreach (var (from, to) in new[] { ("10.0.0.2", "10.0.0.1"), ("fd00::2", "fd00::1") })
                Talk(sim, from, to);
        });

    // Runs a server until the body ends, unloads it and checks that nothing is left and no rule was broken.
    private static IReadOnlyList<string> Run(
        string sample,
        CompletionMode completion,
        uint parameter,
        Action<SampleWorld, SimWorld, LoadedDriver> body)
    {
        IReadOnlyList<string> lines = [];
        SampleWorld.Simulate($"{sample}: listening on", (world, sim) =>
        {
            world.Provider.Settings.Completion = completion;
            var breaches = new BreachLog();
            world.Executive.AddSink(breaches);
            var driver = world.StartServer(
                sample, Port, (sample == "conditional" ? "Rule" : "Backlog", parameter),
                ("PendMilliseconds", 2));
            world.WaitForPrint();
            body(world, sim, driver);
            world.Finish(driver);
            Assert.Empty(world.Executive.CollectLeftovers());
            Assert.Empty(breaches.Texts);
            lines = world.Lines;
        });
        return lines;
    }

    // Sends while it reads, and ends its side before the server does.
    private static void Talk(SimWorld sim, string from, string to)
    {
        SimConnection connection;
        var bytes = Enumerable.Range(0, 60_000).Select(n => (byte)(n % 251)).ToArray();
        try
        {
            connection = Connect(sim, from, to);
            sim.Scheduler.StartThread("sender", () => Send(connection, bytes));
            var received = ReadToEnd(connection);
            Assert.Equal(bytes, received);
            connection.Close();
        }
        catch (SimConnectionException)
        {
            // The driver was unloaded meanwhile, or has refused: the other side's account tells.
        }
    }

    private static void Visit(SimWorld sim)
    {
        try
        {
            var connection = Connect(sim, "10.0.0.2", "10.0.0.1");
            ReadToEnd(connection);
            connection.Close();
        }
        catch (SimConnectionException)
        {
            // Refused, or the driver was unloaded meanwhile.
        }
    }

    private static SimConnection Connect(SimWorld sim, string from, string to) =>
        sim.Network.AddHost($"peer {from}", from)
            .Connect(EndpointAddress.From(new IPEndPoint(IPAddress.Parse(to), Port)));

    private static void Send(SimConnection connection, byte[] bytes)
    {
        try
        {
            connection.Send(bytes);
            connection.ShutdownSend();
        }
        catch (SimConnectionException)
        {
            // The reader tells.
        }
    }

    private static byte[] ReadToEnd(SimConnection connection)
    {
        using var all = new MemoryStream();
        var buffer = new byte[5000];
        for (int got; (got = connection.Receive(buffer)) != 0;)
            all.Write(buffer, 0, got);
        return all.ToArray();
    }

    // Rules that the driver has broken.
    private sealed class BreachLog : IEventSink
    {
        public List<string> Texts { get; } = [];

        public void OnEvent(in KernelEvent e)
        {
            if (e.Kind == KernelEventKind.Breach)
                Texts.Add($"{e.Text}: {e.Detail}");
        }
    }
}
