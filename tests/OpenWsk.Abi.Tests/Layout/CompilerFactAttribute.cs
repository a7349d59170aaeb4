// Test attributes that skip, with the reason, where the compiler they need is missing.
// They know nothing about the tests. The compilers are looked for in Toolchain.cs.
namespace OpenWsk.Abi.Tests.Layout;

/// <summary>A test that needs the compiler of one target.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute(Target target)
    {
        if (Toolchain.WhyNot(target) is { } reason) Skip = reason;
    }
}
