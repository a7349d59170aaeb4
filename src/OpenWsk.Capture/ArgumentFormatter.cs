// Turns raw 64-bit arguments into the text of a trace: by the parameter's C# type, then by its name.
// Values that the guest passes for us to fill are not read: what lies there before the call says nothing.
// It knows nothing about lines or threads: that is TraceWriter. Reads are GuestReader's.
using System.Collections.Concurrent;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

/// <summary>Formats arguments and results.</summary>
public static class ArgumentFormatter
{
    private static readonly ConcurrentDictionary<string, Type?> s_enums = new();

    /// <summary>One argument of a routine, without its name.</summary>
    public static string Argument(Routine routine, int index, ulong value)
    {
        var parameter = routine.Parameters[index];
        if (SymbolNames.Find(routine.Name, parameter.Name, value) is { } symbol)
            return symbol;
        if (IsPointer(parameter.Type) && value == 0)
            return "NULL";
        if (IsFilledByCall(routine.Name, parameter.Name))
            return Hex(value);
        return Pointee(parameter, value) ?? Value(parameter.Type, value);
    }

    /// <summary>Every argument as Name=value, separated by commas.</summary>
    public static string Arguments(Routine routine, ReadOnlySpan<ulong> values)
    {
        var count = Math.Min(values.Length, routine.Parameters.Count);
        var parts = new string[count];
        for (var i = 0; i < count; i++)
            parts[i] = $"{routine.Parameters[i].Name}={Argument(routine, i, values[i])}";
        return string.Join(", ", parts);
    }

    /// <summary>As <see cref="Arguments"/>, but without looking at what pointers lead to.</summary>
    public static string RawArguments(Routine routine, ReadOnlySpan<ulong> values)
    {
        var count = Math.Min(values.Length, routine.Parameters.Count);
        var parts = new string[count];
        for (var i = 0; i < count; i++)
        {
            var (name, type) = (routine.Parameters[i].Name, routine.Parameters[i].Type);
            var text = SymbolNames.Find(routine.Name, name, values[i]) ?? Value(type, values[i]);
            parts[i] = $"{name}={text}";
        }
        return string.Join(", ", parts);
    }

    /// <summary>What a routine returned; empty for void.</summary>
    public static string Result(Routine routine, ulong value) =>
        routine.ReturnType == "void" ? "" : Value(routine.ReturnType, value);

    /// <summary>A value by its C# type.</summary>
    public static string Value(string type, ulong value) => type switch
    {
        "NTSTATUS" => ((NTSTATUS)(uint)value).Name(),
        "bool" => (byte)value != 0 ? "TRUE" : "FALSE",
        "byte" => $"{(byte)value}",
        "sbyte" => $"{(sbyte)value}",
        "short" => $"{(short)value}",
        "ushort" => $"{(ushort)value}",
        "int" => $"{(int)value}",
        "uint" => Number((uint)value),
        "long" => $"{(long)value}",
        "ulong" => Number(value),
        "nuint" when value <= 0xFFFF => $"{value}",
        "char" => GuestReader.Quote([(char)value]),
        "VaList" => "...",
        _ => EnumName(type, value) ?? (value == 0 && IsPointer(type) ? "NULL" : Hex(value)),
    };

    /// <summary>An address or opaque word.</summary>
    public static string Hex(ulong value) => $"0x{value:x}";

    // Small numbers are counts and lengths, large ones are masks and codes.
    private static string Number(ulong value) => value <= 0xFFFF ? $"{value}" : Hex(value);

    private static bool IsPointer(string type) => type.StartsWith("GuestPtr<", StringComparison.Ordinal);

    private static bool IsFilledByCall(string routine, string parameter) => (routine, parameter) switch
    {
        ("WskGetLocalAddress" or "WskGetRemoteAddress", "LocalAddress" or "RemoteAddress") => true,
        ("WskAccept" or "WskReceiveFrom", "LocalAddress" or "RemoteAddress") => true,
        ("WskGetNameInfo", "NodeName" or "ServiceName") => true,
        (_, "DestinationString" or "Destination") => true,
        _ => false,
    };

    private static string? Pointee(RoutineParameter parameter, ulong value)
    {
        return parameter.Type switch
        {
            "GuestPtr<SOCKADDR>" => GuestReader.Address(value),
            "GuestPtr<UNICODE_STRING>" => GuestReader.Unicode(value),
            "GuestPtr<STRING>" => GuestReader.Ansi(value),
            "GuestPtr<WSK_BUF>" => GuestReader.Buffer(value),
            "GuestPtr<byte>" or "GuestPtr<sbyte>" when parameter.Name == "Format" => GuestReader.AnsiZ(value),
            "GuestPtr<char>" or "GuestPtr<ushort>" when parameter.Name is "Format" or "SourceString" =>
                GuestReader.WideZ(value),
            "GuestPtr<LARGE_INTEGER>" or "GuestPtr<long>" when parameter.Name is "Timeout" or "Interval" =>
                GuestReader.Time(value),
            "nuint" when parameter.Name == "Format" => GuestReader.AnsiZ(value),
            _ => null,
        };
    }

    private static string? EnumName(string type, ulong value)
    {
        var found = s_enums.GetOrAdd(type, static name =>
            typeof(NTSTATUS).Assembly.GetType("OpenWsk.Abi." + name) is { IsEnum: true } known ? known
                : null);
        if (found is null)
            return null;
        var boxed = Enum.ToObject(found, unchecked((long)value));
        return Enum.IsDefined(found, boxed) ? boxed.ToString() : $"{(int)value}";
    }
}
