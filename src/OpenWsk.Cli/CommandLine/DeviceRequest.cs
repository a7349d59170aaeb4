// --ioctl DEVICE:CODE[:out=BYTES][:in=DATA], --read DEVICE:BYTES and --write DEVICE:DATA: what an application
// asks of a device. DATA is text, or hex:0a0b, or @FILE for a file's bytes, or text: before text that begins
// like one of these. It knows nothing about devices: the run opens them.
using System.Buffers;
using System.Globalization;
using System.Text;

namespace OpenWsk.Cli.CommandLine;

/// <summary>What is asked.</summary>
internal enum DeviceRequestKind
{
    Ioctl,
    Read,
    Write,
}

/// <summary>One request to a device.</summary>
internal sealed record DeviceRequest(DeviceRequestKind Kind, string Device, string Text)
{
    // Far above what a driver takes; bounds what a slip of the hand makes us allocate.
    private const uint LengthMax = 64 << 20;

    private static readonly string[] s_optionNames = [":in=", ":out=", ":second="];

    private static readonly SearchValues<char> s_numberCharacters =
        SearchValues.Create("0123456789xabcdefABCDEF");

    /// <summary>The control code; null for reads and writes.</summary>
    public uint? Code { get; private init; }

    public ReadOnlyMemory<byte> Input { get; private init; }

    /// <summary>Contents of the second buffer of METHOD_IN_DIRECT.</summary>
    public ReadOnlyMemory<byte>? Second { get; private init; }

    /// <summary>Size of the output buffer. Units: bytes.</summary>
    public int OutputLength { get; private init; }

    /// <summary>Where a read or write begins. Units: bytes.</summary>
    public long Offset => 0;

    /// <summary>Reads what stands after the option; a mistake is a usage error.</summary>
    public static DeviceRequest Parse(string option, string text)
    {
        var kind = option switch
        {
            "--read" => DeviceRequestKind.Read,
            "--write" => DeviceRequestKind.Write,
            _ => DeviceRequestKind.Ioctl,
        };
        var colon = text.IndexOf(':');
        if (colon <= 0 || !text.StartsWith('\\'))
            throw Bad(kind, text, $"'{text}' names no device");
        var request = new DeviceRequest(kind, text[..colon], text);
        var rest = text[(colon + 1)..];
        return kind switch
        {
            DeviceRequestKind.Read => request with { OutputLength = Length(kind, text, rest) },
            DeviceRequestKind.Write => request with { Input = Data(kind, text, rest) },
            _ => ParseControl(request, rest),
        };
    }

    public override string ToString() => $"--{Kind.ToString().ToLowerInvariant()} {Text}";

    private static DeviceRequest ParseControl(DeviceRequest request, string rest)
    {
        var parts = rest.Split(':', 2);
        if (Number(parts[0]) is not { } code)
            throw Bad(request.Kind, request.Text, $"'{parts[0]}' is no control code");
        var result = request with { Code = code };
        var options = parts.Length == 2 ? parts[1] : "";
        // What follows in= is data to the end, but for an out= at its very end.
        if (TakeLast(ref options, "out=") is { } last)
            result = result with { OutputLength = Length(request.Kind, request.Text, last) };
        while (options.Length != 0)
        {
            if (options.StartsWith("in=", StringComparison.Ordinal))
                return result with { Input = Data(request.Kind, request.Text, options["in=".Length..]) };
            var next = SplitOption(options);
            if (next[0].StartsWith("out=", StringComparison.Ordinal))
                result = result with
                {
                    OutputLength = Length(request.Kind, request.Text, next[0]["out=".Length..]),
                };
            else if (next[0].StartsWith("second=", StringComparison.Ordinal))
                result = result with
                {
                    Second = Data(request.Kind, request.Text, next[0]["second=".Length..]),
                };
            else
                throw Bad(request.Kind, request.Text, $"'{next[0]}' is none of in=, out= and second=");
            options = next.Length == 2 ? next[1] : "";
        }
        return result;
    }

    // Data has colons of its own; it goes on to the next option.
    private static string[] SplitOption(string options)
    {
        if (!options.StartsWith("second=", StringComparison.Ordinal))
            return options.Split(':', 2);
        var end = s_optionNames.Select(name => options.IndexOf(name, StringComparison.Ordinal))
            .Where(at => at >= 0).DefaultIfEmpty(options.Length).Min();
        return end == options.Length ? [options] : [options[..end], options[(end + 1)..]];
    }

    private static string? TakeLast(ref string options, string name)
    {
        var at = options.LastIndexOf(':' + name, StringComparison.Ordinal);
        if (at < 0 || !options.AsSpan(at + 1 + name.Length).ContainsAnyExcept(s_numberCharacters))
        {
            var value = at < 0 ? null : options[(at + 1 + name.Length)..];
            options = at < 0 ? options : options[..at];
            return value;
        }
        return null;
    }

    private static int Length(DeviceRequestKind kind, string text, string number) =>
        Number(number) is { } length and <= LengthMax
            ? (int)length
            : throw Bad(kind, text, $"'{number}' is no number of bytes");

    private static ReadOnlyMemory<byte> Data(DeviceRequestKind kind, string text, string data)
    {
        if (data.StartsWith('@'))
            return ReadFile(data[1..]);
        if (data.StartsWith("text:", StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(data["text:".Length..]);
        if (!data.StartsWith("hex:", StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(data);
        var digits = data["hex:".Length..].Replace(" ", "").Replace(",", "");
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(digits)
            : throw Bad(kind, text, $"'{digits}' is no row of hexadecimal bytes");
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"run: {path} cannot be read: {e.Message.TrimEnd('.')}");
        }
    }

    private static uint? Number(string text)
    {
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return uint.TryParse(isHex ? text[2..] : text, style, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private static UsageException Bad(DeviceRequestKind kind, string text, string why)
    {
        var form = kind switch
        {
            DeviceRequestKind.Read => @"--read '\\.\Name:64'",
            DeviceRequestKind.Write => @"--write '\\.\Name:hex:0a0b'",
            _ => @"--ioctl '\\.\Name:0x222004:out=64:in=hex:0a0b'",
        };
        return new UsageException($"run: {why} in '{text}'; write {form}");
    }
}
