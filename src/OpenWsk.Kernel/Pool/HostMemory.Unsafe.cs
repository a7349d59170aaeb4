// The host's allocator and memory patterns by address. Lengths are those of guest blocks, which can be larger
// than a span. It knows nothing about blocks: see BlockStore.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Kernel;

/// <summary>Memory of the host's allocator.</summary>
internal static class HostMemory
{
    private const int PieceMax = 1 << 30;

    /// <summary>Memory that is not initialised; 0 when there is none.</summary>
    public static unsafe nuint TryAllocate(nuint lengthBytes, nuint alignment)
    {
        try
        {
            return (nuint)NativeMemory.AlignedAlloc(lengthBytes, alignment);
        }
        catch (OutOfMemoryException)
        {
            return 0;
        }
    }

    public static unsafe void Free(nuint address) => NativeMemory.AlignedFree((void*)address);

    /// <summary>Sets bytes; the caller owns the memory.</summary>
    public static unsafe void Fill(nuint address, nuint lengthBytes, byte value) =>
        NativeMemory.Fill((void*)address, lengthBytes, value);

    /// <summary>Address of the first byte that is not the value; 0 when all are.</summary>
    public static unsafe nuint FindOther(nuint address, nuint lengthBytes, byte value)
    {
        for (nuint at = 0; at < lengthBytes; at += PieceMax)
        {
            var piece = (int)nuint.Min(lengthBytes - at, PieceMax);
            var other = new ReadOnlySpan<byte>((void*)(address + at), piece).IndexOfAnyExcept(value);
            if (other >= 0)
                return address + at + (nuint)other;
        }
        return 0;
    }

    /// <summary>Address of the last byte that is not the value; 0 when all are.</summary>
    public static unsafe nuint FindLastOther(nuint address, int lengthBytes, byte value)
    {
        var other = new ReadOnlySpan<byte>((void*)address, lengthBytes).LastIndexOfAnyExcept(value);
        return other < 0 ? 0 : address + (nuint)other;
    }
}
