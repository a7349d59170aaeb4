// Which network a run has, as --net, --seed and OPENWSK_NET say it, and what does not go together.
// It knows nothing about networks.
using System.Globalization;
using OpenWsk.Cli.Worlds;
using OpenWsk.Net.Uring;

namespace OpenWsk.Cli.CommandLine;

/// <summary>Reads the options of the network.</summary>
internal static class NetOptions
{
    private const string Sim = "sim";

    /// <summary>The way to the system's network.</summary>
    /// <remarks>Errors: UsageException.</remarks>
    public static NetChoice Of(string? net) => HostNetwork.TryParse(net, out var choice)
        ? choice
        : throw new UsageException($"run: --net {net} is unknown; write uring, host, auto or sim");

    /// <summary>The simulated world that is asked for; null for none.</summary>
    /// <remarks>Errors: UsageException for options that do not go together.</remarks>
    public static SimSettings? SimulationOf(string? net, string? seed, string? processors)
    {
        net ??= Environment.GetEnvironmentVariable(HostNetwork.Variable);
        if (!Sim.Equals(net, StringComparison.OrdinalIgnoreCase))
        {
            return seed is null ? null
                : throw new UsageException("run: --seed is for a simulated network; add --net sim");
        }
        if (processors is not (null or "1"))
        {
            throw new UsageException(
                $"run: --processors {processors} does not go with --net sim, where one thread runs at a "
                + "time; leave it out");
        }
        return new SimSettings(seed is null ? null : SeedOf(seed));
    }

    private static ulong SeedOf(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new UsageException($"run: --seed {text} is no whole number from 0 to {ulong.MaxValue}");
}
