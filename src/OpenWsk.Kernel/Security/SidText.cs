// Security identifiers of guest memory as text (S-1-5-18) and back. Every read is bounded; what is
// malformed is
// refused, not followed. It knows nothing about who an identifier is.
using System.Buffers.Binary;
using System.Globalization;
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Reads and writes SIDs.</summary>
public static class SidText
{
    /// <summary>Revision, count and authority, which stand before the subauthorities.</summary>
    public const int HeaderBytes = 8;

    // The authority is written in hexadecimal from here on, as Windows does.
    private const ulong DecimalAuthorityMax = uint.MaxValue;

    /// <summary>Length of a SID with so many subauthorities. Units: bytes.</summary>
    public static int LengthOf(int subAuthorities) => HeaderBytes + (4 * subAuthorities);

    /// <summary>Whether a SID's head is one; at most the room is read.</summary>
    public static bool IsValid(nuint sid, int roomBytes = int.MaxValue) =>
        sid != 0 && roomBytes >= HeaderBytes
        && (GuestMemory.Read<byte>(sid) & 0x0F) == SID_REVISION
        && GuestMemory.Read<byte>(sid + 1) <= SID_MAX_SUB_AUTHORITIES
        && LengthOf(GuestMemory.Read<byte>(sid + 1)) <= roomBytes;

    /// <summary>The SID as text; null when it is malformed or longer than its room.</summary>
    public static string? Read(nuint sid, int roomBytes = int.MaxValue)
    {
        if (!IsValid(sid, roomBytes))
            return null;
        var count = GuestMemory.Read<byte>(sid + 1);
        Span<byte> authority = stackalloc byte[8];
        authority.Clear();
        GuestMemory.Span(sid + 2, 6).CopyToGuest(authority[2..]);
        var value = BinaryPrimitives.ReadUInt64BigEndian(authority);
        var text = new System.Text.StringBuilder("S-1-");
        text.Append(value <= DecimalAuthorityMax
            ? value.ToString(CultureInfo.InvariantCulture)
            : "0x" + value.ToString("X12", CultureInfo.InvariantCulture));
        for (var i = 0; i < count; i++)
            text.Append('-').Append(GuestMemory.Read<uint>(sid + (nuint)LengthOf(i)));
        return text.ToString();
    }

    /// <summary>The bytes of a SID that is written S-1-authority-subauthorities.</summary>
    public static byte[] Bytes(string text)
    {
        var parts = text.Split('-');
        Invariant.That(parts.Length >= 3 && parts[0] == "S");
        var bytes = new byte[LengthOf(parts.Length - 3)];
        var isHex = parts[2].StartsWith("0x", StringComparison.Ordinal);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, isHex
            ? ulong.Parse(parts[2][2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : ulong.Parse(parts[2], CultureInfo.InvariantCulture));
        bytes[0] = (byte)SID_REVISION;
        bytes[1] = (byte)(parts.Length - 3);
        for (var i = 3; i < parts.Length; i++)
        {
            var value = uint.Parse(parts[i], CultureInfo.InvariantCulture);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(LengthOf(i - 3)), value);
        }
        return bytes;
    }

    /// <summary>Length of a SID in guest memory. Units: bytes.</summary>
    internal static int LengthAt(nuint sid) => LengthOf(GuestMemory.Read<byte>(sid + 1));
}
