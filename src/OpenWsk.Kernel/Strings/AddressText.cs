// IPv4 and IPv6 addresses as text, both ways, in the forms that the Rtl routines document: dotted quads with
// decimal, octal or hexadecimal parts, RFC 4291 text with one run of zeros left out, and IPv4 in the tail
// where that is usual. It knows nothing about guest memory: see AddressRoutines.cs.
using System.Buffers.Binary;
using System.Globalization;

namespace OpenWsk.Kernel;

/// <summary>Reads and writes addresses.</summary>
internal static class AddressText
{
    private const int GroupCount = 8;

    /// <summary>Reads an IPv4 address from the begin of the text; returns its length, or -1.</summary>
    /// <remarks>A strict address has four decimal parts; else one to four parts in any base, as
    /// inet_aton.</remarks>
    public static int ReadIpv4(ReadOnlySpan<char> text, bool isStrict, Span<byte> address)
    {
        Span<uint> parts = stackalloc uint[4];
        var count = 0;
        var at = 0;
        while (true)
        {
            var length = ReadPart(text[at..], isStrict, out parts[count]);
            if (length == 0)
                return -1;
            at += length;
            count++;
            if (count == 4 || at == text.Length || text[at] != '.')
                break;
            at++;
        }
        if (isStrict && count != 4)
            return -1;
        // The last part fills what the others leave.
        var value = 0ul;
        for (var i = 0; i < count - 1; i++)
        {
            if (parts[i] > byte.MaxValue)
                return -1;
            value |= (ulong)parts[i] << (24 - (8 * i));
        }
        if (parts[count - 1] >= 1ul << (8 * (5 - count)))
            return -1;
        BinaryPrimitives.WriteUInt32BigEndian(address, (uint)(value | parts[count - 1]));
        return at;
    }

    /// <summary>Reads an IPv6 address from the begin of the text; returns its length, or -1.</summary>
    public static int ReadIpv6(ReadOnlySpan<char> text, Span<byte> address)
    {
        Span<ushort> groups = stackalloc ushort[GroupCount];
        var count = 0;
        var gap = -1;
        var at = 0;
        if (text.StartsWith("::"))
        {
            gap = 0;
            at = 2;
        }
        while (count < GroupCount && at < text.Length && char.IsAsciiHexDigit(text[at]))
        {
            if (count <= GroupCount - 2 && ReadTail(text[at..], groups[count..], out var tailLength))
            {
                count += 2;
                at += tailLength;
                break;
            }
            var length = CountHex(text[at..]);
            if (length > 4)
                return -1;
            groups[count++] = ushort.Parse(
                text.Slice(at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            at += length;
            if (count == GroupCount || at + 1 >= text.Length || text[at] != ':')
                break;
            if (text[at + 1] == ':' && gap < 0)
            {
                gap = count;
                at += 2;
            }
            else if (char.IsAsciiHexDigit(text[at + 1]))
            {
                at++;
            }
            else
            {
                break;
            }
        }
        if (gap < 0 ? count != GroupCount : count == GroupCount)
            return -1;
        Spread(groups, count, gap, address);
        return at;
    }

    /// <summary>Writes an IPv4 address; returns its length.</summary>
    public static int WriteIpv4(ReadOnlySpan<byte> address, Span<char> text)
    {
        text.TryWrite(
            CultureInfo.InvariantCulture, $"{address[0]}.{address[1]}.{address[2]}.{address[3]}",
                out var length);
        return length;
    }

    /// <summary>Writes an IPv6 address in its short form; returns its length.</summary>
    public static int WriteIpv6(ReadOnlySpan<byte> address, Span<char> text)
    {
        var end = HasIpv4Tail(address) ? GroupCount - 2 : GroupCount;
        var (gap, gapLength) = LongestZeros(address, end);
        var at = 0;
        for (var i = 0; i < end; i++)
        {
            if (i == gap)
            {
                "::".CopyTo(text[at..]);
                at += 2;
                i += gapLength - 1;
                continue;
            }
            if (at > 0 && text[at - 1] != ':')
                text[at++] = ':';
            Group(address, i).TryFormat(text[at..], out var length, "x", CultureInfo.InvariantCulture);
            at += length;
        }
        if (end == GroupCount)
            return at;
        if (text[at - 1] != ':')
            text[at++] = ':';
        return at + WriteIpv4(address[12..], text[at..]);
    }

    private static int ReadPart(ReadOnlySpan<char> text, bool isStrict, out uint value)
    {
        value = 0;
        var at = 0;
        var radix = 10u;
        if (!isStrict && text.Length > 1 && text[0] == '0')
        {
            var isHex = text.Length > 2 && text[1] is 'x' or 'X' && char.IsAsciiHexDigit(text[2]);
            radix = isHex ? 16u : 8u;
            at = isHex ? 2 : 0;
        }
        var begin = at;
        var sum = 0ul;
        for (; at < text.Length && char.IsAsciiHexDigit(text[at]); at++)
        {
            var digit = (uint)(char.IsAsciiDigit(text[at]) ? text[at] - '0' : (text[at] | 0x20) - 'a' + 10);
            if (digit >= radix || sum > uint.MaxValue)
                break;
            sum = (sum * radix) + digit;
        }
        value = (uint)sum;
        // Strict parts are decimal numbers of at most three digits.
        var isTooLong = sum > uint.MaxValue || (isStrict && at - begin > 3);
        return at == begin || isTooLong ? 0 : at;
    }

    // Four decimal parts in the place of the last two groups.
    private static bool ReadTail(ReadOnlySpan<char> text, Span<ushort> groups, out int length)
    {
        Span<byte> tail = stackalloc byte[4];
        length = ReadIpv4(text, isStrict: true, tail);
        if (length < 0)
            return false;
        groups[0] = BinaryPrimitives.ReadUInt16BigEndian(tail);
        groups[1] = BinaryPrimitives.ReadUInt16BigEndian(tail[2..]);
        return true;
    }

    private static int CountHex(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (count < text.Length && char.IsAsciiHexDigit(text[count]))
            count++;
        return count;
    }

    private static void Spread(ReadOnlySpan<ushort> groups, int count, int gap, Span<byte> address)
    {
        address.Clear();
        var before = gap < 0 ? count : gap;
        for (var i = 0; i < count; i++)
        {
            var place = i < before ? i : GroupCount - count + i;
            BinaryPrimitives.WriteUInt16BigEndian(address[(2 * place)..], groups[i]);
        }
    }

    // IPv4-mapped, IPv4-compatible and ISATAP addresses are written with their IPv4 address.
    private static bool HasIpv4Tail(ReadOnlySpan<byte> address)
    {
        var isZero = address[..8].IndexOfAnyExcept((byte)0) < 0;
        if (isZero && Group(address, 4) == 0)
            return Group(address, 5) == 0xFFFF || (Group(address, 5) == 0 && Group(address, 6) != 0);
        if (isZero && Group(address, 4) == 0xFFFF && Group(address, 5) == 0)
            return true;
        return (Group(address, 4) & 0xFDFF) == 0 && Group(address, 5) == 0x5EFE;
    }

    private static (int At, int Length) LongestZeros(ReadOnlySpan<byte> address, int end)
    {
        var best = (At: -1, Length: 1);
        for (var i = 0; i < end; i++)
        {
            var length = 0;
            while (i + length < end && Group(address, i + length) == 0)
                length++;
            if (length > best.Length)
                best = (i, length);
            i += length;
        }
        return best;
    }

    private static ushort Group(ReadOnlySpan<byte> address, int index) =>
        BinaryPrimitives.ReadUInt16BigEndian(address[(2 * index)..]);
}
