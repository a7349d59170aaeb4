// Reading memory that may not be there: for routines that drivers call exactly because they do not know. It
// knows nothing about who owns memory. Where a world has no machine code, every address is taken at its
// word.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reads that do not fault.</summary>
internal static class MemoryAccess
{
    /// <summary>Copies what is readable; returns how many bytes were.</summary>
    public static int Read(Executive executive, nuint source, Span<byte> target) =>
        executive.Code.Native is { } native ? native.ReadSafely(source, target) : Copy(source, target);

    /// <summary>The same where every address is a real one: in a world without machine code.</summary>
    public static int Copy(nuint source, Span<byte> target)
    {
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
