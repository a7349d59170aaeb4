// The list of what this assembly exports, filled by the generator from the [Export] attributes.
// Nothing is written here by hand. Next: ExportAttribute.cs, RoutineTable.cs.
namespace OpenWsk.Kernel;

/// <summary>The kernel's own routines.</summary>
public static class KernelExports
{
    public static IReadOnlyList<Routine> All => GeneratedRoutines.All;
}
