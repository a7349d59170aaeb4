// The UDP echo server among the samples on a host of many addresses: each answer comes from the address that
// was asked, with the bytes that were sent, and the driver tells what the control information says.
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

public sealed class UdpEchoDriverTests
{
    // Two addresses on the loopback interface; the peer is in the same namespace.
    private const string SetUp =
        "ip link set lo up && ip addr add fd00::1/128 dev lo nodad && ip addr add fd00::2/128 dev lo nodad";

    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("0.0.0.0", "127.9.8.7")]
    [InlineData("127.0.0.3", "127.0.0.3")]
    [InlineData("::", "::1")]
    public void The_answer_comes_from_the_address_that_was_asked(string local, string asked)
    {
        using var driver = RunningDriver.Start("udp-echo", $"LocalAddress={local}");
        var to = new IPEndPoint(IPAddress.Parse(asked), driver.WaitForPort());
        using var socket = Socket(to);
        foreach (var length in new[] { 5, 0, 1400, 20_000 })
        {
            var bytes = RandomNumberGenerator.GetBytes(length);
            socket.SendTo(bytes, to);
            EndPoint from = new IPEndPoint(to.AddressFamily is AddressFamily.InterNetwork
                ? IPAddress.Any : IPAddress.IPv6Any, 0);
            var buffer = new byte[65536];
            var got = socket.ReceiveFrom(buffer, ref from);
            Assert.Equal(bytes, buffer[..got]);
            Assert.Equal(to, from);
        }
        driver.StopCleanly();
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("::", "::1")]
    public void Hop_limit_and_ECN_are_told(string local, string asked)
    {
        using var driver = RunningDriver.Start("udp-echo", $"LocalAddress={local}");
        var to = new IPEndPoint(IPAddress.Parse(asked), driver.WaitForPort());
        using var socket = Socket(to);
        var isIpv6 = to.AddressFamily == AddressFamily.InterNetworkV6;
        // Linux's numbers: IP_TOS and IP_TTL, IPV6_TCLASS and IPV6_UNICAST_HOPS. 2 is ECT(0).
        socket.SetRawSocketOption(isIpv6 ? 41 : 0, isIpv6 ? 67 : 1, BitConverter.GetBytes(2));
        socket.SetRawSocketOption(isIpv6 ? 41 : 0, isIpv6 ? 16 : 2, BitConverter.GetBytes(42));
        socket.SendTo("hello"u8, to);
        Assert.Equal(5, socket.Receive(new byte[16]));
        var line = driver.WaitFor("5 bytes from");
        Assert.Contains($" to {to}, interface 1, hop limit 42, ECN 2", line, StringComparison.Ordinal);
        driver.StopCleanly();
    }

    [CapabilityTheory(Capability.Socat)]
    [InlineData("0.0.0.0", "UDP4:127.0.0.2")]
    [InlineData("::", "UDP6:[::1]")]
    public void Socat_gets_its_answer(string local, string to)
    {
        using var driver = RunningDriver.Start("udp-echo", $"LocalAddress={local}");
        var port = driver.WaitForPort();
        Assert.Equal("hello", AskBySocat("socat", [], $"{to}:{port}"));
        driver.StopCleanly();
    }

    [CapabilityTheory(Capability.Netns, Capability.Socat)]
    [InlineData("fd00::1")]
    [InlineData("fd00::2")]
    public void An_IPv6_host_answers_from_the_address_that_was_asked(string asked)
    {
        using var driver = RunningDriver.StartInNamespace(SetUp, "udp-echo", "LocalAddress=::");
        var port = driver.WaitForPort();
        // A connected socket takes datagrams from its peer's address only.
        var answer =
            AskBySocat("nsenter", [$"--net=/proc/{driver.Id}/ns/net", "socat"], $"UDP6:[{asked}]:{port}");
        Assert.Equal("hello", answer);
        Assert.Contains($" to [{asked}]:{port}", driver.WaitFor("bytes from"), StringComparison.Ordinal);
        driver.StopCleanly();
    }

    [Fact]
    public async Task Many_peers_at_once_get_every_datagram_back()
    {
        // All that is under way at a time fits into one receive buffer of the system: nothing is lost.
        const int peers = 20;
        const int rounds = 50;
        const int window = 4;
        using var driver = RunningDriver.Start("udp-echo", "Quiet=1", "Kept=100000");
        var to = new IPEndPoint(IPAddress.Loopback, driver.WaitForPort());
        await Task.WhenAll(Enumerable.Range(0, peers).Select(peer => Client.OnThread(() =>
        {
            using var socket = Socket(to);
            for (var round = 0; round < rounds; round++)
                Exchange(socket, to, $"{peer}.{round}", window);
            return peer;
        })));
        var count = peers * rounds * window;
        var output = driver.StopCleanly();
        Assert.Contains($"{count} datagrams, {count} sent back", output, StringComparison.Ordinal);
        Assert.Contains(" 0 dropped", output, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 of them in batches", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unloading_in_a_flood_leaves_nothing_behind()
    {
        using var driver = RunningDriver.Start("udp-echo", "Quiet=1", "Kept=100");
        var to = new IPEndPoint(IPAddress.Loopback, driver.WaitForPort());
        using var socket = Socket(to);
        using var enough = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var flood = Client.OnThread(() =>
        {
            var sent = 0;
            for (; !stop.IsCancellationRequested; sent++)
            {
                TrySend(socket, to);
                if (sent == 2000)
                    enough.Set();
            }
            return sent;
        });
        Assert.True(enough.Wait(s_hangGuard));
        driver.StopCleanly();
        await stop.CancelAsync();
        await flood;
    }

    private static Socket Socket(IPEndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = (int)s_hangGuard.TotalMilliseconds,
        };
        socket.Bind(new IPEndPoint(
            to.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
        return socket;
    }

    // Sends a few datagrams without waiting and takes as many answers; each comes back once.
    private static void Exchange(Socket socket, IPEndPoint to, string text, int count)
    {
        var sent = Enumerable.Range(0, count).Select(n => $"{text}.{n}").ToHashSet();
        foreach (var one in sent)
            socket.SendTo(Encoding.ASCII.GetBytes(one), to);
        var buffer = new byte[64];
        while (sent.Count != 0)
            Assert.True(sent.Remove(Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer))));
    }

    // socat between the server and a shell that asks once and tells the answer. Its end is socat's.
    private static string AskBySocat(string program, IEnumerable<string> before, string address)
    {
        var answer = Path.GetTempFileName();
        try
        {
            Peer.Run(
                [], program, [.. before, address, $"SYSTEM:echo hello; read line; echo $line > {answer}"]);
            return File.ReadAllText(answer).Trim();
        }
        finally
        {
            File.Delete(answer);
        }
    }

    private static void TrySend(Socket socket, IPEndPoint to)
    {
        try
        {
            socket.SendTo(new byte[100], to);
        }
        catch (SocketException)
        {
            // The server is gone, which the system tells with a later send.
        }
    }
}
