// The worlds of our contestants, by the name of their transport. It knows nothing about what runs in them:
// DriverServers.cs, ManagedEcho.cs.
using System.Globalization;
using OpenWsk.Capture;
using OpenWsk.Net.Uring;
using OpenWsk.Testing;

namespace OpenWsk.Bench.Serving;

/// <summary>Makes worlds.</summary>
internal static class Worlds
{
    /// <summary>A world in which drivers run, recorded as in <c>openwsk run</c>.</summary>
    /// <param name="net">host or uring; with the number of dispatchers behind it: uring:2.</param>
    /// <remarks>Errors: UnavailableException when there is no such transport here.</remarks>
    public static DriverWorld ForDrivers(string net)
    {
        var parts = net.Split(':');
        var processors = parts.Length == 1 ? 1 : int.Parse(parts[1], CultureInfo.InvariantCulture);
        return Make(parts[0], choice =>
        {
            var world = DriverWorld.OnHost(processors: processors, net: choice);
            new FlightRecorder().Attach(world.Executive);
            return world;
        });
    }

    /// <summary>A world for C# code.</summary>
    /// <param name="net">host or uring.</param>
    /// <param name="continuations">Where awaited calls continue.</param>
    /// <remarks>As <see cref="ForDrivers"/>.</remarks>
    public static WskHost ForClients(string net, WskContinuations continuations) =>
        Make(net, choice => WskHost.Create(net: choice, continuations: continuations));

    private static T Make<T>(string net, Func<NetChoice, T> make)
    {
        if (!HostNetwork.TryParse(net, out var choice))
            throw new UnavailableException($"there is no transport '{net}'");
        try
        {
            return make(choice);
        }
        catch (NotSupportedException e)
        {
            throw new UnavailableException(e.Message);
        }
    }
}
