// The main job, whole: the committed connect.sys in the built command line, against servers that it did not
// write, and every way in which a connection can fail.
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

public sealed class ConnectDriverTests
{
    // Neither text nor short: every byte value but zero (which the sample shows as a dot), over several
    // segments.
    private static readonly byte[] s_page =
        [.. Enumerable.Range(0, 100_000).Select(i => (byte)(1 + (i * 7 % 255)))];

    [CapabilityTheory(Capability.Nginx, Capability.Curl)]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void The_driver_gets_from_nginx_what_curl_gets(string address)
    {
        using var nginx = new Nginx(s_page);
        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        var curl = CommandLine.Run("curl", ["-s", "-0", $"http://{host}:{nginx.Port}/index.html"]);
        var driver = RunConnect(
            CommandLine.Sample("connect"),
            address,
            nginx.Port,
            "GET /index.html HTTP/1.0\\r\\nHost: openwsk\\r\\n\\r\\n");

        Assert.True(driver.ExitCode == 0, driver.ToString());
        Assert.Equal(s_page, curl.OutputBytes);
        Assert.Equal(curl.OutputBytes, BodyOf(ReplyOf(driver)));
    }

    [CapabilityFact(Capability.Mingw, Capability.Nginx)]
    public void The_driver_of_another_compiler_gets_the_same()
    {
        var folder = Directory.CreateTempSubdirectory("openwsk-mingw-");
        try
        {
            var build = CommandLine.Run(
                "sh",
                [Repository.PathOf("samples", "build.sh"), "--out", folder.FullName, "mingw", "connect"]);
            Assert.True(build.ExitCode == 0, build.ToString());
            using var nginx = new Nginx(s_page);
            var driver = RunConnect(
                Path.Combine(folder.FullName, "connect.mingw.sys"), "127.0.0.1", nginx.Port,
                "GET /index.html HTTP/1.0\\r\\n\\r\\n");
            Assert.True(driver.ExitCode == 0, driver.ToString());
            Assert.Equal(s_page, BodyOf(ReplyOf(driver)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_refused_connection_is_STATUS_CONNECTION_REFUSED(string address)
    {
        using var closed =
            new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        ExpectConnectStatus(RunConnect(address, closed), "0xC0000236");
    }

    [CapabilityFact(Capability.Netns)]
    public void Without_a_route_it_is_STATUS_NETWORK_UNREACHABLE()
    {
        var driver = CommandLine.InNamespace(
            "ip link set lo up", RunArguments(CommandLine.Sample("connect"), "10.9.8.7", 80));
        ExpectConnectStatus(driver, "0xC000023C");
    }

    [CapabilityFact(Capability.Netns)]
    public void A_peer_that_never_answers_is_STATUS_IO_TIMEOUT()
    {
        // The neighbour's hardware address is given, so that nothing but TCP's own time can end the attempt.
        const string setUp = "ip link set lo up && ip link add veth-a type veth peer name veth-b"
            + " && ip addr add 10.9.8.1/24 dev veth-a && ip link set veth-a up && ip link set veth-b up"
            + " && ip neigh add 10.9.8.7 lladdr 02:00:00:00:00:07 dev veth-a";
        var driver = CommandLine.InNamespace(
            setUp, RunArguments(CommandLine.Sample("connect"), "10.9.8.7", 80));
        ExpectConnectStatus(driver, "0xC00000B5");
    }

    [CapabilityFact(Capability.Netns)]
    public void A_neighbour_that_does_not_answer_is_STATUS_HOST_UNREACHABLE()
    {
        const string setUp = "ip link set lo up && ip link add veth-a type veth peer name veth-b"
            + " && ip addr add 10.9.8.1/24 dev veth-a && ip link set veth-a up && ip link set veth-b up";
        var driver = CommandLine.InNamespace(
            setUp, RunArguments(CommandLine.Sample("connect"), "10.9.8.7", 80));
        ExpectConnectStatus(driver, "0xC000023D");
    }

    [Fact]
    public void A_reset_in_the_reply_is_STATUS_CONNECTION_RESET()
    {
        using var server = new ScriptedServer(connection =>
        {
            connection.Receive(new byte[1]);
            connection.LingerState = new LingerOption(true, 0);
        });
        var driver = RunConnect("127.0.0.1", server.Socket);
        Assert.Contains("WskReceive -> STATUS 0xC000020D", driver.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_that_half_closes_first_still_gets_the_request()
    {
        var request = "";
        ProcessOutput driver;
        using (var server = new ScriptedServer(connection =>
        {
            connection.Send("early"u8);
            connection.Shutdown(SocketShutdown.Send);
            request = ReadToEnd(connection);
        }))
        {
            driver = RunConnect("127.0.0.1", server.Socket, "late");
        }
        Assert.True(driver.ExitCode == 0, driver.ToString());
        Assert.Equal("late", request);
        Assert.Equal("early", Encoding.UTF8.GetString(ReplyOf(driver)));
    }

    [Fact]
    public void A_driver_that_waits_for_a_silent_peer_can_be_unloaded()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        var driver = CommandLine.OpenWsk(
            [.. RunArguments(CommandLine.Sample("stress"), "127.0.0.1", port), "--seconds", "200ms"]);
        Assert.True(driver.ExitCode == 0, driver.ToString());
        Assert.Contains("stress: unloaded", driver.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_registrars_way_in_works_for_a_driver_binary()
    {
        using var server = new ScriptedServer(connection => connection.Send("hello"u8));
        var port = ((IPEndPoint)server.Socket.LocalEndPoint!).Port;
        var driver = CommandLine.OpenWsk(RunArguments(CommandLine.Sample("nmr"), "127.0.0.1", port));
        Assert.True(driver.ExitCode == 0, driver.ToString());
        Assert.Contains("WskSocketConnect 127.0.0.1", driver.Output, StringComparison.Ordinal);
    }

    private static void ExpectConnectStatus(ProcessOutput driver, string status) =>
        Assert.True(
            driver.Output.Contains($"-> STATUS {status}\n", StringComparison.Ordinal)
            && driver.Output.Contains("WskSocketConnect", StringComparison.Ordinal),
            driver.ToString());

    private static ProcessOutput RunConnect(string address, Socket server, string request = "x") =>
        RunConnect(CommandLine.Sample("connect"), address, ((IPEndPoint)server.LocalEndPoint!).Port, request);

    private static ProcessOutput RunConnect(string driver, string address, int port, string request) =>
        CommandLine.OpenWsk([.. RunArguments(driver, address, port), "--param", $"Request={request}"]);

    private static string[] RunArguments(string driver, string address, int port) =>
        ["run", driver, "--param", $"RemoteAddress={address}", "--param", $"RemotePort={port}"];

    // What stands between the two lines that the sample prints around the reply.
    private static byte[] ReplyOf(ProcessOutput driver)
    {
        var output = driver.OutputBytes.AsSpan();
        var begin = "connect: reply begins\n"u8;
        var start = output.IndexOf(begin) + begin.Length;
        var end = output.LastIndexOf("\nconnect: reply ends after "u8);
        Assert.True(start >= begin.Length && end >= start, driver.ToString());
        return output[start..end].ToArray();
    }

    private static byte[] BodyOf(byte[] reply)
    {
        var at = reply.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.NotEqual(-1, at);
        return reply[(at + 4)..];
    }

    private static string ReadToEnd(Socket connection)
    {
        var all = new List<byte>();
        var buffer = new byte[256];
        for (int got; (got = connection.Receive(buffer)) != 0;)
            all.AddRange(buffer.AsSpan(0, got));
        return Encoding.UTF8.GetString([.. all]);
    }
}
