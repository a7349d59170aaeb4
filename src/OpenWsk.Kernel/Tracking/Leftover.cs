// One line of the report of what a driver left behind. It knows nothing about how a summary looks.
// Next: Executive.Leftovers.cs, which collects them.
namespace OpenWsk.Kernel;

/// <summary>Some things of one kind that were left behind.</summary>
/// <param name="Kind">What they are: "IRP", "MDL", "pool 'Tagx'", "thread", "handle".</param>
/// <param name="Count">How many.</param>
/// <param name="Bytes">What they hold; 0 where that says nothing.</param>
/// <param name="Detail">Which ones, for people; at most a few are named.</param>
public sealed record Leftover(string Kind, int Count, ulong Bytes, string Detail);
