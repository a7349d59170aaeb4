// A driver file that passed every check: what it needs and where its parts go. Reading one maps nothing and
// runs nothing. It knows nothing about memory (Mapping/) or about which imports exist (Imports/).
// The checks are in ImageParser.cs and its parts; the layout is the PE/COFF specification's.
namespace OpenWsk.Loader;

/// <summary>A checked driver file.</summary>
public sealed class DriverImage
{
    private readonly ImageSection[] _sections;
    private FunctionTable? _functions;

    internal DriverImage(ReadOnlyMemory<byte> file, string name, ImageSection[] sections)
    {
        File = file;
        Name = name;
        _sections = sections;
    }

    /// <summary>The file's name without its folder, as reports name addresses.</summary>
    public string Name { get; }

    /// <summary>The folder that the file was read from; null when the name had none.</summary>
    public string? Folder { get; private set; }

    /// <summary>The address that the linker assumed.</summary>
    public ulong PreferredBase { get; internal init; }

    /// <summary>Size in memory. Units: bytes.</summary>
    public uint SizeBytes { get; internal init; }

    /// <summary>RVA of DriverEntry or GsDriverEntry.</summary>
    public uint EntryRva { get; internal init; }

    /// <summary>Sections in ascending order.</summary>
    public IReadOnlyList<ImageSection> Sections => _sections;

    /// <summary>All imported names in the table's order.</summary>
    public IReadOnlyList<ImageImport> Imports { get; internal set; } = [];

    /// <summary>What it exports to other drivers.</summary>
    public ImageExports Exports { get; internal set; } = ImageExports.None;

    /// <summary>
    /// Whether sections are packed closer than pages, so that no page has an access of its own.
    /// </summary>
    public bool IsFlat { get; internal init; }

    internal ReadOnlyMemory<byte> File { get; }

    internal uint HeaderBytes { get; init; }

    internal IReadOnlyList<uint> Relocations { get; set; } = [];

    internal LoadConfiguration LoadConfiguration { get; set; }

    /// <summary>Where the file says that .pdata lies; nothing of it has been checked.</summary>
    internal uint FunctionTableRva { get; set; }

    internal uint FunctionTableBytes { get; set; }

    /// <summary>The image's functions, read when first asked for.</summary>
    internal FunctionTable Functions => Volatile.Read(ref _functions) ?? ReadFunctions();

    /// <summary>Reads and checks a file.</summary>
    /// <remarks>Errors: ImageFormatException, whose message is one line for people.</remarks>
    public static DriverImage Read(ReadOnlyMemory<byte> file, string name)
    {
        var image = new ImageParser(file, Path.GetFileName(name)).Parse();
        image.Folder = Path.GetDirectoryName(name) is { Length: > 0 } folder ? folder : null;
        return image;
    }

    /// <summary>The section that holds an RVA, or null.</summary>
    public ImageSection? SectionAt(uint rva)
    {
        // Asked for on every call into guest code, so it walks the array itself, which allocates nothing.
        foreach (var section in _sections)
        {
            if (section.Contains(rva))
                return section;
        }
        return null;
    }

    // Whoever comes first; two that come at once read the same.
    private FunctionTable ReadFunctions()
    {
        var functions = new FunctionTable(this);
        return Interlocked.CompareExchange(ref _functions, functions, null) ?? functions;
    }
}
