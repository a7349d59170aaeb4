// A driver's parameter as the user writes it: Name=Value, or FILE.sys:Name=Value for one of several drivers.
// The value's form says its registry type, as a driver reads it: an integer is a REG_DWORD, anything else a
// REG_SZ, and a prefix says otherwise (sz: dword: qword: multi: hex:). It knows nothing about keys: that is
// the run's.
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace OpenWsk.Cli.CommandLine;

/// <summary>Registry types as Windows numbers them (winnt.h).</summary>
internal enum RegistryType : uint
{
    Sz = 1,
    Binary = 3,
    Dword = 4,
    MultiSz = 7,
    Qword = 11,
}

/// <summary>One parameter.</summary>
/// <param name="Driver">The service name of the driver it is for; null for all.</param>
/// <param name="Name">The value's name.</param>
/// <param name="Type">The registry type.</param>
/// <param name="Data">The bytes as the registry holds them.</param>
internal sealed record ParameterValue(string? Driver, string Name, RegistryType Type, byte[] Data)
{
    /// <summary>Reads what stands after --param; a mistake is a usage error.</summary>
    public static ParameterValue Parse(string text)
    {
        var equals = text.IndexOf('=');
        if (equals <= 0)
            throw new UsageException($"run: '{text}' is no parameter; write --param Name=Value");
        var name = text[..equals];
        var driver = (string?)null;
        var colon = name.IndexOf(".sys:", StringComparison.OrdinalIgnoreCase);
        if (colon > 0)
            (driver, name) = (Path.GetFileName(name[..colon]), name[(colon + ".sys:".Length)..]);
        if (name.Length == 0)
            throw new UsageException($"run: '{text}' has no name before '='; write --param Name=Value");
        var value = text[(equals + 1)..];
        var (type, data) = Typed(value)
            ?? throw new UsageException(
                $"run: '{value}' does not fit its type; "
                + "write dword:123, qword:0x10, hex:0a0b, multi:a;b or sz:text");
        return new ParameterValue(driver, name, type, data);
    }

    /// <summary>Whether the parameter is for a driver of the service name.</summary>
    public bool IsFor(string serviceName) =>
        Driver is null || string.Equals(Driver, serviceName, StringComparison.OrdinalIgnoreCase);

    private static (RegistryType Type, byte[] Data)? Typed(string value)
    {
        var colon = value.IndexOf(':');
        var rest = value[(colon + 1)..];
        switch (colon < 0 ? "" : value[..colon])
        {
            case "sz":
                return (RegistryType.Sz, Text(rest + "\0"));
            case "multi":
                return (RegistryType.MultiSz, Text(rest.Replace(';', '\0') + "\0\0"));
            case "hex":
                return Hex(rest) is { } bytes ? (RegistryType.Binary, bytes) : null;
            case "dword":
                return Number(rest) is { } dword and <= uint.MaxValue
                    ? (RegistryType.Dword, Dword((uint)dword)) : null;
            case "qword":
                return Number(rest) is { } qword ? (RegistryType.Qword, Qword(qword)) : null;
            default:
                return Number(value) is { } number and <= uint.MaxValue
                    ? (RegistryType.Dword, Dword((uint)number))
                    : (RegistryType.Sz, Text(value + "\0"));
        }
    }

    private static ulong? Number(string text)
    {
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return ulong.TryParse(isHex ? text[2..] : text, style, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private static byte[]? Hex(string text)
    {
        var digits = text.Replace(" ", "").Replace(",", "");
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(digits)
            : null;
    }

    private static byte[] Text(string text) => Encoding.Unicode.GetBytes(text);

    private static byte[] Dword(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Qword(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
