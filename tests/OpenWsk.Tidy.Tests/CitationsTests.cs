// [Rule] attributes are found in compiled assemblies wherever a test may carry them: method, class, base
// class, nested class. The assembly is compiled here from text, so that its citations are no claims about the
// project.
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using OpenWsk.Contract;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tidy.Tests;

public sealed class CitationsTests
{
    private const string Source = """
        using OpenWsk.Contract;
        using OpenWsk.TestSupport;
        using Xunit;

        namespace N;

        [Rule("SD-01")]
        public abstract class Base
        {
            [Fact, Rule("SD-02")]
            public void Inherited() { }
        }

        public sealed class Derived : Base
        {
            [ArmTheory, Rule("SD-03", Twin.Violated), Rule("SD-04", Twin.Obeyed)]
            public void Own(Arm arm) { }

            [Rule("SD-05")]
            public void NoTest() { }

            public sealed class Nested
            {
                [CapabilityFact("x"), Rule("SD-06")]
                public void Inner() { }
            }
        }
        """;

    [Fact]
    public void Every_place_of_the_attribute_is_read()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("openwsk-citations").FullName, "n.dll");
        Compile(path);
        var found = Citations.Read(path).OrderBy(citation => citation.Id, StringComparer.Ordinal);
        Assert.Equal(
            [
                new Citation("N.Derived", "Inherited", "SD-01", Twin.None, true),
                new Citation("N.Derived", "Inherited", "SD-02", Twin.None, true),
                new Citation("N.Derived", "Own", "SD-03", Twin.Violated, true),
                new Citation("N.Derived", "Own", "SD-04", Twin.Obeyed, true),
                new Citation("N.Derived", "NoTest", "SD-05", Twin.None, false),
                new Citation("N.Derived+Nested", "Inner", "SD-06", Twin.None, true),
            ],
            found);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static void Compile(string path)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var result = CSharpCompilation.Create(
            "n",
            [CSharpSyntaxTree.ParseText(Source)],
            platform.Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(path);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
    }
}
