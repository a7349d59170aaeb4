// Sizes, alignments and field offsets of the structures in OpenWsk.Abi as the runtime lays them out in memory
// (not as it would marshal them), and the C name of each field where that is a path.
// It knows nothing about what is right: the compilers and the documents are asked by LayoutTests.cs.
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace OpenWsk.Abi.Tests.Layout;

internal static partial class ManagedLayout
{
    // Structures that only C# has, each with its reason.
    private static readonly string[] s_withoutC = [
        "WSK_CLIENT", // opaque; PWSK_CLIENT is a pointer without a type in C
    ];

    // Members with which C# goes beyond the public structure, or that C has as a bit field.
    private static readonly string[] s_membersWithoutC = [
        "DRIVER_EXTENSION.ClientDriverExtension", // the tail belongs to the I/O manager
        "DRIVER_EXTENSION.FsFilterCallbacks",
        "SLIST_ENTRY.Reserved", // padding in C
        "POOL_EXTENDED_PARAMETER.TypeAndFlags", // bit fields in C
    ];

    public static IEnumerable<Type> Structures() => typeof(IRP).Assembly.GetExportedTypes()
        .Where(type => type is { IsValueType: true, IsEnum: false, IsGenericType: false }
            && WindowsName().IsMatch(type.Name) && !s_withoutC.Contains(type.Name))
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    public static IEnumerable<FieldInfo> Fields(Type structure) => structure
        .GetFields(BindingFlags.Public | BindingFlags.Instance)
        .Where(field => !s_membersWithoutC.Contains($"{structure.Name}.{field.Name}"));

    /// <summary>Whether C# keeps more behind the public structure, so that sizes differ.</summary>
    public static bool HasOwnTail(Type structure) => structure == typeof(DRIVER_EXTENSION);

    public static ulong SizeOf(Type type) => Convert.ToUInt64(
        typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null));

    public static ulong AlignmentOf(Type structure) =>
        structure.GetCustomAttribute<GuestAlignmentAttribute>() is { } attribute
            ? (ulong)attribute.Bytes
            : SizeOf(typeof(AlignmentProbe<>).MakeGenericType(structure)) - SizeOf(structure);

    public static ulong OffsetOf(Type structure, FieldInfo field)
    {
        var method = new DynamicMethod(
            "OffsetOf", typeof(long), [structure.MakeByRefType()], typeof(Probe).Module,
            skipVisibility: true);
        var code = method.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldflda, field);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I8);
        code.Emit(OpCodes.Ret);
        var zero = Activator.CreateInstance(structure);
        return Convert.ToUInt64(method.Invoke(null, [zero]));
    }

    /// <summary>The path by which C reaches the field.</summary>
    public static string PathInC(Type structure, string field) => (structure.Name, field) switch {
        ("IRP", "Overlay0") => "Overlay.AsynchronousParameters.UserApcRoutine",
        ("IRP", "Overlay1") => "Overlay.AsynchronousParameters.UserApcContext",
        ("IRP", "DriverContext0" or "DriverContext1" or "DriverContext2" or "DriverContext3") =>
            $"Tail.Overlay.DriverContext[{field[^1]}]",
        ("IRP", "Thread" or "AuxiliaryBuffer" or "ListEntry" or "CurrentStackLocation" or "OriginalFileObject"
            or "IrpExtension") => $"Tail.Overlay.{field}",
        ("IO_STACK_LOCATION", _) when field.StartsWith("Argument", StringComparison.Ordinal) =>
            $"Parameters.Others.{field}",
        ("DEVICE_OBJECT", "Queue") => "Queue.ListEntry",
        ("GROUP_AFFINITY", "Reserved0" or "Reserved1" or "Reserved2") => $"Reserved[{field[^1]}]",
        ("KEY_VALUE_BASIC_INFORMATION" or "KEY_VALUE_FULL_INFORMATION", "Name") => "Name[0]",
        ("KEY_VALUE_PARTIAL_INFORMATION", "Data") => "Data[0]",
        ("SID", "SubAuthority") => "SubAuthority[0]",
        ("SOCKET_ADDRESS_LIST", "Address") => "Address[0]",
        ("IN_ADDR", "S_addr") => "S_un.S_addr",
        ("IN6_ADDR", "Word") => "u.Word",
        _ => field,
    };

    [GeneratedRegex("^[A-Z][A-Z0-9_]+$")]
    private static partial Regex WindowsName();

    private struct AlignmentProbe<T>
    {
#pragma warning disable CS0649, CS0169 // the runtime lays the fields out; nobody reads them
        public byte First;
        public T Second;
#pragma warning restore CS0649, CS0169
    }
}
