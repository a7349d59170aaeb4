// What this build exports to drivers, without making a world: for `compat` and `imports`.
// It knows nothing about addresses: a world binds these when a driver is loaded.
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Worlds;

/// <summary>The routines and variables of the kernel and the provider.</summary>
internal static class Exports
{
    /// <summary>Every routine, the dispatch functions of WSK included.</summary>
    public static IEnumerable<Routine> Routines => KernelExports.All;

    /// <summary>The exported variables as library!name.</summary>
    public static IEnumerable<string> Variables => [];
}
