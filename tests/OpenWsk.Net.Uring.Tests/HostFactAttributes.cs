// The tests of Net.Host that are compiled here a second time say [Fact] and [Theory]; in their namespace
// these are found first, so that where io_uring is missing all of them are skipped with the reason.
using OpenWsk.Net.Uring;

namespace OpenWsk.Net.Host.Tests;

/// <summary>A fact that needs io_uring.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactAttribute : Xunit.FactAttribute
{
    public FactAttribute() => Skip = UringFeatures.Current.Refusal;
}

/// <summary>A theory that needs io_uring.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryAttribute : Xunit.TheoryAttribute
{
    public TheoryAttribute() => Skip = UringFeatures.Current.Refusal;
}
