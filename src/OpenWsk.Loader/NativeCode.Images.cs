// The images of a world: which address belongs to which, and when one may be unmapped. A call into guest code
// raises the thread's depth before it looks the target up; removal takes the image out of the list, makes
// every processor see that, and then looks at the depths. So a call either is seen or does not find the
// image. It knows nothing about the files; see Drivers/LoadedDriver.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    private readonly Lock _imagesLock = new();
    private MappedImage[] _images = [];

    /// <summary>
    /// Names an address as reports do: function and offset where symbols are there, image and offset,
    /// routine, or the bare number.
    /// </summary>
    public string NameAddress(nuint address)
    {
        address = OriginalAddress(address);
        if (ImageAt(address) is { } mapped)
        {
            var place = $"{mapped.Image.Name}+0x{address - mapped.Start:x}";
            return NameCode(mapped, address) is { } name ? $"{name.Place} ({place})" : place;
        }
        if (_machine.NameOf(address) is { } routine)
            return routine;
        return NameUnloaded(address) is { } gone ? $"0x{(ulong)address:x} ({gone}, which was unloaded)"
            : $"0x{(ulong)address:x}";
    }

    /// <summary>Folders with PDB files, beside the drivers' own; set before names are asked for.</summary>
    internal IReadOnlyList<string> SymbolFolders { get; set; } = [];

    /// <summary>The images of this world.</summary>
    internal IReadOnlyList<MappedImage> Images => Volatile.Read(ref _images);

    /// <summary>The blocks of the threads that are attached to this world.</summary>
    internal ICollection<ThreadBlock> Blocks => _blocks.Values;

    /// <summary>What symbols call an address of an image; null when they say nothing.</summary>
    internal static CodeName? NameCode(MappedImage mapped, nuint address) =>
        mapped.WasCode(address) ? mapped.Symbols?.Value.Find((uint)(address - mapped.Start)) : null;

    /// <inheritdoc/>
    public int ReadSafely(nuint source, Span<byte> target) => GuestCopy.Read(source, target);

    internal void Add(MappedImage mapped)
    {
        LookForVectors(mapped);
        mapped.Symbols = new Lazy<ImageSymbols>(() => ImageSymbols.Read(mapped.Image, SymbolFolders));
        lock (_imagesLock)
            _images = [.. _images, mapped];
    }

    /// <summary>
    /// Ends calls into an image; true when no thread of this world is in guest code any more.
    /// </summary>
    internal bool Remove(MappedImage mapped)
    {
        lock (_imagesLock)
        {
            _images = [.. _images.Where(i => !ReferenceEquals(i, mapped))];
            RememberGone(mapped);
        }
        Interlocked.MemoryBarrierProcessWide();
        return _blocks.Values.All(b => Volatile.Read(ref b.Int32(ThreadBlock.GuestDepth)) == 0);
    }

    // Asked on every call into guest code, mostly for the section that the thread called last. What it
    // remembers holds while the list of images is the same.
    private bool IsCode(ThreadBlock block, nuint target)
    {
        var images = Volatile.Read(ref _images);
        return ReferenceEquals(block.CodeImages, images) && target - block.CodeStart < block.CodeBytes
            || IsCode(block, target, images);
    }

    private static bool IsCode(ThreadBlock block, nuint target, MappedImage[] images)
    {
        if (FindCode(target, images) is not { } mapped)
            return false;
        if (mapped.Image.SectionAt((uint)(target - mapped.Start)) is { } section)
        {
            block.CodeImages = images;
            block.CodeStart = mapped.Start + section.Rva;
            block.CodeBytes = section.ExtentBytes;
        }
        return true;
    }

    private MappedImage? FindCode(nuint address) => FindCode(address, Volatile.Read(ref _images));

    private static MappedImage? FindCode(nuint address, MappedImage[] images)
    {
        foreach (var mapped in images)
        {
            if (mapped.IsCode(address) && !mapped.IsRetired)
                return mapped;
        }
        return null;
    }
}
