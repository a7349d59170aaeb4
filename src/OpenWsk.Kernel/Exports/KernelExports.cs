// The list of what this assembly exports, filled by the generator from the [Export] attributes.
namespace OpenWsk.Kernel;

/// <summary>The kernel's own routines.</summary>
public static class KernelExports
{
    public static IReadOnlyList<Routine> All => GeneratedRoutines.All;
}
