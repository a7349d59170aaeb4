// Reads guest memory for people: addresses, strings, buffers. What a guest passes can be wild, so nothing is
// read at an address that no mapping can have, no length is believed beyond a bound, and every read is short.
// It does not know which parameter an address came from: that is ArgumentFormatter.
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>
/// Bounded reads of guest structures as text; null when the memory does not look like the structure.
/// </summary>
public static class GuestReader
{
    /// <summary>The most characters of a string that a trace shows.</summary>
    public const int TextCharsMax = 120;

    // Below 64 KiB nothing is ever mapped; above the lower half no user-mode memory is.
    private const ulong LowestAddress = 0x1_0000;
    private const ulong HighestAddress = 0x0000_7FFF_FFFF_F000;

    /// <summary>Whether an address may be read at all.</summary>
    public static bool IsPlausible(ulong address) => address is >= LowestAddress and < HighestAddress;

    /// <summary>The SOCKADDR as address and port.</summary>
    public static string? Address(ulong address)
    {
        if (!IsPlausible(address))
            return null;
        return EndpointAddress.TryRead(new GuestPtr<SOCKADDR>((nuint)address), out var endpoint)
            ? endpoint.ToString()
            : null;
    }

    /// <summary>The counted UTF-16 string, quoted.</summary>
    public static string? Unicode(ulong address)
    {
        if (!IsPlausible(address))
            return null;
        var text = GuestMemory.Read<UNICODE_STRING>((nuint)address);
        if (!IsSane(text.Length, text.MaximumLength, text.Buffer) || text.Length % 2 != 0)
            return null;
        var chars = Math.Min(text.Length / 2, TextCharsMax);
        return Quote(GuestMemory.Chars(text.Buffer, chars), text.Length / 2 > chars);
    }

    /// <summary>The counted 8-bit string, quoted.</summary>
    public static string? Ansi(ulong address)
    {
        if (!IsPlausible(address))
            return null;
        var text = GuestMemory.Read<STRING>((nuint)address);
        if (!IsSane(text.Length, text.MaximumLength, text.Buffer))
            return null;
        var bytes = Math.Min((int)text.Length, TextCharsMax);
        return Quote(Encoding.Latin1.GetString(GuestMemory.Span(text.Buffer, bytes)), text.Length > bytes);
    }

    /// <summary>The null-terminated 8-bit string, quoted.</summary>
    public static string? AnsiZ(ulong address)
    {
        if (!IsPlausible(address))
            return null;
        var text = new StringBuilder();
        for (var i = 0; i < TextCharsMax; i++)
        {
            var unit = GuestMemory.Read<byte>((nuint)address + (nuint)i);
            if (unit == 0)
                return Quote(text.ToString(), false);
            text.Append((char)unit);
        }
        return Quote(text.ToString(), true);
    }

    /// <summary>The null-terminated UTF-16 string, quoted.</summary>
    public static string? WideZ(ulong address)
    {
        if (!IsPlausible(address))
            return null;
        var text = new StringBuilder();
        for (var i = 0; i < TextCharsMax; i++)
        {
            var unit = GuestMemory.Read<char>((nuint)address + (nuint)(2 * i));
            if (unit == 0)
                return Quote(text.ToString(), false);
            text.Append(unit);
        }
        return Quote(text.ToString(), true);
    }

    /// <summary>The WSK_BUF's members.</summary>
    public static string? Buffer(ulong address)
    {
        if (!IsPlausible(address))
            return null;
        var buffer = GuestMemory.Read<WSK_BUF>((nuint)address);
        return $"{{Mdl=0x{(ulong)buffer.Mdl.Address:x}, Offset={buffer.Offset}, Length={buffer.Length}}}";
    }

    /// <summary>A time or span of 100 ns units behind a pointer: negative is relative.</summary>
    public static string? Time(ulong address)
    {
        if (!IsPlausible(address))
            return null;
        var ticks = GuestMemory.Read<long>((nuint)address);
        return ticks <= 0 ? $"{-(decimal)ticks / 10_000m:0.####}ms" : $"{ticks} (absolute)";
    }

    /// <summary>Text in quotes with control characters escaped as C does.</summary>
    public static string Quote(ReadOnlySpan<char> text, bool isCut = false)
    {
        var quoted = new StringBuilder("\"");
        foreach (var unit in text)
            AppendEscaped(quoted, unit);
        return quoted.Append(isCut ? "\"..." : "\"").ToString();
    }

    private static void AppendEscaped(StringBuilder text, char unit)
    {
        _ = unit switch
        {
            '\n' => text.Append("\\n"),
            '\r' => text.Append("\\r"),
            '\t' => text.Append("\\t"),
            '"' => text.Append("\\\""),
            '\\' => text.Append("\\\\"),
            < ' ' or '\x7f' => text.Append($"\\x{(int)unit:x2}"),
            _ => text.Append(unit),
        };
    }

    private static bool IsSane(ushort length, ushort maximum, nuint buffer) =>
        length <= maximum && (length == 0 || IsPlausible(buffer));
}
