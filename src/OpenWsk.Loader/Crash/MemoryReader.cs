// Reads memory for reports: any address may be given, and what is not there reads as nothing. It knows nothing
// about what lies where; see AddressDescriber.cs.
namespace OpenWsk.Loader;

/// <summary>Reads that cannot fault.</summary>
internal static class MemoryReader
{
    private const int PageBytes = 0x1000;

    /// <summary>The bytes from an address on, as far as they are there.</summary>
    public static byte[] Read(ulong address, int lengthBytes)
    {
        var bytes = new byte[lengthBytes];
        var done = 0;
        while (done < lengthBytes)
        {
            // Page by page, so that the end of memory costs only what lies behind it.
            var from = address + (ulong)done;
            var length = Math.Min(PageBytes - (int)(from % PageBytes), lengthBytes - done);
            var read = from > nuint.MaxValue - PageBytes ? 0
                : Interop.ReadOwnMemory((nuint)from, bytes.AsSpan(done, length));
            done += read;
            if (read < length)
                break;
        }
        return done == lengthBytes ? bytes : bytes[..done];
    }

    /// <summary>Whether anything can be read there.</summary>
    public static bool IsThere(ulong address) => Read(address, 1).Length != 0;
}
