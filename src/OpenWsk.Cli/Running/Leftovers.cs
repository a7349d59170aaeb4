// What drivers have left behind after their unload: each is a leak that on Windows stays until the next boot,
// or a crash when the memory of the unloaded driver is called. The kernel collects them; here they become
// phrases. It judges nothing.
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Running;

/// <summary>What is left in words.</summary>
internal static class Leftovers
{
    /// <summary>A leftover as a phrase.</summary>
    public static string Describe(Leftover leftover)
    {
        var what = leftover.Kind.StartsWith("pool ", StringComparison.Ordinal)
            ? $"{leftover.Kind}: {leftover.Count} {(leftover.Count == 1 ? "block" : "blocks")}"
            : $"{leftover.Count} {leftover.Kind}{(leftover.Count == 1 ? "" : "s")}";
        return leftover.Detail.Length == 0 ? what : $"{what} ({leftover.Detail})";
    }
}
