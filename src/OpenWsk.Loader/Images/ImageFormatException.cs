// What becomes of a file that cannot be run: one line with a stable id, saying what is wrong, where, and what
// to do. It knows nothing about the checks; their texts are in ImageErrors.cs.
namespace OpenWsk.Loader;

/// <summary>A file is not a driver that can be hosted here.</summary>
public sealed class ImageFormatException(string id, string imageName, string problem)
    : Exception($"{id}: {imageName} {problem}")
{
    /// <summary>The error's stable id, such as OW3004.</summary>
    public string Id { get; } = id;

    /// <summary>Name of the file as the caller gave it.</summary>
    public string ImageName { get; } = imageName;
}
