// The one range of addresses in which driver images and thunks live, reserved once for the process: one
// compare tells guest code from everything else, and a relative jump reaches from any image to any thunk.
// It knows nothing about images. Ranges are handed out first fit, with a gap after each that nobody can
// touch.
namespace OpenWsk.Loader;

/// <summary>Hands out ranges of reserved addresses.</summary>
internal sealed class Arena
{
    /// <summary>Granularity of images on Windows, and of the gaps between them here.</summary>
    public const uint UnitBytes = 64 << 10;

    /// <summary>Size: below 2 GB, which is what a 32-bit displacement reaches; address space costs
    /// nothing.</summary>
    public const uint ReservedBytes = 1 << 30;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<nuint, nuint> _used = [];

    public Arena()
    {
        Start = GuestRegion.Map((nuint)ReservedBytes, Interop.ProtNone);
    }

    /// <summary>The lowest address.</summary>
    public nuint Start { get; }

    /// <summary>Whether the address lies in the arena, used or not.</summary>
    public bool Contains(nuint address) => address - Start < ReservedBytes;

    /// <summary>A range of addresses without memory.</summary>
    public nuint Reserve(nuint lengthBytes)
    {
        var size = (lengthBytes + 2 * UnitBytes - 1) & ~((nuint)UnitBytes - 1);
        lock (_lock)
        {
            var address = Start + UnitBytes;
            foreach (var (start, used) in _used)
            {
                if (start - address >= size)
                    break;
                address = start + used;
            }
            if (address + size > Start + ReservedBytes)
                throw new OutOfMemoryException("the arena for driver images is full");
            _used.Add(address, size);
            return address;
        }
    }

    /// <summary>Makes a reserved range readable and writable memory of zeros.</summary>
    public void Commit(nuint address, nuint lengthBytes) =>
        Interop.Protect(address, PageUp(lengthBytes), Interop.ProtRead | Interop.ProtWrite);

    /// <summary>Drops the memory of a range and makes its addresses free.</summary>
    public void Release(nuint address)
    {
        lock (_lock)
        {
            var size = _used[address];
            Interop.Map(
                address,
                size,
                Interop.ProtNone,
                Interop.MapPrivate | Interop.MapAnonymous | Interop.MapNoReserve | Interop.MapFixed);
            _used.Remove(address);
        }
    }

    public static nuint PageUp(nuint lengthBytes) => (lengthBytes + 0xFFF) & ~(nuint)0xFFF;
}
