// What the generator needs to know of one export, as plain values that compare equal when nothing changed.
// It is read once from the symbols; RoutineEmitter.cs turns it into text.
using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace OpenWsk.Generators;

/// <summary>One exported method.</summary>
internal sealed record ExportModel(
    string Library,
    string Name,
    string Method,
    string Context,
    string Support,
    string Note,
    string MaxIrql,
    string IrqlRule,
    string CallClass,
    string ReturnType,
    string ReturnDisplay,
    string ReturnKind,
    string Parameters,
    string Problem)
{
    private static readonly SymbolDisplayFormat Full = SymbolDisplayFormat.FullyQualifiedFormat;

    public static ExportModel From(IMethodSymbol method, AttributeData attribute)
    {
        var named = attribute.NamedArguments.ToDictionary(a => a.Key, a => a.Value.Value);
        var library = (string)attribute.ConstructorArguments[0].Value!;
        var support = Convert.ToInt32(attribute.ConstructorArguments[1].Value).ToString();
        var problem = "";
        var parameters = new List<string>();
        foreach (var parameter in method.Parameters.Skip(1))
        {
            var kind = KindOf(parameter.Type);
            if (kind.Length == 0)
                problem = $"parameter {parameter.Name} has a type that no register holds";
            parameters.Add(
                $"{parameter.Name}|{kind}|{parameter.Type.ToDisplayString(Full)}|{Display(parameter.Type)}");
        }
        var returnKind = method.ReturnsVoid ? "void" : KindOf(method.ReturnType);
        if (returnKind.Length == 0)
            problem = "the result has a type that no register holds";
        if (!method.IsStatic || method.Parameters.Length == 0)
            problem = "an export is a static method whose first parameter is the Executive";
        return new ExportModel(
            library,
            named.TryGetValue("Name", out var name) && name is string s ? s : method.Name,
            method.ContainingType.ToDisplayString(Full) + "." + method.Name,
            method.Parameters.Length == 0 ? "" : method.Parameters[0].Type.ToDisplayString(Full),
            support,
            named.TryGetValue("Note", out var note) && note is string n ? n : "",
            named.TryGetValue("MaxIrql", out var irql) ? Convert.ToInt32(irql).ToString() : "15",
            named.TryGetValue("IrqlRule", out var rule) && rule is string r ? r : "",
            named.TryGetValue("Class", out var callClass) ? Convert.ToInt32(callClass).ToString() : "1",
            method.ReturnType.ToDisplayString(Full),
            method.ReturnsVoid ? "void" : Display(method.ReturnType),
            returnKind,
            string.Join("\n", parameters),
            problem);
    }

    // int: cast from ulong; enum: cast through the underlying type; ptr: a struct made from the address.
    private static string KindOf(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_Byte or SpecialType.System_SByte or SpecialType.System_Int16
            or SpecialType.System_UInt16 or SpecialType.System_Int32 or SpecialType.System_UInt32
            or SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_IntPtr
            or SpecialType.System_UIntPtr or SpecialType.System_Char => "int",
        _ when type.TypeKind == TypeKind.Enum =>
            "enum:" + ((INamedTypeSymbol)type).EnumUnderlyingType!.ToDisplayString(Full),
        _ when type.Name == "GuestPtr" => "ptr",
        _ when type.Name == "VaList" => "va",
        _ => "",
    };

    private static string Display(ITypeSymbol type) =>
        type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
}
