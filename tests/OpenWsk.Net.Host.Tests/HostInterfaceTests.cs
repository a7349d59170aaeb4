// The host's interfaces, addresses and routes beside what iproute2 says of the same network. It knows nothing
// about netioapi's rows.
using System.Diagnostics;
using System.Text.Json;
using OpenWsk.Ports;
using OpenWsk.TestSupport;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostInterfaceTests : IDisposable
{
    private static readonly string[] s_network =
    [
        "link set lo up",
        "link add v0 type veth peer name v1",
        "link set v0 mtu 1400 address 02:00:00:00:00:07",
        "addr add 10.99.0.1/24 dev v0",
        "-6 addr add 2001:db8::1/64 dev v0 nodad",
        "link set v1 up",
        "link set v0 up",
        "route add default via 10.99.0.254 metric 7",
        "route add 192.0.2.0/25 dev v0",
        "-6 route add 2001:db8:1::/48 via 2001:db8::2 metric 9",
    ];

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Netns)]
    public void Interfaces_and_addresses_are_those_that_ip_shows() => Namespace.Run(s_network, () =>
    {
        var source = _world.Transport.Interfaces!;
        var interfaces = source.ListInterfaces();
        var shown = Show("addr").ToList();
        Assert.Equal(
            shown.Select(i => (i.GetProperty("ifindex").GetUInt32(), i.GetProperty("ifname").GetString()))
                .Order(),
            interfaces.Select(i => (i.Index, (string?)i.Name)));
        Assert.Equal(
            shown.SelectMany(i => i.GetProperty("addr_info").EnumerateArray().Select(a =>
                $"{i.GetProperty("ifindex")} {a.GetProperty("local")}/{a.GetProperty("prefixlen")}")).Order(),
            source.ListUnicast().Select(u =>
                $"{u.InterfaceIndex} {u.Address.ToIPAddress().ToString().Split('%')[0]}/{u.PrefixLength}")
                .Order());
        var v0 = Assert.Single(interfaces, i => i.Name == "v0");
        Assert.Equal((1400u, (ushort)6, true), (v0.Mtu, v0.InterfaceType, v0.IsUp));
        Assert.Equal([2, 0, 0, 0, 0, 7], v0.PhysicalAddress.ToArray());
        Assert.True(Assert.Single(interfaces, i => i.Name == "lo").IsLoopback);
    });

    [CapabilityFact(Capability.Netns)]
    public void Routes_are_those_that_ip_shows() => Namespace.Run(s_network, () =>
    {
        var source = _world.Transport.Interfaces!;
        var names = source.ListInterfaces().ToDictionary(i => i.Index, i => i.Name);
        var ours = source.ListRoutes().Where(r => names[r.InterfaceIndex] != "lo").Select(r =>
            $"{r.Prefix.ToIPAddress()}/{r.PrefixLength} "
            + $"{(r.NextHop.IsWildcard ? "-" : r.NextHop.ToIPAddress())} {names[r.InterfaceIndex]}")
            .Order(StringComparer.Ordinal);
        var shown = Show("route").Select(r => Line(r, "0.0.0.0/0", 32))
            .Concat(Show("-6", "route").Select(r => Line(r, "::/0", 128)))
            .Where(line => !line.EndsWith(" lo", StringComparison.Ordinal)
                && !line.StartsWith("ff00", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        Assert.Equal(shown, ours);
        Assert.Contains(source.ListRoutes(), r => r.PrefixLength == 0 && r.Metric == 7);
    });

    [Theory]
    [InlineData("eth0\t0002000A\t00000000\t0001\t0\t0\t3\t00FFFFFF\t0\t0\t0", "10.0.2.0/24 0.0.0.0 3")]
    [InlineData("eth0\t00000000\tFE02000A\t0003\t0\t0\t0\t00000000\t0\t0\t0", "0.0.0.0/0 10.0.2.254 0")]
    [InlineData("eth1\t0002000A\t00000000\t0001\t0\t0\t3\t00FFFFFF\t0\t0\t0", null)]
    [InlineData("eth0\t0002000A\t00000000\t0201\t0\t0\t3\t00FFFFFF\t0\t0\t0", null)]
    [InlineData("eth0\tzz", null)]
    [InlineData("", null)]
    public void A_line_of_the_systems_table_is_a_route_or_none(string line, string? expected)
    {
        var route = LinuxRoutes.ReadV4(line, new Dictionary<string, uint> { ["eth0"] = 2 });
        Assert.Equal(expected, route is { } r
            ? $"{r.Prefix.ToIPAddress()}/{r.PrefixLength} {r.NextHop.ToIPAddress()} {r.Metric}"
            : null);
    }

    private static string Line(JsonElement route, string whole, int bits)
    {
        var destination = route.GetProperty("dst").GetString()!;
        destination = destination == "default" ? whole
            : destination.Contains('/', StringComparison.Ordinal) ? destination : $"{destination}/{bits}";
        var gateway = route.TryGetProperty("gateway", out var via) ? via.GetString() : "-";
        return $"{destination} {gateway} {route.GetProperty("dev").GetString()}";
    }

    private static JsonElement.ArrayEnumerator Show(params string[] what)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", ["-j", .. what, "show"])
        {
            RedirectStandardOutput = true,
        })!;
        var text = ip.StandardOutput.ReadToEnd();
        ip.WaitForExit();
        Assert.Equal(0, ip.ExitCode);
        return JsonDocument.Parse(text).RootElement.EnumerateArray();
    }
}
