// What the drivers of a world export to the drivers that are loaded after them, by name or by number, through
// forwarders where there are any. It knows nothing about the kernel's own exports: see ImportResolver.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>The exporting drivers of one world.</summary>
public sealed class DriverExports(RoutineTable routines)
{
    // A forwarder that leads to itself must not lead us in circles.
    private const int ForwardersMax = 8;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MappedImage> _images = new(StringComparer.OrdinalIgnoreCase);

    internal void Add(MappedImage image)
    {
        lock (_gate)
            _images[image.Image.Name] = image;
    }

    internal void Remove(MappedImage image)
    {
        lock (_gate)
        {
            if (_images.TryGetValue(image.Image.Name, out var known) && ReferenceEquals(known, image))
                _images.Remove(image.Image.Name);
        }
    }

    /// <summary>What answers an import from a driver; null when no loaded driver does.</summary>
    internal ImportResolution? Resolve(ImageImport import)
    {
        var (library, name, ordinal) = (import.Library, import.Name, import.Ordinal);
        for (var steps = 0; steps < ForwardersMax; steps++)
        {
            if (Find(library) is not { } image)
                return steps == 0 ? null : ResolveInKernel(import, library, name);
            if (image.Image.Exports.Find(name, ordinal) is not { } export)
                return null;
            if (export.Forwarder is null)
                return new ImportResolution(import, ImportKind.Driver, null)
                {
                    Address = image.Start + export.Rva,
                };
            var dot = export.Forwarder.LastIndexOf('.');
            (library, name) = (export.Forwarder[..dot], export.Forwarder[(dot + 1)..]);
            ordinal = name[0] == '#' && uint.TryParse(name.AsSpan(1), out var number) ? number : null;
        }
        return null;
    }

    // A forwarder names a library without what follows the dot.
    private MappedImage? Find(string library)
    {
        lock (_gate)
            return _images.GetValueOrDefault(library) ?? _images.GetValueOrDefault(library + ".sys")
                ?? _images.GetValueOrDefault(library + ".dll");
    }

    private ImportResolution? ResolveInKernel(ImageImport import, string library, string name)
    {
        foreach (var extension in (string[])["", ".exe", ".sys", ".dll"])
        {
            if (routines.Find(library + extension, name) is { } routine)
                return new ImportResolution(import, ImportKind.Routine, routine);
        }
        return null;
    }
}
