// [RingFact]: a test that needs io_uring, skipped with the kernel's or the container's reason where there is
// none. It knows nothing about the tests.
namespace OpenWsk.Net.Uring.Tests;

/// <summary>A fact that needs io_uring.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RingFactAttribute : FactAttribute
{
    public RingFactAttribute() => Skip = UringFeatures.Current.Refusal;
}
