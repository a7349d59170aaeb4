// The order in which drivers that were given together are loaded: one that exports comes before those that
// import from it, and otherwise as given. It knows nothing about loading.
namespace OpenWsk.Loader;

/// <summary>Sorts drivers by what they import from each other.</summary>
public static class DriverOrder
{
    /// <summary>The images in the order of loading. Those that need each other stay as they are.</summary>
    public static IReadOnlyList<DriverImage> Sort(IReadOnlyList<DriverImage> images)
    {
        var sorted = new List<DriverImage>();
        var visited = new HashSet<DriverImage>();
        foreach (var image in images)
            Visit(image);
        return sorted;

        void Visit(DriverImage image)
        {
            if (!visited.Add(image))
                return;
            foreach (var other in images)
            {
                if (image.Imports.Any(import => IsFrom(import, other)))
                    Visit(other);
            }
            sorted.Add(image);
        }
    }

    private static bool IsFrom(ImageImport import, DriverImage other) =>
        string.Equals(import.Library, other.Name, StringComparison.OrdinalIgnoreCase);
}
