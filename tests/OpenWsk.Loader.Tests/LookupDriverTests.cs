// The lookup sample in a simulated world: a driver binary gets the world's names, at the same virtual times
// in every run, and can be unloaded while a name server is silent. It knows nothing about flags and
// results: the provider's own tests do.
using OpenWsk.Ports;
using OpenWsk.Simulation;

namespace OpenWsk.Loader.Tests;

public sealed class LookupDriverTests
{
    private const string Host = "www.corp.test";

    [Fact]
    public void A_driver_gets_the_names_of_its_world_at_the_same_times_again()
    {
        var lines = Simulate();
        var text = string.Concat(lines.Select(line => line[(line.IndexOf(' ') + 1)..]));
        Assert.Contains($"lookup: canonical name {Host}\n", text, StringComparison.Ordinal);
        Assert.Contains(
            $"lookup: WskGetNameInfo 10.0.0.2:0 -> host {Host} service 0\n", text, StringComparison.Ordinal);
        Assert.Contains("lookup: 2 addresses\n", text, StringComparison.Ordinal);
        Assert.Equal(lines, Simulate());
    }

    [Fact]
    public void A_driver_is_unloaded_while_no_name_server_answers() =>
        SampleWorld.Simulate("lookup: done", (world, sim) =>
        {
            sim.Names.Add("silent.test").DelayNs = IParker.Never;
            var driver = Start(world, "silent.test");
            while (sim.Names.LookupCount == 0)
                sim.Scheduler.CurrentParker.Park(sim.Clock.NowNs + 1_000_000);
            Assert.True(driver.CallUnload());
            Assert.True(driver.TryUnmap());
            Assert.Contains("lookup: done -> STATUS 0xC0000120\n", world.Text, StringComparison.Ordinal);
            Assert.Equal((0, 0), (world.Provider.Registrations, world.Provider.PendingIrps.Count));
        });

    private static IReadOnlyList<string> Simulate()
    {
        IReadOnlyList<string> lines = [];
        SampleWorld.Simulate("lookup: done", (world, sim) =>
        {
            sim.Names.Add(Host, "fd00::2", "10.0.0.2");
            sim.Names.AddAlias("web.corp.test", Host);
            world.Finish(Start(world, "web.corp.test"));
            Assert.Empty(world.Executive.CollectLeftovers());
            lines = world.Lines;
        });
        return lines;
    }

    private static LoadedDriver Start(SampleWorld world, string host)
    {
        var parameters = RegistryService.ParametersPath("lookup");
        world.Executive.Registry.SetString(parameters, "HostName", host);
        return world.Start("lookup", EndpointAddress.Wildcard(2));
    }
}
