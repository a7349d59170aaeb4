// Copies that end where memory does: of the bytes of a driver's instruction, of its stack, of what its
// pointers lead to. Any address may be given. It knows nothing about whose memory it is.
namespace OpenWsk.Loader;

/// <summary>Reads and writes that can fail.</summary>
internal static unsafe class GuestCopy
{
    private const int PageBytes = 0x1000;

    /// <summary>Copies; false when some of it cannot be read or written, and part of it may be copied
    /// then.</summary>
    public static bool TryCopy(nuint destination, nuint source, nuint lengthBytes) =>
        ((delegate* unmanaged<nuint, nuint, nuint, int>)MachineCode.Shared.SafeCopy)(
            destination, source, lengthBytes) == 0;

    /// <summary>Reads as far as memory goes and returns the number of bytes.</summary>
    public static int Read(nuint source, Span<byte> destination)
    {
        var done = 0;
        fixed (byte* to = destination)
        {
            while (done < destination.Length)
            {
                var from = source + (nuint)done;
                var toPageEnd = PageBytes - (int)(from & (PageBytes - 1));
                var length = Math.Min(toPageEnd, destination.Length - done);
                if (!TryCopy((nuint)to + (nuint)done, from, (nuint)length))
                    break;
                done += length;
            }
        }
        return done;
    }

    /// <summary>Reads one value; false when it is not in memory.</summary>
    public static bool TryRead<T>(nuint source, out T value) where T : unmanaged
    {
        value = default;
        fixed (T* to = &value)
            return TryCopy((nuint)to, source, (nuint)sizeof(T));
    }
}
