// [RingTheory]: a theory that needs io_uring, skipped with the kernel's or the container's reason where there
// is none. It knows nothing about the tests. Its twin: RingFactAttribute.cs.
namespace OpenWsk.Net.Uring.Tests;

/// <summary>A theory that needs io_uring.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RingTheoryAttribute : TheoryAttribute
{
    public RingTheoryAttribute() => Skip = UringFeatures.Current.Refusal;
}
