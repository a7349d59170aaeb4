// For each instruction in the trampolines of one image the place it came from, for unwinding and reports.
// Written while the image is mapped, read-only afterwards. It knows nothing about instructions.
namespace OpenWsk.Loader;

/// <summary>The instructions of one image that were moved.</summary>
internal sealed class MovedInstructions
{
    private readonly SortedList<nuint, nuint> _places = [];

    /// <summary>Says where an instruction of a trampoline stood.</summary>
    public void Add(nuint moved, nuint original) => _places.Add(moved, original);

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
}
