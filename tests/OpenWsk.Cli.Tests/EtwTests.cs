// Events of a driver in the trace that the user asked for: what is listened to by level, and that it is told
// with its fields. It knows nothing about formats: the kernel's own tests do.
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class EtwTests : IDisposable
{
    private readonly PlantedDrivers _drivers = new();

    public void Dispose() => _drivers.Dispose();

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_trace_shows_the_events_that_are_listened_to()
    {
        var driver = _drivers.Build("tracing", "TRACING");
        var run = Openwsk.Run("run", driver, "--trace", "--etw", "Tunnel1:3");
        Assert.Contains("Connected(port=51820)", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Connected(port=4433)", run.Error, StringComparison.Ordinal);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void Without_a_level_every_event_of_the_provider_is_shown()
    {
        var driver = _drivers.Build("tracing", "TRACING");
        var run = Openwsk.Run("run", driver, "--trace", "--etw", "3f1b9a52-0c5e-4b1d-9e11-223344556677");
        Assert.Contains("Connected(port=51820)", run.Error, StringComparison.Ordinal);
        Assert.Contains("Connected(port=4433)", run.Error, StringComparison.Ordinal);
    }
}
