// Part of AddressRoutines: what the routines of both widths share — text in and out of guest memory, ports,
// scopes. It knows nothing about the addresses' grammar: see AddressText.cs.
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public static partial class AddressRoutines
{
    private static string TextAt(nuint address, bool isWide) =>
        isWide ? GuestMemory.WideZ(address).ToString()
            : Encoding.Latin1.GetString(GuestMemory.AnsiZ(address));

    private static nuint Put(ReadOnlySpan<char> text, nuint target, bool isWide)
    {
        if (isWide)
        {
            text.CopyToGuest(GuestMemory.Chars(target, text.Length));
            GuestMemory.Write(target + (nuint)(text.Length * 2), '\0');
            return target + (nuint)(text.Length * 2);
        }
        Encoding.Latin1.GetBytes(text, GuestMemory.Span(target, text.Length));
        GuestMemory.Write(target + (nuint)text.Length, (byte)0);
        return target + (nuint)text.Length;
    }

    private static NTSTATUS PutSized(ReadOnlySpan<char> text, nuint target, GuestPtr<uint> room, bool isWide)
    {
        var had = room.Value;
        room.Value = (uint)text.Length + 1;
        if (target == 0 || had < room.Value)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Put(text, target, isWide);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS PutAddress(
        int length, ReadOnlySpan<byte> address, nuint target, nuint text, GuestPtr<nuint> terminator,
            bool isWide)
    {
        if (length < 0)
        {
            terminator.Value = text;
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        terminator.Value = text + (nuint)(length * (isWide ? 2 : 1));
        address.CopyToGuest(GuestMemory.Span(target, address.Length));
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static int WritePort(ushort port, Span<char> text)
    {
        if (port == 0)
            return 0;
        var hostOrder = BinaryPrimitives.ReverseEndianness(port);
        text.TryWrite(CultureInfo.InvariantCulture, $":{hostOrder}", out var length);
        return length;
    }

    private static int WriteIpv6(ReadOnlySpan<byte> address, uint scopeId, ushort port, Span<char> text)
    {
        var length = 0;
        if (port != 0)
            text[length++] = '[';
        length += AddressText.WriteIpv6(address, text[length..]);
        if (scopeId != 0)
        {
            text[length..].TryWrite(CultureInfo.InvariantCulture, $"%{scopeId}", out var scopeLength);
            length += scopeLength;
        }
        if (port != 0)
            text[length++] = ']';
        return length + WritePort(port, text[length..]);
    }

    private static NTSTATUS ReadIpv4(
        ReadOnlySpan<char> text, bool isStrict, nuint target, GuestPtr<ushort> port)
    {
        Span<byte> address = stackalloc byte[Ipv4Bytes];
        var length = AddressText.ReadIpv4(text, isStrict, address);
        if (length < 0 || !TryReadPort(text[length..], out var portNumber))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        address.CopyToGuest(GuestMemory.Span(target, Ipv4Bytes));
        port.Value = portNumber;
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS ReadIpv6(
        ReadOnlySpan<char> text, nuint target, GuestPtr<uint> scopeId, GuestPtr<ushort> port)
    {
        var isBracketed = text.StartsWith("[");
        text = isBracketed ? text[1..] : text;
        Span<byte> address = stackalloc byte[Ipv6Bytes];
        var length = AddressText.ReadIpv6(text, address);
        if (length < 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        text = text[length..];
        var scope = 0u;
        if (text.StartsWith("%"))
        {
            var digits = text[1..].IndexOfAnyExceptInRange('0', '9');
            digits = digits < 0 ? text.Length - 1 : digits;
            if (!uint.TryParse(text.Slice(1, digits), CultureInfo.InvariantCulture, out scope))
                return NTSTATUS.STATUS_INVALID_PARAMETER;
            text = text[(digits + 1)..];
        }
        if (isBracketed && !text.StartsWith("]"))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (!TryReadPort(isBracketed ? text[1..] : text, out var portNumber))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (!isBracketed && portNumber != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        address.CopyToGuest(GuestMemory.Span(target, Ipv6Bytes));
        scopeId.Value = scope;
        port.Value = portNumber;
        return NTSTATUS.STATUS_SUCCESS;
    }

    // Nothing, or a colon and a decimal number; the number in network order.
    private static bool TryReadPort(ReadOnlySpan<char> text, out ushort port)
    {
        port = 0;
        if (text.IsEmpty)
            return true;
        if (text[0] != ':' || !ushort.TryParse(
            text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var hostOrder))
            return false;
        port = BinaryPrimitives.ReverseEndianness(hostOrder);
        return true;
    }
}
