// Reads events that describe themselves (TraceLoggingProvider.h of the SDK documents the format): metadata
// names the event and its fields with their types, the payload holds the values in a row. Both come from a
// driver, so each length is checked. It knows nothing about providers.
using System.Globalization;
using System.Text;

namespace OpenWsk.Kernel;

/// <summary>Turns metadata and payload into a line.</summary>
internal ref struct TraceLoggingReader
{
    private const byte ChainFlag = 0x80;
    private const byte CountMask = 0x60;
    private const byte ConstantCount = 0x20;
    private const byte VariableCount = 0x40;
    private const byte TypeMask = 0x1F;
    private const byte StructType = 24;
    private const int DepthMax = 8;
    private const int ElementsMax = 1024;
    private ReadOnlySpan<byte> _metadata;
    private ReadOnlySpan<byte> _payload;

    /// <summary>Name(field=value, …); false when the metadata is damaged.</summary>
    public static bool TryDescribe(
        ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> payload, out string text)
    {
        text = "";
        if (metadata.Length < 3 || BitConverter.ToUInt16(metadata) != metadata.Length)
            return false;
        var reader = new TraceLoggingReader { _metadata = metadata[2..], _payload = payload };
        if (!reader.TrySkipTags() || !reader.TryName(out var name))
            return false;
        var fields = new StringBuilder();
        while (!reader._metadata.IsEmpty)
        {
            if (fields.Length != 0)
                fields.Append(", ");
            if (!reader.TryField(fields, 0))
                return false;
        }
        text = $"{name}({fields})";
        return true;
    }

    private bool TryField(StringBuilder text, int depth)
    {
        if (depth > DepthMax || !TryName(out var name) || !TryByte(out var type))
            return false;
        byte format = 0;
        if ((type & ChainFlag) != 0)
        {
            if (!TryByte(out format))
                return false;
            if ((format & ChainFlag) != 0 && !TrySkipTags())
                return false;
        }
        var count = -1;
        switch (type & CountMask)
        {
            case ConstantCount:
                if (!TryTake(ref _metadata, 2, out var constant))
                    return false;
                count = BitConverter.ToUInt16(constant);
                break;
            case VariableCount:
                if (!TryTake(ref _payload, 2, out var variable))
                    return false;
                count = BitConverter.ToUInt16(variable);
                break;
            case CountMask:
                return false;
        }
        text.Append(name).Append('=');
        return (type & TypeMask) == StructType
            ? TryStruct(text, format & ~ChainFlag, count, depth)
            : TryValues(text, (byte)(type & TypeMask), count);
    }

    private bool TryStruct(StringBuilder text, int fields, int count, int depth)
    {
        // Several structures share one description, which is then read again for each.
        var description = _metadata;
        for (var i = 0; i < Math.Max(count, 1); i++)
        {
            _metadata = description;
            text.Append('{');
            for (var field = 0; field < fields; field++)
            {
                if (field != 0)
                    text.Append(", ");
                if (!TryField(text, depth + 1))
                    return false;
            }
            text.Append('}');
        }
        return true;
    }

    private bool TryValues(StringBuilder text, byte type, int count)
    {
        if (count < 0)
            return TryValue(text, type);
        if (count > ElementsMax)
            return false;
        text.Append('[');
        for (var i = 0; i < count; i++)
        {
            if (i != 0)
                text.Append(", ");
            if (!TryValue(text, type))
                return false;
        }
        text.Append(']');
        return true;
    }

    // The numbers are the TlgIn… types in their order.
    private bool TryValue(StringBuilder text, byte type)
    {
        switch (type)
        {
            case 1:
                return TryTerminated(text, 2);
            case 2:
                return TryTerminated(text, 1);
            case 14 or 25:
                return TryCounted(text, b => EtwPayload.Hex(b));
            case 22:
                return TryCounted(text, b => EtwPayload.Quote(Encoding.Unicode.GetString(b)));
            case 23:
                return TryCounted(text, b => EtwPayload.Quote(Encoding.UTF8.GetString(b)));
            case 19:
                return TrySid(text);
        }
        var size = type switch
        {
            0 => 0,
            3 or 4 => 1,
            5 or 6 => 2,
            7 or 8 or 11 or 13 or 20 => 4,
            9 or 10 or 12 or 17 or 21 => 8,
            15 or 18 => 16,
            _ => -1,
        };
        if (size < 0 || !TryTake(ref _payload, size, out var bytes))
            return false;
        text.Append(Number(type, bytes));
        return true;
    }

    private static string Number(byte type, ReadOnlySpan<byte> bytes)
    {
        FormattableString value = type switch
        {
            0 => $"null",
            3 => $"{(sbyte)bytes[0]}",
            4 => $"{bytes[0]}",
            5 => $"{BitConverter.ToInt16(bytes)}",
            6 => $"{BitConverter.ToUInt16(bytes)}",
            7 => $"{BitConverter.ToInt32(bytes)}",
            8 => $"{BitConverter.ToUInt32(bytes)}",
            9 => $"{BitConverter.ToInt64(bytes)}",
            10 => $"{BitConverter.ToUInt64(bytes)}",
            11 => $"{BitConverter.ToSingle(bytes)}",
            12 => $"{BitConverter.ToDouble(bytes)}",
            13 => $"{(BitConverter.ToInt32(bytes) != 0 ? "true" : "false")}",
            15 => $"{new Guid(bytes):D}",
            20 => $"0x{BitConverter.ToUInt32(bytes):x}",
            21 => $"0x{BitConverter.ToUInt64(bytes):x}",
            _ => $"{EtwPayload.Hex(bytes)}",
        };
        return value.ToString(CultureInfo.InvariantCulture);
    }

    private bool TryTerminated(StringBuilder text, int unitBytes)
    {
        for (var at = 0; at + unitBytes <= _payload.Length; at += unitBytes)
        {
            if (_payload[at] != 0 || (unitBytes == 2 && _payload[at + 1] != 0))
                continue;
            var bytes = _payload[..at];
            var decoded = unitBytes == 2 ? Encoding.Unicode.GetString(bytes) : Encoding.UTF8.GetString(bytes);
            text.Append(EtwPayload.Quote(decoded));
            _payload = _payload[(at + unitBytes)..];
            return true;
        }
        return false;
    }

    private bool TryCounted(StringBuilder text, Func<byte[], string> read)
    {
        if (!TryTake(ref _payload, 2, out var length)
            || !TryTake(ref _payload, BitConverter.ToUInt16(length), out var bytes))
            return false;
        text.Append(read(bytes.ToArray()));
        return true;
    }

    private bool TrySid(StringBuilder text)
    {
        if (_payload.Length < SidText.HeaderBytes
            || !TryTake(ref _payload, SidText.LengthOf(_payload[1]), out var bytes))
            return false;
        text.Append(EtwPayload.Hex(bytes));
        return true;
    }

    private bool TrySkipTags()
    {
        byte tag;
        do
        {
            if (!TryByte(out tag))
                return false;
        }
        while ((tag & ChainFlag) != 0);
        return true;
    }

    private bool TryName(out string name)
    {
        var end = _metadata.IndexOf((byte)0);
        name = end < 0 ? "" : Encoding.UTF8.GetString(_metadata[..end]);
        if (end >= 0)
            _metadata = _metadata[(end + 1)..];
        return end >= 0;
    }

    private bool TryByte(out byte value)
    {
        value = 0;
        if (!TryTake(ref _metadata, 1, out var taken))
            return false;
        value = taken[0];
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> from, int count, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (from.Length < count)
            return false;
        taken = from[..count];
        from = from[count..];
        return true;
    }
}
