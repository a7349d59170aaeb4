// The source generator behind [Export]: from one attribute on a method it makes the routine's description,
// its unmanaged entry, its managed invoker, the IRQL check and the trace events. It knows nothing about what
// routines do, and it emits no machine code: that is the loader's. Next: RoutineEmitter.cs for the text it
// writes.
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace OpenWsk.Generators;

/// <summary>Collects the exports of an assembly and writes GeneratedRoutines.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class ExportGenerator : IIncrementalGenerator
{
    private const string Attribute = "OpenWsk.Kernel.ExportAttribute";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var exports = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                Attribute,
                static (node, _) => node is MethodDeclarationSyntax,
                static (c, _) => ExportModel.From((IMethodSymbol)c.TargetSymbol, c.Attributes[0]))
            .Collect();
        var name = context.CompilationProvider.Select(static (c, _) => c.AssemblyName ?? "Assembly");
        context.RegisterSourceOutput(
            exports.Combine(name), static (c, pair) => Emit(c, pair.Left, pair.Right));
    }

    private static void Emit(
        SourceProductionContext context, ImmutableArray<ExportModel> exports, string assembly)
    {
        var ordered = exports.OrderBy(e => e.Library, System.StringComparer.Ordinal)
            .ThenBy(e => e.Name, System.StringComparer.Ordinal).ToList();
        foreach (var export in ordered.Where(e => e.Problem.Length != 0))
            context.ReportDiagnostic(
                Diagnostic.Create(Unsupported, Location.None, export.Method, export.Problem));
        var text = RoutineEmitter.Write(assembly, ordered.Where(e => e.Problem.Length == 0).ToList());
        context.AddSource("GeneratedRoutines.g.cs", SourceText.From(text, Encoding.UTF8));
    }

    private static readonly DiagnosticDescriptor Unsupported = new(
        "OWGEN01", "Unsupported export signature", "{0}: {1}", "OpenWsk", DiagnosticSeverity.Error, true);
}
