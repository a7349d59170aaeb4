// The names of a simulated world: addresses and aliases both ways, time, failures, giving up. It knows
// nothing about WSK.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.Simulation;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Sim.Tests;

public sealed class SimResolverTests
{
    [Fact]
    public void A_name_has_its_addresses_after_the_usual_time() => Run(world =>
    {
        world.Names.Add("www.test", "192.0.2.1", "2001:db8::1");
        world.Names.Add("www.test", "192.0.2.2");
        Assert.Equal(["192.0.2.1:0", "[2001:db8::1]:0", "192.0.2.2:0"], Addresses(world, "WWW.test."));
        Assert.Equal(world.Names.LatencyNs, world.Clock.NowNs);
        Assert.Equal(
            ["[2001:db8::1]:0"], Addresses(world, "www.test", WskConstants.AF_INET6));
        Assert.Equal(STATUS_NOT_FOUND, Find(world, new Forward { HostName = "ftp.test" }).Status);
        Assert.Equal(3, world.Names.LookupCount);
    });

    [Fact]
    public void An_alias_leads_to_the_canonical_name_and_a_circle_nowhere() => Run(world =>
    {
        world.Names.Add("host.test", "192.0.2.1");
        world.Names.AddAlias("www.test", "web.test");
        world.Names.AddAlias("web.test", "host.test");
        world.Names.AddAlias("round.test", "round.test");
        var found = Find(world, new Forward { HostName = "www.test", WantsCanonicalName = true });
        Assert.Equal("host.test", found.CanonicalName);
        Assert.Equal("192.0.2.1:0", Assert.Single(found.Addresses).ToString());
        Assert.Equal(STATUS_NOT_FOUND, Find(world, new Forward { HostName = "round.test" }).Status);
    });

    [Fact]
    public void A_name_without_dots_is_looked_for_in_the_domain() => Run(world =>
    {
        world.Names.Domain = "corp.test";
        world.Names.Add("files.corp.test", "192.0.2.1");
        Assert.Equal(["192.0.2.1:0"], Addresses(world, "files"));
        Assert.Equal("files.corp.test", Host(world, "192.0.2.1", isRelative: false));
        Assert.Equal("files", Host(world, "192.0.2.1", isRelative: true));
    });

    [Fact]
    public void An_address_has_the_name_that_came_first_or_was_said() => Run(world =>
    {
        world.Names.Add("first.test", "192.0.2.1");
        world.Names.Add("second.test", "192.0.2.1");
        Assert.Equal("first.test", Host(world, "192.0.2.1", isRelative: false));
        world.Names.SetHostName("192.0.2.1", "second.test");
        Assert.Equal("second.test", Host(world, "192.0.2.1", isRelative: false));
        world.Names.SetHostName("192.0.2.1", null);
        Assert.Null(Host(world, "192.0.2.1", isRelative: false));
    });

    [Fact]
    public void A_name_can_take_its_time_and_fail() => Run(world =>
    {
        var name = world.Names.Add("slow.test", "192.0.2.1");
        name.DelayNs = 5_000_000_000;
        name.Failure = STATUS_RETRY;
        Assert.Equal(STATUS_RETRY, Find(world, new Forward { HostName = "slow.test" }).Status);
        Assert.Equal(5_000_000_000, world.Clock.NowNs);
    });

    [Fact]
    public void A_look_up_that_is_given_up_ends_at_once() => Run(world =>
    {
        world.Names.Add("silent.test").DelayNs = IParker.Never;
        world.Names.Add("slow.test", "192.0.2.1").DelayNs = 5_000_000_000;
        foreach (var host in new[] { "silent.test", "slow.test" })
        {
            var lookup = new Forward { HostName = host, Parker = world.Scheduler.CurrentParker };
            Assert.False(world.Names.FindAddresses(lookup));
            world.Names.Cancel(lookup);
            world.Scheduler.CurrentParker.Park(IParker.Never);
            world.Names.Cancel(lookup);
            Assert.Equal((STATUS_CANCELLED, 1), (lookup.Status, lookup.Completions));
        }
        Assert.Equal(0, world.Clock.NowNs);
    });

    [Fact]
    public void Services_are_the_well_known_ones_and_those_that_were_added() => Run(world =>
    {
        world.Names.AddService("vault", isDatagram: true, 4433);
        var vault = Find(world, new Forward { ServiceName = "Vault" });
        Assert.Equal((STATUS_SUCCESS, 0, 4433), (vault.Status, vault.TcpPort, vault.UdpPort));
        var http = Find(world, new Forward { ServiceName = "http" });
        Assert.Equal((80, 0), (http.TcpPort, http.UdpPort));
        Assert.Equal(STATUS_NOT_FOUND, Find(world, new Forward { ServiceName = "none" }).Status);
    });

    private static IEnumerable<string> Addresses(SimWorld world, string host, ushort family = 0) =>
        Find(world, new Forward { HostName = host, Family = family }).Addresses.Select(a => a.ToString());

    private static Forward Find(SimWorld world, Forward lookup)
    {
        lookup.Parker = world.Scheduler.CurrentParker;
        Assert.False(world.Names.FindAddresses(lookup));
        world.Scheduler.CurrentParker.Park(IParker.Never);
        Assert.Equal(1, lookup.Completions);
        return lookup;
    }

    private static string? Host(SimWorld world, string address, bool isRelative)
    {
        var lookup = new Reverse
        {
            Address = EndpointAddress.From(IPAddress.Parse(address), 80),
            WantsHostName = true,
            IsRelative = isRelative,
            Parker = world.Scheduler.CurrentParker,
        };
        Assert.False(world.Names.FindNames(lookup));
        world.Scheduler.CurrentParker.Park(IParker.Never);
        Assert.Equal((STATUS_SUCCESS, null), (lookup.Status, lookup.ServiceName));
        return lookup.HostName;
    }

    private static void Run(Action<SimWorld> body)
    {
        using var world = new SimWorld(seed: 1);
        world.Run(() => body(world));
    }

    private sealed class Forward : AddressLookup
    {
        public IParker? Parker { get; set; }

        public int Completions { get; private set; }

        protected override void OnCompleted()
        {
            Completions++;
            Parker!.Unpark();
        }
    }

    private sealed class Reverse : NameLookup
    {
        public IParker? Parker { get; init; }

        protected override void OnCompleted() => Parker!.Unpark();
    }
}
