// The two TCP echo servers among the samples, by calls and by events, against clients that know nothing of
// drivers: everything comes back unchanged, whatever peers do, and unloading leaves nothing behind.
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

public sealed class EchoDriverTests
{
    private const int Clients = 300;

    // Several MiB that no length or offset of a buffer divides.
    private static readonly byte[] s_much = RandomNumberGenerator.GetBytes((5 << 20) + 4321);

    public static TheoryData<string> Drivers => ["echo-calls", "echo-events"];

    public static TheoryData<string, string> DriversAndAddresses => new()
    {
        { "echo-calls", "127.0.0.1" },
        { "echo-calls", "::1" },
        { "echo-events", "127.0.0.1" },
        { "echo-events", "::1" },
    };

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Hundreds_of_clients_at_once_get_their_bytes_back(string name)
    {
        using var driver = RunningDriver.Start(name);
        var port = driver.WaitForPort();
        var sent =
            Enumerable.Range(0, Clients).Select(n => RandomNumberGenerator.GetBytes(1 + (n * 97))).ToList();
        var received = await Task.WhenAll(sent.Select(bytes => Client.Exchange(port, bytes)));
        for (var i = 0; i < Clients; i++)
            Assert.Equal(sent[i], received[i]);
        var total = $"{Clients} connections, {sent.Sum(bytes => bytes.Length)} bytes";
        Assert.Contains(total, driver.StopCleanly(), StringComparison.Ordinal);
    }

    [CapabilityTheory(Capability.Socat)]
    [MemberData(nameof(DriversAndAddresses))]
    public void Megabytes_from_socat_come_back_unchanged(string name, string address)
    {
        using var driver = RunningDriver.Start(name);
        var port = driver.WaitForPort();
        var to = address.Contains(':', StringComparison.Ordinal) ? $"TCP6:[{address}]" : $"TCP4:{address}";
        var received = Peer.Run(s_much, "socat", "-t", "60", "-", $"{to}:{port}");
        Assert.Equal(SHA256.HashData(s_much), SHA256.HashData(received));
        driver.StopCleanly();
    }

    [CapabilityTheory("nc")]
    [MemberData(nameof(DriversAndAddresses))]
    public void Netcat_gets_back_what_it_sends(string name, string address)
    {
        using var driver = RunningDriver.Start(name);
        var port = driver.WaitForPort();
        var received = Peer.Run("hello\nand good bye\n"u8.ToArray(), "nc", "-N", address, $"{port}");
        Assert.Equal("hello\nand good bye\n", Encoding.ASCII.GetString(received));
        driver.StopCleanly();
    }

    [Theory]
    [InlineData("echo-calls", "Connections=1")]
    [InlineData("echo-events", "Backlog=0")]
    [InlineData("echo-events", "Backlog=10000")]
    [InlineData("echo-events", "Backlog=1")]
    public void A_peer_that_reads_only_when_it_must_loses_nothing(string name, string parameter)
    {
        using var driver = RunningDriver.Start(name, parameter);
        var received = Client.ExchangeReluctantly(driver.WaitForPort(), s_much);
        Assert.Equal(SHA256.HashData(s_much), SHA256.HashData(received));
        driver.StopCleanly();
    }

    [Theory]
    [InlineData("echo-calls", "Connections=1000")]
    [InlineData("echo-events", "Backlog=0")]
    [InlineData("echo-events", "Backlog=1")]
    public async Task A_peer_that_ends_its_side_gets_what_is_under_way(string name, string parameter)
    {
        using var driver = RunningDriver.Start(name, parameter);
        var port = driver.WaitForPort();
        Assert.Equal(s_much, await Client.Exchange(port, s_much));
        Assert.Empty(await Client.Exchange(port, []));
        driver.StopCleanly();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task A_peer_that_resets_does_not_disturb_the_others(string name)
    {
        using var driver = RunningDriver.Start(name);
        var port = driver.WaitForPort();
        using (var rude = Client.Connect(port))
        {
            rude.Send(new byte[1000]);
            rude.Receive(new byte[1]);
            rude.LingerState = new LingerOption(true, 0);
        }
        Assert.EndsWith("STATUS 0xC000020D", driver.WaitFor("ended after"), StringComparison.Ordinal);
        Assert.Equal(s_much, await Client.Exchange(port, s_much));
        driver.StopCleanly();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Unloading_ends_peers_that_are_silent(string name)
    {
        using var driver = RunningDriver.Start(name);
        var port = driver.WaitForPort();
        using var silent = Client.Connect(port);
        using var idle = Client.Connect(port);
        idle.Send("x"u8);
        Assert.Equal(1, idle.Receive(new byte[1]));
        driver.StopCleanly();
        Assert.True(await Client.IsEnded(silent));
        Assert.True(await Client.IsEnded(idle));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Unloading_in_the_middle_of_transfers_leaves_nothing_behind(string name)
    {
        using var driver = RunningDriver.Start(name);
        var port = driver.WaitForPort();
        var sockets = Enumerable.Range(0, 30).Select(_ => Client.Connect(port)).ToList();
        var busy = new CountdownEvent(sockets.Count);
        var transfers = sockets.Select(socket => Client.OnThread(() => KeepBusy(socket, busy))).ToList();
        Assert.True(busy.Wait(TimeSpan.FromMinutes(2)), "no transfers: " + driver.Output);
        driver.StopCleanly();
        await Task.WhenAll(transfers);
        sockets.ForEach(socket => socket.Dispose());
    }

    // More and more, until the server is gone; half of it is never read.
    private static int KeepBusy(Socket socket, CountdownEvent busy)
    {
        var bytes = new byte[20_000];
        var rounds = 0;
        try
        {
            for (; socket.Send(bytes) + socket.Receive(bytes.AsSpan(0, 10_000)) > bytes.Length; rounds++)
            {
                if (rounds == 3)
                    busy.Signal();
            }
        }
        catch (SocketException)
        {
            // The server's end, as a reset or as a broken pipe.
        }
        return rounds;
    }
}
