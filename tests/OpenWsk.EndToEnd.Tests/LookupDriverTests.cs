// Names, whole: the committed lookup.sys in the built command line. Numbers, localhost and names that do not
// exist on this machine as it is; names of a real server in a network of their own, compared with what the C
// library's own tool finds there.
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

public sealed class LookupDriverTests
{
    private const string Success = "STATUS 0x00000000";
    private const string NotFound = "STATUS 0xC0000225";
    private const string Retry = "STATUS 0xC000022D";

    [Theory]
    [InlineData("127.0.0.1", "80", "127.0.0.1:80")]
    [InlineData("::1", "http", "[::1]:80")]
    [InlineData("0x7f.1", "65535", "127.0.0.1:65535")]
    [InlineData("localhost", "https", "[::1]:443 127.0.0.1:443")]
    public void Numbers_and_localhost_need_no_server(string host, string service, string expected)
    {
        // NI_NUMERICHOST and NI_NUMERICSERV.
        var driver = CommandLine.OpenWsk(Arguments(host, service, "NameFlags=10"));
        Assert.Equal(expected, string.Join(' ', Addresses(driver)));
        Assert.Contains($"lookup: WskGetAddressInfo {host} {service} -> {Success}\n", driver.Output,
            StringComparison.Ordinal);
        var number = expected.Split(' ')[0];
        var (address, port) = (number[..number.LastIndexOf(':')].Trim('[', ']'), number.Split(':')[^1]);
        Assert.Contains(
            $"{number} -> host {address} service {port}\n", driver.Output, StringComparison.Ordinal);
        ExpectCleanEnd(driver);
    }

    [Fact]
    public void A_name_that_cannot_be_is_STATUS_NOT_FOUND()
    {
        var driver = CommandLine.OpenWsk(Arguments(new string('a', 64), ""));
        Assert.Contains($"-> {NotFound}\n", driver.Output, StringComparison.Ordinal);
        Assert.Empty(Addresses(driver));
        ExpectCleanEnd(driver);
    }

    [CapabilityTheory("dnsmasq", Capability.Netns)]
    [InlineData("www.corp.test", "www.corp.test")]
    [InlineData("alias.corp.test", "www.corp.test")]
    [InlineData("www", "www.corp.test")]
    [InlineData("local.corp.test", "local.corp.test")]
    public void Names_are_those_that_getent_finds(string name, string canonicalName)
    {
        using var server = new NameServer();
        var getent = server.Run("getent", "ahosts", name);
        var driver = server.OpenWsk(Arguments(name, "http"));

        var expected = Lines(getent.Output).Where(line => line.Contains("STREAM", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0]).ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(
            expected.Select(address => address.Contains(':') ? $"[{address}]:80" : $"{address}:80"),
            Addresses(driver));
        Assert.Contains($"lookup: canonical name {canonicalName}\n", driver.Output, StringComparison.Ordinal);
        Assert.All(
            Addresses(driver),
            address => Assert.Contains(
                $"lookup: WskGetNameInfo {address} -> host {canonicalName} service http\n", driver.Output,
                StringComparison.Ordinal));
        if (!name.StartsWith("local", StringComparison.Ordinal))
            Assert.Contains("query[A] ", server.Log, StringComparison.Ordinal);
        ExpectCleanEnd(driver);
    }

    [CapabilityFact("dnsmasq", Capability.Netns)]
    public void A_name_that_the_server_does_not_know_is_STATUS_NOT_FOUND()
    {
        using var server = new NameServer();
        var driver = server.OpenWsk(Arguments("nobody.corp.test", "http"));
        Assert.Contains($"-> {NotFound}\n", driver.Output, StringComparison.Ordinal);
        Assert.Contains("nobody.corp.test", server.Log, StringComparison.Ordinal);
        ExpectCleanEnd(driver);

        // AF_INET6, which this one has no address of.
        driver = server.OpenWsk(Arguments("v4.corp.test", "http", "Family=23"));
        Assert.Contains($"-> {NotFound}\n", driver.Output, StringComparison.Ordinal);
        ExpectCleanEnd(driver);
    }

    [CapabilityFact("dnsmasq", Capability.Netns)]
    public void Names_beyond_ASCII_and_the_short_form_of_local_ones()
    {
        using var server = new NameServer();
        // AI_CANONNAME; NI_NOFQDN.
        var driver = server.OpenWsk(Arguments("テスト.corp.test", "80"));
        Assert.Equal(["192.0.2.12:80"], Addresses(driver));
        Assert.Contains("host テスト.corp.test service http", driver.Output, StringComparison.Ordinal);
        ExpectCleanEnd(driver);

        // AI_V4MAPPED with AF_INET6; NI_NAMEREQD for an address that has no name.
        driver = server.OpenWsk(
            Arguments("silent-name.test", "7", "Family=23", "HintFlags=2048", "NameFlags=4"));
        Assert.Equal(["[::ffff:192.0.2.13]:7"], Addresses(driver));
        Assert.Contains($"lookup: WskGetNameInfo [::ffff:192.0.2.13]:7 -> {NotFound}", driver.Output,
            StringComparison.Ordinal);
        ExpectCleanEnd(driver);
    }

    [CapabilityFact("dnsmasq", Capability.Netns)]
    public void A_server_that_is_not_there_is_STATUS_RETRY()
    {
        using var server = new NameServer();
        // Loopback answers that nobody listens at this address.
        server.UseServer("127.0.0.53");
        var driver = server.OpenWsk(Arguments("www.corp.test", "http"));
        Assert.Contains($"-> {Retry}\n", driver.Output, StringComparison.Ordinal);
        ExpectCleanEnd(driver);
    }

    [CapabilityFact("dnsmasq", Capability.Netns)]
    public void A_driver_that_waits_for_a_silent_server_can_be_unloaded()
    {
        using var server = new NameServer();
        server.UseServer(NameServer.Silent);
        var driver = server.OpenWsk([.. Arguments("www.corp.test", "http"), "--seconds", "1"]);
        Assert.Contains("-> STATUS 0xC0000120\n", driver.Output, StringComparison.Ordinal);
        ExpectCleanEnd(driver);
    }

    private static IEnumerable<string> Arguments(string host, string service, params string[] parameters) =>
    [
        "run", CommandLine.Sample("lookup"), "--param", $"HostName=sz:{host}",
        "--param", $"ServiceName=sz:{service}",
        .. parameters.SelectMany(parameter => new[] { "--param", parameter }),
    ];

    private static IEnumerable<string> Addresses(ProcessOutput driver) =>
        Lines(driver.Output).Where(line => line.StartsWith("lookup: address ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2]);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // Unloaded, and nothing to report: no rule broken, nothing left behind.
    private static void ExpectCleanEnd(ProcessOutput driver)
    {
        Assert.True(driver.ExitCode == 0, driver.ToString());
        Assert.Contains("lookup: unloaded\n", driver.Output, StringComparison.Ordinal);
        Assert.Contains("findings: none", driver.Error, StringComparison.Ordinal);
    }
}
