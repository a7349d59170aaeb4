// What a scan has found in an image: which instructions are replaced when it is mapped, which are left to the
// trap and why, and which ones an image may not contain. It knows nothing about how; see PatchScanner.cs and
// ImagePatcher.cs.
using Iced.Intel;

namespace OpenWsk.Loader;

/// <summary>
/// A read or write of cr8 with the neighbour that makes room for a jump: the instructions that move into a
/// trampoline, in order.
/// </summary>
internal sealed record IrqlSite(uint Rva, uint LengthBytes, IReadOnlyList<Instruction> Moved);

/// <summary>An instruction that is left as it is, for people.</summary>
/// <param name="Rva">Its place in the image.</param>
/// <param name="Text">What it is and why it stays.</param>
public sealed record PatchNote(uint Rva, string Text);

/// <summary>The findings of one scan.</summary>
public sealed class PatchPlan
{
    internal List<IrqlSite> IrqlSites { get; } = [];

    internal List<uint> PageConstants { get; } = [];

    internal List<PatchNote> TrappedSites { get; } = [];

    internal List<PatchNote> NotedSites { get; } = [];


    /// <summary>How many reads and writes of cr8 became a jump to code of ours.</summary>
    public int IrqlCount => IrqlSites.Sum(site => site.Moved.Count(PatchScanner.IsIrqlAccess));

    /// <summary>How many addresses of KUSER_SHARED_DATA in code became our page's.</summary>
    public int PageCount => PageConstants.Count;

    /// <summary>Reads and writes of cr8 that cannot be replaced; each costs a trap when it runs.</summary>
    public IReadOnlyList<PatchNote> Trapped => TrappedSites;

    /// <summary>Bytes that would be a forbidden instruction if they were code.</summary>
    public IReadOnlyList<PatchNote> Noted => NotedSites;

    /// <summary>The instruction for which the image is refused, or null.</summary>
    public PatchNote? Refused { get; internal set; }

    /// <summary>Whether there is anything to say.</summary>
    public bool IsEmpty =>
        IrqlSites.Count == 0 && PageConstants.Count == 0 && TrappedSites.Count == 0 && NotedSites.Count == 0;

    /// <summary>What would become of a file's instructions, without mapping it.</summary>
    public static PatchPlan Of(DriverImage image) => PatchScanner.Scan(image);
}
