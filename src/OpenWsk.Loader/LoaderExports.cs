// What this assembly exports to drivers, filled by the generator from the [Export] attributes: the routines
// that need to know about guest frames. It knows nothing about what they do; see Exceptions/.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>The loader's own routines.</summary>
public static class LoaderExports
{
    public static IReadOnlyList<Routine> All { get; } =
        [.. GeneratedRoutines.All.Where(r => r.Library != Libraries.Internal)];

    internal static Routine CHandler { get; } =
        All.Single(r => r.Name == nameof(HandlerRoutines.__C_specific_handler));

    /// <summary>Makes them findable in a world; once is enough.</summary>
    public static void AddTo(RoutineTable routines)
    {
        if (routines.Find(CHandler.Library, CHandler.Name) is null)
            routines.Add(All);
    }
}
