// The worlds of our contestants, by the name of their transport. It knows nothing about what runs in them:
// DriverServers.cs, ManagedEcho.cs.
using OpenWsk.Testing;

namespace OpenWsk.Bench.Serving;

/// <summary>Makes worlds.</summary>
internal static class Worlds
{
    /// <summary>A world in which drivers run.</summary>
    /// <remarks>Errors: UnavailableException when there is no such transport here.</remarks>
    public static DriverWorld ForDrivers(string net) => Make(net, () => DriverWorld.OnHost());

    /// <summary>A world for C# code.</summary>
    /// <remarks>As <see cref="ForDrivers"/>.</remarks>
    public static WskHost ForClients(string net) => Make(net, () => WskHost.Create());

    private static T Make<T>(string net, Func<T> onHost)
    {
        if (net != "host")
            throw new UnavailableException($"there is no transport '{net}'");
        try
        {
            return onHost();
        }
        catch (PlatformNotSupportedException e)
        {
            throw new UnavailableException(e.Message);
        }
    }
}
