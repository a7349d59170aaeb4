// What an event says, as text: TraceLogging events describe themselves, so their fields have names and
// values;
// of others the numbers and the bytes are told. It knows nothing about who listens.
// Next: TraceLoggingReader.cs.
using System.Globalization;
using System.Text;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Describes events.</summary>
internal static class EtwPayload
{
    // EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA and …_PROVIDER_METADATA.
    private const byte EventMetadata = 1;
    private const byte ProviderMetadata = 2;
    private const int BytesShownMax = 64;

    /// <summary>The event in one line.</summary>
    public static string Describe(
        in EVENT_DESCRIPTOR head, GuestPtr<EVENT_DATA_DESCRIPTOR> data, int count)
    {
        byte[]? metadata = null;
        var payload = new List<byte>();
        for (var i = 0; i < count; i++)
        {
            var one = data.At(i).Value;
            var bytes = one.Size == 0 ? [] : GuestMemory.Span((nuint)one.Ptr, (int)one.Size);
            if (one.Type == EventMetadata)
                metadata = bytes.ToArray();
            else if (one.Type != ProviderMetadata)
                payload.AddRange(bytes);
        }
        var all = payload.ToArray();
        if (metadata is not null && TraceLoggingReader.TryDescribe(metadata, all, out var text))
            return $"{text} {Head(head.Level, head.Keyword)}";
        var line = new StringBuilder($"event {head.Id} {Head(head.Level, head.Keyword)}");
        if (head.Version != 0)
            line.Append(CultureInfo.InvariantCulture, $" version={head.Version}");
        if (head.Task != 0)
            line.Append(CultureInfo.InvariantCulture, $" task={head.Task}");
        if (head.Opcode != 0)
            line.Append(CultureInfo.InvariantCulture, $" opcode={head.Opcode}");
        return all.Length == 0 ? line.ToString() : $"{line} data={Hex(all)}";
    }

    /// <summary>Level and keywords.</summary>
    public static string Head(byte level, ulong keyword) =>
        keyword == 0 ? $"level={level}" : $"level={level} keyword=0x{keyword:x}";

    /// <summary>Text in quotes, with what would break a line escaped.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            quoted.Append(char.IsControl(c) ? $"\\x{(int)c:x2}" : c is '"' or '\\' ? $"\\{c}" : $"{c}");
        return quoted.Append('"').ToString();
    }

    /// <summary>The first bytes in hexadecimal.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) => bytes.Length <= BytesShownMax
        ? Convert.ToHexStringLower(bytes)
        : $"{Convert.ToHexStringLower(bytes[..BytesShownMax])}… ({bytes.Length} bytes)";
}
