// The rules of STYLE.md that need C# syntax: method lengths, unsafe code, sealed classes, commented-out code,
// sleeping. It parses every file once and asks no semantic question.
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tidy.Tests;

public sealed class CodeTests
{
    private const int MethodLinesMax = 70;

    private static readonly Lazy<List<(SourceFile File, CompilationUnitSyntax Root)>> LazyParsed = new(() =>
    [
        .. SourceTree.Code.Where(file => file.Extension == ".cs").AsParallel().AsOrdered().Select(
            file => (file, CSharpSyntaxTree.ParseText(file.Text).GetCompilationUnitRoot())),
    ]);

    private static IEnumerable<(SourceFile File, CompilationUnitSyntax Root)> Parsed => LazyParsed.Value;

    [Fact]
    public void Methods_are_short() => Expect.None(
        from parsed in Parsed
        from node in parsed.Root.DescendantNodes()
        where node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
        let span = node.GetLocation().GetLineSpan()
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > MethodLinesMax
        select $"{parsed.File.Path}:{span.StartLinePosition.Line + 1}: {lines} lines; split the method "
            + $"({MethodLinesMax} at most, aim at 20).");

    [Fact]
    public void Unsafe_code_has_its_own_files() => Expect.None(
        from parsed in Parsed
        where !parsed.File.Name.EndsWith(".Unsafe.cs", StringComparison.Ordinal)
        where !LayerTable.Rows.Any(row => row.IsUnsafeThroughout && parsed.File.IsUnder($"src/{row.Project}"))
        from token in parsed.Root.DescendantTokens()
        where token.IsKind(SyntaxKind.UnsafeKeyword)
        select $"{At(parsed.File, token.GetLocation())}: move the unsafe part to a file *.Unsafe.cs.");

    [Fact]
    public void Classes_are_sealed_unless_derived()
    {
        var bases = Parsed
            .SelectMany(parsed => parsed.Root.DescendantNodes().OfType<SimpleBaseTypeSyntax>())
            .Select(type => NameOf(type.Type))
            .Concat(Parsed.SelectMany(parsed => parsed.Root.DescendantNodes())
                .OfType<PrimaryConstructorBaseTypeSyntax>().Select(type => NameOf(type.Type)))
            .ToHashSet();
        SyntaxKind[] free = [SyntaxKind.SealedKeyword, SyntaxKind.StaticKeyword, SyntaxKind.AbstractKeyword];
        Expect.None(
            from parsed in Parsed
            from type in parsed.Root.DescendantNodes().OfType<TypeDeclarationSyntax>()
            where type is ClassDeclarationSyntax or RecordDeclarationSyntax
            where !type.IsKind(SyntaxKind.RecordStructDeclaration)
            where !AllParts(type.Identifier.Text).Any(
                part => part.Modifiers.Any(word => free.Contains(word.Kind())))
            where !bases.Contains(type.Identifier.Text)
            select $"{At(parsed.File, type.Identifier.GetLocation())}: nothing derives from "
                + $"{type.Identifier.Text}; seal it.");
    }

    [Fact]
    public void No_code_stands_in_comments() => Expect.None(
        from parsed in Parsed
        from trivia in parsed.Root.DescendantTrivia()
        where trivia.IsKind(SyntaxKind.SingleLineCommentTrivia)
        where IsStatement(trivia.ToString()[2..].Trim())
        select $"{At(parsed.File, trivia.GetLocation())}: this comment is code; history remembers it.");

    // The command line may wait for a time that its user gave, such as --seconds.
    [Fact]
    public void Nothing_sleeps() => Expect.None(
        from parsed in Parsed
        from call in parsed.Root.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
        let name = $"{call.Expression.ToString().Split('.')[^1]}.{call.Name.Identifier.Text}"
        where name is "Thread.Sleep" or "Task.Delay" or "SpinWait.SpinUntil" or "Thread.SpinWait"
        where name != "Task.Delay" || !parsed.File.IsUnder("src/OpenWsk.Cli")
        select $"{At(parsed.File, call.GetLocation())}: wait for the event itself, with a loud guard.");

    [Fact]
    public void Public_types_are_described() => Expect.None(
        from parsed in Parsed
        where parsed.File.IsUnder("src")
        from type in parsed.Root.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
        where type.Modifiers.Any(SyntaxKind.PublicKeyword) && type.Parent is BaseNamespaceDeclarationSyntax
        where !AllParts(type.Identifier.Text).Any(HasDocumentation)
        select $"{At(parsed.File, type.Identifier.GetLocation())}: {type.Identifier.Text} is public; "
            + "give it a <summary> of one sentence.");

    [Fact]
    public void Namespaces_are_file_scoped() => Expect.None(
        from parsed in Parsed
        from space in parsed.Root.DescendantNodes().OfType<NamespaceDeclarationSyntax>()
        select $"{At(parsed.File, space.GetLocation())}: end the namespace line with a semicolon.");

    [Theory]
    [InlineData("return;", true)]
    [InlineData("socket.Close();", true)]
    [InlineData("var x = 1;", true)]
    [InlineData("if (x) {", true)]
    [InlineData("}", true)]
    [InlineData("the socket is closed;", false)]
    [InlineData("closed;", false)]
    [InlineData("Waits for the peer (see RFC 9293).", false)]
    [InlineData("", false)]
    public void A_comment_is_code_when_it_parses_as_a_statement(string comment, bool isCode) =>
        Assert.Equal(isCode, IsStatement(comment));

    private static bool IsStatement(string comment)
    {
        if (comment is "{" or "}"
            || (comment.EndsWith('{') && comment.Contains(')', StringComparison.Ordinal)))
        {
            return true;
        }
        if (!comment.EndsWith(';'))
        {
            return false;
        }
        var statement = SyntaxFactory.ParseStatement(comment);
        return !statement.ContainsDiagnostics
            && statement.FullSpan.Length == comment.Length
            && statement is not (
                LocalDeclarationStatementSyntax { Declaration.Variables: [{ Initializer: null }] }
                or ExpressionStatementSyntax { Expression: IdentifierNameSyntax });
    }

    private static IEnumerable<BaseTypeDeclarationSyntax> AllParts(string name) => LazyParts.Value[name];

    private static readonly Lazy<ILookup<string, BaseTypeDeclarationSyntax>> LazyParts = new(() =>
        Parsed.SelectMany(parsed => parsed.Root.DescendantNodes().OfType<BaseTypeDeclarationSyntax>())
            .ToLookup(type => type.Identifier.Text));

    private static bool HasDocumentation(BaseTypeDeclarationSyntax type) => type.GetLeadingTrivia().Any(
        trivia => trivia.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia));

    private static string NameOf(TypeSyntax type) => type switch
    {
        SimpleNameSyntax simple => simple.Identifier.Text,
        QualifiedNameSyntax qualified => qualified.Right.Identifier.Text,
        _ => type.ToString(),
    };

    private static string At(SourceFile file, Location location) =>
        $"{file.Path}:{location.GetLineSpan().StartLinePosition.Line + 1}";
}
