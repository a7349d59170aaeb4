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
    private string _unloaded = "";

    /// <summary>Names an address as reports do: image and offset, routine, or the bare number.</summary>
    public string NameAddress(nuint address)
    {
        foreach (var mapped in Volatile.Read(ref _images))
        {
            if (mapped.Contains(address))
                return $"{mapped.Image.Name}+0x{address - mapped.Start:x}";
        }
        if (_machine.NameOf(address) is { } routine)
            return routine;
        var suffix = _machine.Arena.Contains(address) ? _unloaded : "";
        return $"0x{(ulong)address:x}{suffix}";
    }

    internal void Add(MappedImage mapped)
    {
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
            _unloaded = $" (perhaps in {mapped.Image.Name}, which was unloaded)";
        }
        Interlocked.MemoryBarrierProcessWide();
        return _blocks.Values.All(b => Volatile.Read(ref b.Int32(ThreadBlock.GuestDepth)) == 0);
    }

    private MappedImage? FindCode(nuint address)
    {
        foreach (var mapped in Volatile.Read(ref _images))
        {
            if (mapped.IsCode(address))
                return mapped;
        }
        return null;
    }
}
