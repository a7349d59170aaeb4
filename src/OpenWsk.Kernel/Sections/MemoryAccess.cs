// Reading memory that may not be there: for routines that drivers call exactly because they do not know. It
// knows nothing about who owns memory. Where a world has no machine code, every address is taken at its
// word.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reads that do not fault.</summary>
internal static class MemoryAccess
{
    /// <summary>Copies what is readable; returns how many bytes were.</summary>
    public static int Read(Executive executive, nuint source, Span<byte> target)
    {
        if (executive.Code.Native is { } native)
            return native.ReadSafely(source, target);
        GuestMemory.Span(source, target.Length).CopyToGuest(target);
        return target.Length;
    }

    /// <summary>Whether a byte can be read at the address.</summary>
    public static bool IsReadable(Executive executive, nuint address)
    {
        Span<byte> one = stackalloc byte[1];
        return address != 0 && Read(executive, address, one) == 1;
    }
}
