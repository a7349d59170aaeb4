// One line of the report of what a driver left behind, with the places that made it. It knows nothing about
// how a summary looks. Next: Executive.Leftovers.cs, which collects them, and LeftoverFate.cs.
namespace OpenWsk.Kernel;

/// <summary>Some things of one kind that were left behind.</summary>
/// <param name="Kind">What they are: "IRP", "MDL", "pool 'Tagx'", "thread", "handle".</param>
/// <param name="Count">How many.</param>
/// <param name="Bytes">What they hold; 0 where that says nothing.</param>
/// <param name="Detail">Which ones, for people; at most a few are named.</param>
public sealed record Leftover(string Kind, int Count, ulong Bytes, string Detail)
{
    /// <summary>Who made them; empty when nobody knows.</summary>
    public IReadOnlyList<LeftoverOrigin> Origins { get; init; } = [];

    /// <summary>What becomes of them on Windows; empty when that is not known.</summary>
    public string OnWindows => LeftoverFate.Of(Kind);
}

/// <summary>A place in the driver that made some of what was left behind.</summary>
/// <param name="Count">How many it made.</param>
/// <param name="Stack">The guest's frames, innermost first, as reports name addresses.</param>
public sealed record LeftoverOrigin(int Count, IReadOnlyList<string> Stack);
