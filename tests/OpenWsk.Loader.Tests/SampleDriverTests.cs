// The whole trip: a driver binary connects by WskSocketConnect, sends, receives, disconnects, closes and
// unloads, on the simulated network and on the host's sockets. The drivers are the committed samples; no
// compiler is needed. It knows nothing about the kernel beneath: each of its parts has its own tests.
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Ports;

namespace OpenWsk.Loader.Tests;

public sealed class SampleDriverTests
{
    private const string Reply = "HTTP/1.0 200 OK\r\n\r\nhello from a server";

    [Theory]
    [InlineData("10.0.0.2")]
    [InlineData("fd00::2")]
    public void A_driver_connects_over_the_simulated_network_and_unloads(string server)
    {
        var lines = Simulate(server);
        Assert.Contains(lines, line => line.Contains("WskSocketConnect", StringComparison.Ordinal));
        Assert.Contains("200 OK\n\nhello from a server\n", Plain(lines), StringComparison.Ordinal);
        Assert.Contains("connect: done -> STATUS 0x00000000", Plain(lines), StringComparison.Ordinal);
        Assert.EndsWith("connect: unloaded\n", Plain(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_driver_in_a_simulated_world_does_the_same_at_the_same_times_again() =>
        Assert.Equal(Simulate("10.0.0.2"), Simulate("10.0.0.2"));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_driver_connects_over_the_hosts_sockets_and_unloads(string address) =>
        SampleWorld.OnHost("connect: done", world =>
        {
            using var listener = new TcpListener(IPAddress.Parse(address), 0);
            listener.Start();
            var endpoint = (IPEndPoint)listener.LocalEndpoint;
            var driver = world.Start("connect", EndpointAddress.From(endpoint));
            using (var connection = listener.AcceptSocket())
            {
                var request = new byte[4];
                connection.Receive(request);
                Assert.Equal("GET ", Encoding.ASCII.GetString(request));
                connection.Send(Encoding.ASCII.GetBytes(Reply));
                connection.Shutdown(SocketShutdown.Send);
                world.Finish(driver);
            }
            Assert.Contains("connect: done -> STATUS 0x00000000", world.Text, StringComparison.Ordinal);
            Assert.Contains("hello from a server", world.Text, StringComparison.Ordinal);
        });

    [Fact]
    public void A_driver_whose_server_refuses_is_told_so_and_unloads() =>
        SampleWorld.Simulate("connect: done", (world, sim) =>
        {
            sim.Network.AddHost("server", "10.0.0.2");
            var driver = world.Start("connect", EndpointAddress.From(IPEndPoint.Parse("10.0.0.2:80")));
            world.Finish(driver);
            Assert.Contains("connect: done -> STATUS 0xC0000236", world.Text, StringComparison.Ordinal);
        });

    [Fact]
    public void A_driver_is_unloaded_while_it_connects() =>
        SampleWorld.Simulate("connect: WskCaptureProviderNPI", (world, sim) =>
        {
            sim.Network.BlackHole("198.51.100.1");
            var driver = world.Start("connect", EndpointAddress.From(IPEndPoint.Parse("198.51.100.1:80")));
            world.Finish(driver);
            Assert.Contains("connect: done -> STATUS 0xC0000120", world.Text, StringComparison.Ordinal);
        });

    private static IReadOnlyList<string> Simulate(string server)
    {
        IReadOnlyList<string> lines = [];
        SampleWorld.Simulate("connect: done", (world, sim) =>
        {
            var listener = sim.Network.AddHost("server", server).Listen(
                EndpointAddress.From(new IPEndPoint(IPAddress.Parse(server), 80)));
            var driver = world.Start("connect", listener.LocalAddress);
            var connection = listener.Accept();
            Serve(connection);
            world.Finish(driver);
            lines = world.Lines;
        });
        return lines;
    }

    private static void Serve(SimConnection connection)
    {
        var request = new byte[4];
        connection.ReceiveExactly(request);
        Assert.Equal("GET ", Encoding.ASCII.GetString(request));
        connection.Send(Encoding.ASCII.GetBytes(Reply));
        connection.ShutdownSend();
    }

    private static string Plain(IEnumerable<string> lines) =>
        string.Concat(lines.Select(line => line[(line.IndexOf(' ') + 1)..]))
            .Replace("\r", "", StringComparison.Ordinal);
}
