// The program that README and the managed API's page show: it compiles here, it runs against a server of the
// test's own, and the pages show these very lines.
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tests;

public sealed class ReadmeTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/managed-api.md")]
    public void The_page_shows_the_program_that_is_tested(string page)
    {
        var source = File.ReadAllText(Repository.PathOf("tests", "OpenWsk.Tests", "ReadmeTests.cs"));
        var lines = source.Split('\n');
        var begin = Array.FindIndex(lines, l => l.Trim() == "// The program begins.");
        var end = Array.FindIndex(lines, l => l.Trim() == "// The program ends.");
        var program = string.Join('\n', lines[(begin + 1)..end].Select(l => l.Length > 8 ? l[8..] : ""))
            .Replace("Parse(server)", "Parse(\"127.0.0.1:80\")", StringComparison.Ordinal)
            .Replace("output.Write", "Console.Write", StringComparison.Ordinal);
        Assert.Contains(
            program, File.ReadAllText(Repository.PathOf(page.Split('/'))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_of_the_README_prints_the_servers_reply()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var serving = Task.Run(async () =>
        {
            using var connection = await listener.AcceptAsync();
            await connection.ReceiveAsync(new byte[4096]);
            await connection.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.0 200 OK\r\n\r\nhello"));
            connection.Shutdown(SocketShutdown.Send);
            await connection.ReceiveAsync(new byte[1]);
        });
        var output = new StringWriter();
        await Program(listener.LocalEndPoint!.ToString()!, output);
        await serving;
        Assert.Equal("HTTP/1.0 200 OK\r\n\r\nhello", output.ToString());
    }

    private static async Task Program(string server, StringWriter output)
    {
        // The program begins.
        await using var host = WskHost.Create();
        await using var client = host.Register();
        await using var socket = await client.ConnectAsync(IPEndPoint.Parse(server));

        await socket.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.0\r\n\r\n"));
        var buffer = new byte[4096];
        int count;
        while ((count = await socket.ReceiveAsync(buffer)) > 0)
            output.Write(Encoding.ASCII.GetString(buffer, 0, count));
        await socket.DisconnectAsync();
        // The program ends.
    }
}
