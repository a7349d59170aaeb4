// The serving samples as another compiler builds them: what one compiler's calling of callbacks and inlines
// hides, another's shows.
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

public sealed class MingwDriverTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-mingw-");

    public void Dispose() => _folder.Delete(recursive: true);

    [CapabilityTheory(Capability.Mingw)]
    [InlineData("echo-calls")]
    [InlineData("echo-events")]
    public async Task A_server_of_another_compiler_echoes(string name)
    {
        using var driver = Start(name);
        var bytes = Enumerable.Range(0, 1_000_000).Select(n => (byte)(n % 251)).ToArray();
        Assert.Equal(bytes, await Client.Exchange(driver.WaitForPort(), bytes));
        driver.StopCleanly();
    }

    [CapabilityFact(Capability.Mingw)]
    public void A_UDP_server_of_another_compiler_echoes()
    {
        using var driver = Start("udp-echo");
        using var socket = new UdpClient("127.0.0.2", driver.WaitForPort());
        socket.Send("hello"u8);
        var from = new IPEndPoint(IPAddress.Any, 0);
        Assert.Equal("hello", Encoding.ASCII.GetString(socket.Receive(ref from)));
        driver.StopCleanly();
    }

    [CapabilityFact(Capability.Mingw)]
    public async Task A_conditional_server_of_another_compiler_lets_in()
    {
        using var driver = Start("conditional", "Rule=3");
        using var socket = Client.Connect(driver.WaitForPort());
        Assert.Equal("you were let in\r\n", Encoding.ASCII.GetString(await Client.ReadToEnd(socket)));
        driver.StopCleanly();
    }

    [CapabilityFact(Capability.Mingw)]
    public async Task A_stream_server_of_another_compiler_greets()
    {
        using var driver = Start("stream-client", "Listen=1", "LocalAddress=127.0.0.1", "Request=hello");
        using var socket = Client.Connect(driver.WaitForPort());
        Assert.Equal("hello", Encoding.ASCII.GetString(await Client.ReadToEnd(socket)));
        socket.Shutdown(SocketShutdown.Send);
        driver.WaitFor("done -> STATUS 0x00000000");
        driver.StopCleanly();
    }

    private RunningDriver Start(string name, params string[] parameters)
    {
        var build = CommandLine.Run(
            "sh", [Repository.PathOf("samples", "build.sh"), "--out", _folder.FullName, "mingw", name]);
        Assert.True(build.ExitCode == 0, build.ToString());
        // The service's name, which the Parameters key belongs to, is the file's.
        var path = Path.Combine(_folder.FullName, $"{name}.sys");
        File.Move(Path.Combine(_folder.FullName, $"{name}.mingw.sys"), path, overwrite: true);
        return RunningDriver.StartFile(path, name, parameters);
    }
}
