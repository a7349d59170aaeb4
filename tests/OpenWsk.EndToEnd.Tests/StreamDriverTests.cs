// The stream socket among the samples in both of its roles: as a client of a server, and as the server of one
// client.
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

public sealed class StreamDriverTests
{
    private const string Page = "<p>a page</p>\n";

    [CapabilityTheory(Capability.Nginx)]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void It_gets_a_page_from_nginx(string address)
    {
        using var nginx = new Nginx(Encoding.ASCII.GetBytes(Page));
        using var driver = RunningDriver.Start(
            "stream-client", $"RemoteAddress={address}", $"RemotePort={nginx.Port}",
            "Request=GET /index.html HTTP/1.0\\r\\n\\r\\n");
        driver.WaitFor("stream-client: done -> STATUS 0x00000000");
        var output = driver.StopCleanly();
        Assert.Contains("HTTP/1.1 200 OK", output, StringComparison.Ordinal);
        Assert.Contains(Page, output, StringComparison.Ordinal);
        Assert.Contains("WskDisconnect -> STATUS 0x00000000", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_server_that_is_not_there_refuses(string address)
    {
        using var closed =
            new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        using var driver = RunningDriver.Start(
            "stream-client", $"RemoteAddress={address}",
            $"RemotePort={((IPEndPoint)closed.LocalEndPoint!).Port}");
        driver.WaitFor("stream-client: done -> STATUS 0xC0000236");
        driver.StopCleanly();
    }

    [CapabilityTheory(Capability.Curl)]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "[::1]")]
    public void Curl_gets_what_the_listening_role_sends(string address, string host)
    {
        using var driver = Listen(address, "Request=HTTP/1.0 200 OK\\r\\n\\r\\n" + Page.Replace("\n", "\\n"));
        var curl = CommandLine.Run("curl", ["-s", $"http://{host}:{driver.WaitForPort()}/"]);
        Assert.True(curl.ExitCode == 0, curl + driver.Output);
        Assert.Equal(Page, curl.Output);
        driver.WaitFor("stream-client: done -> STATUS 0x00000000");
        driver.StopCleanly();
    }

    [CapabilityFact(Capability.Socat)]
    public void Socat_gets_what_the_listening_role_sends()
    {
        using var driver = Listen("127.0.0.1", "Request=hello");
        var received = Peer.Run(
            new byte[100_000], "socat", "-t", "60", "-", $"TCP4:127.0.0.1:{driver.WaitForPort()}");
        Assert.Equal("hello", Encoding.ASCII.GetString(received));
        driver.WaitFor("stream-client: done -> STATUS 0x00000000");
        driver.StopCleanly();
    }

    [Fact]
    public void It_can_be_unloaded_while_it_waits_for_a_connection()
    {
        using var driver = Listen("127.0.0.1", "Request=hello", OwnPorts.Next());
        var port = driver.WaitForPort();
        Assert.Contains("done -> STATUS 0xC0000120", driver.StopCleanly(), StringComparison.Ordinal);
        Assert.Throws<SocketException>(() => Client.Connect(port));
    }

    [Fact]
    public async Task It_can_be_unloaded_while_its_peer_is_silent()
    {
        using var driver = Listen("127.0.0.1", "Request=hello");
        using var silent = Client.Connect(driver.WaitForPort());
        Assert.Equal(5, silent.Receive(new byte[5]));
        Assert.Contains("done -> STATUS 0xC0000120", driver.StopCleanly(), StringComparison.Ordinal);
        Assert.True(await Client.IsEnded(silent));
    }

    private static RunningDriver Listen(string address, string request, int port = 0) =>
        RunningDriver.Start(
            "stream-client", "Listen=1", $"LocalAddress={address}", $"LocalPort={port}", request);
}
