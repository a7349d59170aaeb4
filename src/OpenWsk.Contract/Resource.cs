// The files that are compiled into this assembly: the catalogue's texts, the open rules, the committed
// record. It knows their names only.
namespace OpenWsk.Contract;

/// <summary>Reads embedded files.</summary>
internal static class Resource
{
    /// <summary>The text of an embedded file; a missing one is our mistake.</summary>
    internal static string Read(string name) =>
        TryRead(name) ?? throw new InvalidOperationException($"The embedded file {name} is missing.");

    /// <summary>The text of an embedded file, or null.</summary>
    internal static string? TryRead(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream(name);
        if (stream is null)
        {
            return null;
        }
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
