// Raw memory routines of the C library and of Rtl as drivers import them. All copying treats overlap as
// memmove does: that is stricter than memcpy must be and never worse. It knows nothing about text: see
// CStringRoutines.cs. The memory is the guest's and is valid for the call by the caller's promise, as for the
// same call in C.
using System.Runtime.InteropServices;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Memory routines of ntoskrnl.</summary>
public static class MemoryRoutines
{
    // Spans have int lengths; longer blocks are compared in pieces.
    private const nuint PieceMax = 1u << 30;

    /// <summary>Copies bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint memcpy(
        Executive executive, nuint dest, nuint src, nuint count) => Move(dest, src, count);

    /// <summary>Copies bytes between ranges that may overlap.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint memmove(
        Executive executive, nuint dest, nuint src, nuint count) => Move(dest, src, count);

    /// <summary>Fills bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint memset(Executive executive, nuint dest, int c, nuint count)
    {
        Fill(dest, count, (byte)c);
        return dest;
    }

    /// <summary>Compares bytes: negative, zero or positive.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int memcmp(Executive executive, nuint buf1, nuint buf2, nuint count)
    {
        var equal = CommonLength(buf1, buf2, count);
        return equal == count
            ? 0
            : GuestMemory.Read<byte>(buf1 + equal) - GuestMemory.Read<byte>(buf2 + equal);
    }

    /// <summary>Finds a byte; NULL when it is not there.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint memchr(Executive executive, nuint buf, int c, nuint count)
    {
        // Byte by byte: the caller may promise less memory than count says when the byte comes earlier.
        for (nuint i = 0; i < count; i++)
        {
            if (GuestMemory.Read<byte>(buf + i) == (byte)c)
                return buf + i;
        }
        return 0;
    }

    /// <summary>Number of bytes that are equal from the begin on.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint RtlCompareMemory(Executive executive, nuint Source1, nuint Source2, nuint Length) =>
        CommonLength(Source1, Source2, Length);

    /// <summary>Copies bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlCopyMemory(Executive executive, nuint Destination, nuint Source, nuint Length) =>
        Move(Destination, Source, Length);

    /// <summary>Copies bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlCopyMemoryNonTemporal(
        Executive executive, nuint Destination, nuint Source, nuint Length) =>
        Move(Destination, Source, Length);

    /// <summary>Copies bytes between ranges that may overlap.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlMoveMemory(Executive executive, nuint Destination, nuint Source, nuint Length) =>
        Move(Destination, Source, Length);

    /// <summary>Clears bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlZeroMemory(Executive executive, nuint Destination, nuint Length) =>
        Fill(Destination, Length, 0);

    /// <summary>Fills bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlFillMemory(Executive executive, nuint Destination, nuint Length, byte Fill) =>
        MemoryRoutines.Fill(Destination, Length, Fill);

    private static nuint Move(nuint destination, nuint source, nuint count)
    {
        // More than a span holds is more than there is anywhere: it faults on its way, in either direction.
        if (destination - source < count)
        {
            for (var left = count; left > 0;)
            {
                var piece = nuint.Min(left, PieceMax);
                left -= piece;
                Copy(destination + left, source + left, (int)piece);
            }
            return destination;
        }
        for (nuint done = 0; done < count; done += PieceMax)
            Copy(destination + done, source + done, (int)nuint.Min(count - done, PieceMax));
        return destination;
    }

    private static void Copy(nuint destination, nuint source, int count) =>
        GuestMemory.Span(source, count).CopyToGuest(GuestMemory.Span(destination, count));

    private static void Fill(nuint destination, nuint count, byte value)
    {
        for (nuint done = 0; done < count; done += PieceMax)
            GuestMemory.Span(destination + done, (int)nuint.Min(count - done, PieceMax)).FillGuest(value);
    }

    private static nuint CommonLength(nuint first, nuint second, nuint count)
    {
        for (nuint done = 0; done < count;)
        {
            var piece = (int)nuint.Min(count - done, PieceMax);
            var rest = GuestMemory.Span(second + done, piece);
            var same = GuestMemory.Span(first + done, piece).CommonPrefixLength(rest);
            done += (nuint)same;
            if (same < piece)
                return done;
        }
        return count;
    }
}
