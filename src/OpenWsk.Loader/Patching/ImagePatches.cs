// What was changed in one image: the bytes as the linker wrote them, for whoever decodes code (unwinding,
// disassembly), and for each instruction in a trampoline the place it came from.
// Written while the image is mapped, read-only afterwards. It knows nothing about instructions.
namespace OpenWsk.Loader;

/// <summary>The patches of one image.</summary>
internal sealed unsafe class ImagePatches
{
    private readonly List<(nuint Start, byte[] Bytes)> _originals = [];
    private readonly SortedList<nuint, nuint> _places = [];

    /// <summary>Keeps bytes that are about to be overwritten.</summary>
    public void Keep(nuint start, uint lengthBytes) =>
        _originals.Add((start, new ReadOnlySpan<byte>((void*)start, (int)lengthBytes).ToArray()));

    /// <summary>Says where an instruction of a trampoline stood.</summary>
    public void Map(nuint moved, nuint original) => _places.Add(moved, original);

    /// <summary>The first place of the instruction at or around an address in the trampolines.</summary>
    public nuint OriginalOf(nuint address)
    {
        var (low, high) = (0, _places.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_places.Keys[middle] <= address)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return high < 0 ? address : _places.Values[high];
    }

    /// <summary>Puts the linker's bytes over a copy of the memory that begins at an address.</summary>
    public void Restore(nuint start, Span<byte> copy)
    {
        foreach (var (at, bytes) in _originals)
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                if (at + (nuint)i - start < (nuint)copy.Length)
                    copy[(int)(at + (nuint)i - start)] = bytes[i];
            }
        }
    }
}
