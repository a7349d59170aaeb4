// Security descriptors in text (SDDL) as IoCreateDeviceSecure gets them: D: with flags and entries that allow
// or deny. It knows nothing about objects, and reads no conditions, object types or resource attributes.
using System.Globalization;
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Reads descriptors in text.</summary>
internal static class SddlText
{
    private const string FlagCharacters = "PAIR";
    private const int FieldsOfEntry = 6;

    // Whom two letters stand for.
    private static readonly Dictionary<string, string> s_sids = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SY"] = AccessToken.LocalSystem,
        ["BA"] = AccessToken.Administrators,
        ["WD"] = "S-1-1-0",
        ["CO"] = "S-1-3-0",
        ["OW"] = "S-1-3-4",
        ["NU"] = "S-1-5-2",
        ["IU"] = "S-1-5-4",
        ["SU"] = "S-1-5-6",
        ["AN"] = "S-1-5-7",
        ["AU"] = "S-1-5-11",
        ["RC"] = "S-1-5-12",
        ["LS"] = "S-1-5-19",
        ["NS"] = "S-1-5-20",
        ["BU"] = "S-1-5-32-545",
        ["BG"] = "S-1-5-32-546",
        ["PU"] = "S-1-5-32-547",
        ["AC"] = "S-1-15-2-1",
        ["UD"] = "S-1-5-84-0-0-0-0-0",
    };

    // What two letters of a row of rights stand for.
    private static readonly Dictionary<string, uint> s_rights = new(StringComparer.OrdinalIgnoreCase)
    {
        ["GA"] = GENERIC_ALL,
        ["GR"] = GENERIC_READ,
        ["GW"] = GENERIC_WRITE,
        ["GX"] = GENERIC_EXECUTE,
        ["RC"] = READ_CONTROL,
        ["SD"] = 0x0001_0000,
        ["WD"] = WRITE_DAC,
        ["WO"] = WRITE_OWNER,
        ["FA"] = FILE_ALL_ACCESS,
        ["FR"] = FILE_GENERIC_READ,
        ["FW"] = FILE_GENERIC_WRITE,
        ["FX"] = FILE_GENERIC_EXECUTE,
    };

    /// <summary>The self-relative descriptor; null when the text is none.</summary>
    public static byte[]? Parse(string text)
    {
        if (!text.StartsWith("D:", StringComparison.OrdinalIgnoreCase))
            return null;
        var start = text.IndexOf('(', StringComparison.Ordinal);
        var flags = start < 0 ? text[2..] : text[2..start];
        if (flags.Any(c => !FlagCharacters.Contains(char.ToUpperInvariant(c), StringComparison.Ordinal)))
            return null;
        var entries = new List<AclEntry>();
        for (var at = start; at >= 0 && at < text.Length;)
        {
            var end = text.IndexOf(')', at);
            if (text[at] != '(' || end < 0 || ParseEntry(text[(at + 1)..end]) is not { } entry)
                return null;
            entries.Add(entry);
            at = end + 1;
        }
        var owner = SidText.Bytes(AccessToken.Administrators);
        return DescriptorComposer.Compose(
            (ushort)SE_DACL_PRESENT, owner, owner, null, DescriptorComposer.AclOf(entries));
    }

    // Type; flags of inheritance, which devices do not pass on; rights; two fields of object types; whom.
    private static AclEntry? ParseEntry(string text)
    {
        var fields = text.Split(';');
        if (fields.Length != FieldsOfEntry || fields[3].Length + fields[4].Length > 0)
            return null;
        uint? type = fields[0].ToUpperInvariant() switch
        {
            "A" => ACCESS_ALLOWED_ACE_TYPE,
            "D" => ACCESS_DENIED_ACE_TYPE,
            _ => null,
        };
        return type is { } known && ParseRights(fields[2]) is { } rights && ParseSid(fields[5]) is { } sid
            ? new AclEntry(known, 0, rights, sid)
            : null;
    }

    private static uint? ParseRights(string text)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return uint.TryParse(
                text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var n) ? n : null;
        uint rights = 0;
        for (var i = 0; i < text.Length; i += 2)
        {
            if (i + 2 > text.Length || !s_rights.TryGetValue(text.Substring(i, 2), out var right))
                return null;
            rights |= right;
        }
        return rights;
    }

    private static string? ParseSid(string text)
    {
        if (s_sids.TryGetValue(text, out var known))
            return known;
        var parts = text.Split('-');
        return parts.Length is > 3 and <= 18 && parts[0] is "S" && parts[1] is "1"
            && parts.Skip(2).All(static part =>
                uint.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? text : null;
    }
}
