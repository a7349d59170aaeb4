// sprintf and its family: formatted text into a driver's buffer, 8-bit and 16-bit. What is returned when the
// text does not fit differs between the families. It knows nothing about conversions: see GuestFormat.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Formatting routines of ntoskrnl.</summary>
public static class FormatRoutines
{
    // The unbounded routines believe the caller; more than this is no text.
    private const nuint Unbounded = 0x7FFF_FFFF;

    /// <summary>
    /// Formats into Count bytes; -1 when it does not fit, without a terminator when it fits barely.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _vsnprintf(
        Executive executive, nuint Buffer, nuint Count, nuint Format, nuint Arguments) =>
        Narrow(Buffer, Count, Format, new VaList(Arguments));

    /// <summary>_vsnprintf with arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _snprintf(
        Executive executive, nuint Buffer, nuint Count, nuint Format, VaList Arguments) =>
        Narrow(Buffer, Count, Format, Arguments);

    /// <summary>Formats without a limit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int sprintf(Executive executive, nuint Buffer, nuint Format, VaList Arguments) =>
        Narrow(Buffer, Unbounded, Format, Arguments);

    /// <summary>sprintf with a list of arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int vsprintf(Executive executive, nuint Buffer, nuint Format, nuint Arguments) =>
        Narrow(Buffer, Unbounded, Format, new VaList(Arguments));

    /// <summary>Formats into a buffer of a size; an empty string and -1 when it does not fit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int sprintf_s(
        Executive executive, nuint Buffer, nuint Size, nuint Format, VaList Arguments) =>
        NarrowOrEmpty(Buffer, Size, Format, Arguments);

    /// <summary>sprintf_s with a list of arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int vsprintf_s(
        Executive executive, nuint Buffer, nuint Size, nuint Format, nuint Arguments) =>
        NarrowOrEmpty(Buffer, Size, Format, new VaList(Arguments));

    /// <summary>Formats at most Count bytes into a buffer of a size; -1 when the text was cut.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _snprintf_s(
        Executive executive, nuint Buffer, nuint Size, nuint Count, nuint Format, VaList Arguments) =>
        NarrowCut(Buffer, Size, Count, Format, Arguments);

    /// <summary>_snprintf_s with a list of arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _vsnprintf_s(
        Executive executive, nuint Buffer, nuint Size, nuint Count, nuint Format, nuint Arguments) =>
        NarrowCut(Buffer, Size, Count, Format, new VaList(Arguments));

    /// <summary>_vsnprintf for 16-bit text; Count is in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _vsnwprintf(
        Executive executive, nuint Buffer, nuint Count, nuint Format, nuint Arguments) =>
        Wide(Buffer, Count, Format, new VaList(Arguments));

    /// <summary>_vsnwprintf with arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _snwprintf(
        Executive executive, nuint Buffer, nuint Count, nuint Format, VaList Arguments) =>
        Wide(Buffer, Count, Format, Arguments);

    /// <summary>Formats 16-bit text without a limit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int swprintf(Executive executive, nuint Buffer, nuint Format, VaList Arguments) =>
        Wide(Buffer, Unbounded, Format, Arguments);

    /// <summary>
    /// Formats 16-bit text into a buffer of a size; an empty string and -1 when it does not fit.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int swprintf_s(
        Executive executive, nuint Buffer, nuint Size, nuint Format, VaList Arguments)
    {
        var length = Wide(Buffer, Size, Format, Arguments);
        if (length >= 0 && (nuint)length < Size)
            return length;
        if (Buffer != 0 && Size != 0)
            GuestMemory.Write(Buffer, '\0');
        return -1;
    }

    /// <summary>swprintf_s with a list of arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int vswprintf_s(
        Executive executive, nuint Buffer, nuint Size, nuint Format, nuint Arguments) =>
        swprintf_s(executive, Buffer, Size, Format, new VaList(Arguments));

    /// <summary>Formats at most Count characters into a buffer of a size; -1 when the text was cut.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _snwprintf_s(
        Executive executive, nuint Buffer, nuint Size, nuint Count, nuint Format, VaList Arguments)
    {
        if (Buffer == 0 || Size == 0)
            return -1;
        var room = nuint.Min(Count, Size - 1);
        var length = Wide(Buffer, room, Format, Arguments);
        GuestMemory.Write(Buffer + ((length < 0 ? room : (nuint)length) * 2), '\0');
        return length;
    }

    /// <summary>_snwprintf_s with a list of arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _vsnwprintf_s(
        Executive executive, nuint Buffer, nuint Size, nuint Count, nuint Format, nuint Arguments) =>
        _snwprintf_s(executive, Buffer, Size, Count, Format, new VaList(Arguments));

    /// <summary>Length that a formatted text would have.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _vscprintf(Executive executive, nuint Format, nuint Arguments) =>
        Narrow(0, 0, Format, new VaList(Arguments));

    /// <summary>_vscprintf with arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _scprintf(Executive executive, nuint Format, VaList Arguments) =>
        Narrow(0, 0, Format, Arguments);

    /// <summary>Length that a formatted 16-bit text would have. Units: characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _vscwprintf(Executive executive, nuint Format, nuint Arguments) =>
        Wide(0, 0, Format, new VaList(Arguments));

    private static int Narrow(nuint buffer, nuint count, nuint format, VaList arguments)
    {
        var sink = new FormatSink(buffer == 0 ? [] : SpanOf(buffer, count));
        GuestFormat.Write(ref sink, format, ref arguments);
        return Result(sink.TotalUnits, buffer, count, sizeof(byte));
    }

    private static int Wide(nuint buffer, nuint count, nuint format, VaList arguments)
    {
        var sink = new FormatSink(
            buffer == 0 ? Span<char>.Empty : GuestMemory.Chars(buffer, (int)nuint.Min(count, Unbounded / 2)));
        GuestFormat.Write(ref sink, format, ref arguments);
        return Result(sink.TotalUnits, buffer, count, sizeof(char));
    }

    private static int NarrowOrEmpty(nuint buffer, nuint size, nuint format, VaList arguments)
    {
        var length = Narrow(buffer, size, format, arguments);
        if (length >= 0 && (nuint)length < size)
            return length;
        if (buffer != 0 && size != 0)
            GuestMemory.Write(buffer, (byte)0);
        return -1;
    }

    private static int NarrowCut(nuint buffer, nuint size, nuint count, nuint format, VaList arguments)
    {
        if (buffer == 0 || size == 0)
            return -1;
        var room = nuint.Min(count, size - 1);
        var length = Narrow(buffer, room, format, arguments);
        GuestMemory.Write(buffer + (length < 0 ? room : (nuint)length), (byte)0);
        return length;
    }

    private static Span<byte> SpanOf(nuint buffer, nuint count) =>
        GuestMemory.Span(buffer, (int)nuint.Min(count, Unbounded));

    // With no buffer the length that would be needed is returned.
    private static int Result(long total, nuint buffer, nuint count, int unitBytes)
    {
        if (buffer == 0)
            return total <= int.MaxValue ? (int)total : -1;
        if ((ulong)total > count)
            return -1;
        if ((ulong)total < count)
            GuestMemory.Span(buffer + (nuint)(total * unitBytes), unitBytes).FillGuest((byte)0);
        return (int)total;
    }
}
