// The conditional-accept server among the samples: who is let in, who is not, and who has to wait for it. The
// peer's port decides, so the tests choose theirs.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenWsk.EndToEnd.Tests;

public sealed class ConditionalDriverTests
{
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(2);
    private static readonly ConcurrentDictionary<int, int> s_ports = [];

    [Theory]
    [InlineData("127.0.0.1", 0, "accept")]
    [InlineData("127.0.0.1", 2, "pend, then accept")]
    [InlineData("::1", 0, "accept")]
    [InlineData("::1", 2, "pend, then accept")]
    public void Who_is_accepted_is_greeted_under_the_identifier_of_the_request(
        string address, int rule, string word)
    {
        using var driver = RunningDriver.Start("conditional");
        using var socket = ClientOf(address, rule);
        socket.Connect(IPAddress.Parse(address), driver.WaitForPort());
        Assert.Equal("you were let in\r\n", ReadToEnd(socket));
        var request = driver.WaitFor($": {word}");
        var connected = driver.WaitFor("is connected");
        Assert.EndsWith(
            $"request {Identifier(request)} -> STATUS 0x00000000", connected, StringComparison.Ordinal);
        driver.StopCleanly();
    }

    [Theory]
    [InlineData("127.0.0.1", 1, ": reject")]
    [InlineData("127.0.0.1", 3, ": pend, then reject")]
    [InlineData("::1", 1, ": reject")]
    [InlineData("::1", 3, ": pend, then reject")]
    public void Who_is_rejected_gets_nothing(string address, int rule, string word)
    {
        using var driver = RunningDriver.Start("conditional");
        using var socket = ClientOf(address, rule);
        ExpectRefused(socket, address, driver.WaitForPort());
        driver.WaitFor(word);
        Assert.DoesNotContain("is connected", driver.StopCleanly(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_decision_that_is_late_holds_nobody_else_up()
    {
        using var driver = RunningDriver.Start("conditional", "PendMilliseconds=600000");
        var port = driver.WaitForPort();
        using var waiting = ClientOf("127.0.0.1", 2);
        var connecting = waiting.ConnectAsync(IPAddress.Loopback, port);
        driver.WaitFor("pend, then accept");
        using var other = ClientOf("127.0.0.1", 0);
        other.Connect(IPAddress.Loopback, port);
        Assert.Equal("you were let in\r\n", ReadToEnd(other));
        driver.StopCleanly();
        Assert.True(IsRefused(connecting, waiting));
    }

    [Fact]
    public void A_peer_that_does_not_wait_is_told_to_the_driver()
    {
        using var driver = RunningDriver.Start("conditional", "PendMilliseconds=600000");
        using (var impatient = ClientOf("127.0.0.1", 2))
        {
            var connecting = impatient.ConnectAsync(IPAddress.Loopback, driver.WaitForPort());
            driver.WaitFor("pend, then accept");
            impatient.LingerState = new LingerOption(true, 0);
        }
        driver.WaitFor("is gone");
        Assert.DoesNotContain("is connected", driver.StopCleanly(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hundreds_of_requests_are_each_decided_once()
    {
        using var driver = RunningDriver.Start("conditional", "PendMilliseconds=20");
        var port = driver.WaitForPort();
        var sockets = Enumerable.Range(0, 200).Select(n => ClientOf("127.0.0.1", n % 4)).ToList();
        var visits = sockets.Select(socket => Client.OnThread(() => Visit(socket, port)));
        var greetings = await Task.WhenAll(visits);
        for (var i = 0; i < sockets.Count; i++)
        {
            Assert.True(
                (greetings[i] == "you were let in\r\n") == (i % 4 is 0 or 2),
                $"client {i}: {greetings[i]}\n{driver.Output}");
        }
        sockets.ForEach(socket => socket.Dispose());
        Assert.Contains("conditional: 100 connections", driver.StopCleanly(), StringComparison.Ordinal);
    }

    private static string Visit(Socket socket, int port)
    {
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return ReadToEnd(socket);
        }
        catch (SocketException e)
        {
            return $"{socket.LocalEndPoint}: {e.SocketErrorCode}";
        }
    }

    // A socket on a port that is the rule, modulo 4. Linux gives odd ports only, so it is one beside.
    private static Socket ClientOf(string address, int rule)
    {
        var local = IPAddress.Parse(address);
        while (true)
        {
            using var probe = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(local, 0));
            var port = ((IPEndPoint)probe.LocalEndPoint!).Port / 4 * 4 + rule;
            probe.Close();
            // .NET lets two sockets have the same port, of which the second cannot connect.
            if (!s_ports.TryAdd(port, port))
                continue;
            var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            {
                ReceiveTimeout = (int)s_hangGuard.TotalMilliseconds,
            };
            try
            {
                socket.Bind(new IPEndPoint(local, port));
                return socket;
            }
            catch (SocketException)
            {
                // Somebody has that port already.
                socket.Dispose();
            }
        }
    }

    // Where the transport cannot judge before the handshake, the connection stands for a moment and is reset.
    private static void ExpectRefused(Socket socket, string address, int port)
    {
        try
        {
            socket.Connect(IPAddress.Parse(address), port);
            Assert.Equal(0, socket.Receive(new byte[1]));
            Assert.Fail("the server has ended the connection gracefully");
        }
        catch (SocketException e)
        {
            Assert.Contains(
                e.SocketErrorCode, new[] { SocketError.ConnectionReset, SocketError.ConnectionRefused });
        }
    }

    private static bool IsRefused(Task connecting, Socket socket)
    {
        try
        {
            connecting.Wait(s_hangGuard);
            socket.Receive(new byte[1]);
            return false;
        }
        catch (Exception e) when (e is SocketException or AggregateException)
        {
            return true;
        }
    }

    private static string ReadToEnd(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[64];
        for (int got; (got = socket.Receive(buffer)) != 0;)
            text.Append(Encoding.ASCII.GetString(buffer, 0, got));
        return text.ToString();
    }

    // "conditional: request 1.2 from ..." has it as the third word.
    private static string Identifier(string line) => line.Split(' ')[2];
}
