// Every constant, status and enumerator has the same value in C# and in the C headers.
// It knows nothing about where the values come from: tables (GeneratedFilesTests.cs) or enumerations by hand.
using System.Reflection;

namespace OpenWsk.Abi.Tests.Layout;

public sealed class ConstantTests
{
    [CompilerFact(Target.ClangMsvc)]
    public void Constants_agree_with_clang_for_msvc() => CheckConstants(Target.ClangMsvc);

    [CompilerFact(Target.ClangMingw)]
    public void Constants_agree_with_clang_for_mingw() => CheckConstants(Target.ClangMingw);

    [CompilerFact(Target.GccMingw)]
    public void Constants_agree_with_mingw_gcc() => CheckConstants(Target.GccMingw);

    private static void CheckConstants(Target target)
    {
        var probe = new Probe();
        foreach (var type in new[] { typeof(WskConstants), typeof(WdmConstants) })
            foreach (var constant in type.GetFields(BindingFlags.Public | BindingFlags.Static))
                Add(probe, constant.Name, constant.FieldType, constant.GetRawConstantValue()!);

        foreach (var type in typeof(NTSTATUS).Assembly.GetExportedTypes().Where(type => type.IsEnum)) {
            if (type == typeof(KOBJECTS)) continue; // drivers have no name for these; debuggers do
            foreach (var member in type.GetFields(BindingFlags.Public | BindingFlags.Static))
                Add(probe, member.Name, type.GetEnumUnderlyingType(), member.GetRawConstantValue()!);
        }

        probe.Check(target);
    }

    private static void Add(Probe probe, string name, Type type, object value)
    {
        var (width, bits) = Type.GetTypeCode(type) switch {
            TypeCode.Byte => ("unsigned char", Convert.ToUInt64(value)),
            TypeCode.Int16 => ("unsigned short", (ushort)(short)value),
            TypeCode.UInt16 => ("unsigned short", Convert.ToUInt64(value)),
            TypeCode.Int32 => ("unsigned int", (uint)(int)value),
            TypeCode.UInt32 => ("unsigned int", Convert.ToUInt64(value)),
            TypeCode.UInt64 => ("unsigned long long", (ulong)value),
            _ => throw new InvalidOperationException($"{name} has a type that C constants do not have."),
        };
        probe.Add($"({width})({name})", name, bits);
    }
}
