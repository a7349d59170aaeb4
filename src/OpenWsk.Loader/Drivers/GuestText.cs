// Wide strings in guest memory for a driver's names.
// It knows nothing about what they name.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Puts wide strings into guest memory and frees them together.</summary>
internal sealed class GuestText(GuestHeap heap)
{
    private readonly List<nuint> _blocks = [];

    /// <summary>A counted string with a terminator that is not counted.</summary>
    public UNICODE_STRING Make(string text)
    {
        var bytes = checked((ushort)(2 * text.Length));
        var buffer = heap.Allocate(bytes + 2);
        _blocks.Add(buffer);
        text.CopyTo(GuestMemory.Chars(buffer, text.Length));
        return new UNICODE_STRING { Length = bytes, MaximumLength = (ushort)(bytes + 2), Buffer = buffer };
    }

    public void Free()
    {
        foreach (var block in _blocks)
            heap.Free(block);
        _blocks.Clear();
    }
}
