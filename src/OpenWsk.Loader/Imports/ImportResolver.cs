// Looks the imports of an image up among what a world exports. It maps nothing and binds nothing, so it
// serves the listing of a driver's needs as well as its loading.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Finds the answer to each import.</summary>
public static class ImportResolver
{
    // Routines whose conventions no C# method can have; ntoskrnl.exe exports them on Windows.
    internal const string CheckStack = "__chkstk";

    /// <summary>The answer to every import of an image, in the table's order.</summary>
    public static IReadOnlyList<ImportResolution> Resolve(
        DriverImage image, RoutineTable routines, DriverExports? drivers = null) =>
        [.. image.Imports.Select(import => Resolve(import, routines, drivers))];

    private static ImportResolution Resolve(
        ImageImport import, RoutineTable routines, DriverExports? drivers)
    {
        if (drivers?.Resolve(import) is { } found)
            return found;
        if (routines.Find(import.Library, import.Name) is { } routine)
            return new ImportResolution(import, ImportKind.Routine, routine);
        if (routines.HasVariable(import.Library, import.Name))
            return new ImportResolution(import, ImportKind.Variable, null);
        if (import.Name == CheckStack)
            return new ImportResolution(import, ImportKind.MachineCode, null);
        return new ImportResolution(import, ImportKind.Missing, null);
    }
}
