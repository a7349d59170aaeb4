// A process with few files (RLIMIT_NOFILE): connections beyond them wait and are told of once, sockets are
// refused with a status, and the runtime keeps what it needs to live. It knows nothing about how many files a
// run has open: the limits are above that and below what the peers ask for.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using OpenWsk.Net.Uring;
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

public sealed class FileLimitTests
{
    private const int Peers = 120;

    public static TheoryData<string> Networks =>
        UringFeatures.Current.IsUsable ? ["host", "uring"] : ["host"];

    [CapabilityTheory("prlimit")]
    [MemberData(nameof(Networks))]
    public async Task Connections_beyond_the_files_wait_and_are_served_when_some_are_free(string net)
    {
        using var driver = RunningDriver.StartWithin(160, net, "echo-events");
        // The first such line is the trace's, which shows it quoted.
        var listening = Regex.Match(driver.WaitFor("listening on"), @":(\d+) -> STATUS 0x00000000");
        var port = int.Parse(listening.Groups[1].Value, CultureInfo.InvariantCulture);
        var peers = Enumerable.Range(0, Peers)
            .Select(_ => new TcpClient(AddressFamily.InterNetwork)).ToList();
        await Task.WhenAll(peers.Select(peer => peer.ConnectAsync(IPAddress.Loopback, port)));
        driver.WaitFor("no file or memory left for a connection");
        peers.ForEach(peer => peer.Dispose());
        var sent = RandomNumberGenerator.GetBytes(1000);
        Assert.Equal(sent, await Client.Exchange(port, sent));
        CommandLine.Run("kill", ["-TERM", $"{driver.Id}"]);
        var output = driver.WaitForEnd();
        Assert.True(output.ExitCode == 0, output.ToString());
        Assert.Single(output.Output.Split('\n'), line => line.Contains("Notice ", StringComparison.Ordinal));
        Assert.Contains("findings: none", output.Output, StringComparison.Ordinal);
    }

    [CapabilityTheory("prlimit")]
    [MemberData(nameof(Networks))]
    public void A_socket_beyond_the_files_is_refused_with_a_status(string net)
    {
        using var server = new EchoServer();
        using var driver = RunningDriver.StartWithin(
            140, net, "stress", $"RemotePort={server.Port}", "RemoteAddress=127.0.0.1", "Threads=64",
            "Cycles=20", "Abortive=1");
        driver.WaitFor("WskSocketConnect -> STATUS 0xC000009A");
        var output = driver.WaitForEnd();
        Assert.True(output.ExitCode == 0, output.ToString());
        Assert.Contains("stress: unloaded", output.Output, StringComparison.Ordinal);
        Assert.Contains("findings: none", output.Output, StringComparison.Ordinal);
    }
}
