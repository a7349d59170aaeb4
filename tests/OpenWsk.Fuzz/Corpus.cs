// The drivers that are mutated: the committed samples. It knows nothing about mutation; see Mutator.cs.
// Their order is that of their names, so that a seed means the same everywhere.
namespace OpenWsk.Fuzz;

/// <summary>Driver files by name.</summary>
internal sealed class Corpus
{
    private readonly (string Name, byte[] File)[] _drivers;

    /// <summary>Every NAME/NAME.sys below a folder.</summary>
    public Corpus(string folder)
    {
        _drivers = [.. Directory.GetDirectories(folder)
            .Select(d => Path.Combine(d, Path.GetFileName(d) + ".sys"))
            .Where(File.Exists)
            .Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileNameWithoutExtension(path), File.ReadAllBytes(path)))];
        if (_drivers.Length == 0)
            throw new ArgumentException($"{folder} holds no NAME/NAME.sys; name the folder of the samples");
    }

    public int Count => _drivers.Length;

    /// <summary>A driver by its place; the caller copies the bytes before it changes them.</summary>
    public (string Name, byte[] File) this[int index] => _drivers[index];
}
