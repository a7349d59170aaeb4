// What somebody wants to hear: a provider by GUID, by name or all of them, up to a level, with keywords. It
// knows nothing about who has registered. Next: EtwService.cs.
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace OpenWsk.Kernel;

/// <summary>One wish to hear a provider.</summary>
/// <param name="Provider">A GUID, a name, or * for all.</param>
/// <param name="Level">The highest level; 0 for every one.</param>
/// <param name="Keywords">Any of these keywords; 0 for every one.</param>
public sealed record EtwEnabling(string Provider, byte Level = 0, ulong Keywords = 0)
{
    // The name space of provider names (the EventSource and TraceLogging convention, RFC 4122 version 5).
    private static readonly byte[] s_names = Convert.FromHexString("482C2DB2C39047C887F81A15BFC130FB");

    /// <summary>Reads PROVIDER[:level[:keywords]]; keywords are hexadecimal.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EtwEnabling? enabling)
    {
        enabling = null;
        var parts = text.Split(':');
        byte level = 0;
        ulong keywords = 0;
        if (parts.Length is 0 or > 3 || parts[0].Length == 0
            || (parts.Length > 1 && !byte.TryParse(parts[1], CultureInfo.InvariantCulture, out level))
            || (parts.Length > 2 && !TryParseHex(parts[2], out keywords)))
            return false;
        enabling = new EtwEnabling(parts[0], level, keywords);
        return true;
    }

    /// <summary>The GUID that TraceLogging providers of a name have.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "the format of TraceLogging names SHA-1")]
    public static Guid GuidOf(string name)
    {
        var upper = name.ToUpperInvariant();
        var bytes = new byte[s_names.Length + (upper.Length * 2)];
        s_names.CopyTo(bytes, 0);
        for (var i = 0; i < upper.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(s_names.Length + (i * 2)), upper[i]);
        var hash = SHA1.HashData(bytes);
        hash[7] = (byte)((hash[7] & 0x0F) | 0x50);
        return new Guid(hash.AsSpan(0, 16));
    }

    /// <summary>Whether a provider is meant.</summary>
    public bool Covers(Guid id, string? name) =>
        Provider == "*"
        || (Guid.TryParse(Provider, out var wanted) && wanted == id)
        || Provider.Equals(name, StringComparison.OrdinalIgnoreCase)
        || GuidOf(Provider) == id;

    /// <summary>Whether an event of this level and these keywords is heard.</summary>
    public bool Hears(byte level, ulong keyword) =>
        (Level == 0 || level <= Level) && (Keywords == 0 || keyword == 0 || (keyword & Keywords) != 0);

    private static bool TryParseHex(string text, out ulong value) => ulong.TryParse(
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text,
        NumberStyles.HexNumber, CultureInfo.InvariantCulture, out value);
}
