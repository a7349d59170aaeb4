// What an image exports to other drivers, before anybody asks for it.
// It knows nothing about addresses: see Imports/DriverExports.cs.
namespace OpenWsk.Loader;

/// <summary>One exported entry.</summary>
/// <param name="Ordinal">Its number.</param>
/// <param name="Rva">Where it lies; 0 for a forwarder.</param>
/// <param name="Forwarder">
/// Where it leads instead, as LIBRARY.Name or LIBRARY.#12; null when it is here.
/// </param>
public sealed record ImageExport(uint Ordinal, uint Rva, string? Forwarder);

/// <summary>The export table of an image.</summary>
public sealed class ImageExports
{
    /// <summary>An image that exports nothing.</summary>
    public static ImageExports None { get; } = new([], new Dictionary<string, ImageExport>());

    private readonly Dictionary<uint, ImageExport> _byOrdinal;
    private readonly IReadOnlyDictionary<string, ImageExport> _byName;

    internal ImageExports(IEnumerable<ImageExport> all, IReadOnlyDictionary<string, ImageExport> byName)
    {
        _byOrdinal = all.ToDictionary(export => export.Ordinal);
        _byName = byName;
    }

    /// <summary>The exported names.</summary>
    public IEnumerable<string> Names => _byName.Keys;

    /// <summary>The entry that an import asks for; null when it is not exported.</summary>
    public ImageExport? Find(string name, uint? ordinal) => ordinal is { } number
        ? _byOrdinal.GetValueOrDefault(number)
        : _byName.GetValueOrDefault(name);
}
