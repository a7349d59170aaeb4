// Reads memory for reports: any address may be given, and what is not there reads as nothing. It knows
// nothing about what lies where; see AddressDescriber.cs. The copies themselves are ../Faults/GuestCopy.cs.
namespace OpenWsk.Loader;

/// <summary>Reads that cannot fault.</summary>
internal static class MemoryReader
{
    /// <summary>The bytes from an address on, as far as they are there.</summary>
    public static byte[] Read(ulong address, int lengthBytes)
    {
        if (address > ulong.MaxValue - (ulong)lengthBytes)
            return [];
        var bytes = new byte[lengthBytes];
        var done = GuestCopy.Read((nuint)address, bytes);
        return done == lengthBytes ? bytes : bytes[..done];
    }
}
