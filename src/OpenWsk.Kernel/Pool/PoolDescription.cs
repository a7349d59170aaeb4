// Which block an address belongs to, where in it or beside it, and who made and freed the block: as values
// and as a sentence. It knows nothing about how the block was found. Next: PoolService.Describe.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Where an address lies with regard to a block.</summary>
public enum PoolPlace
{
    Inside,
    PastEnd,
    BeforeStart,
}

/// <summary>The block that an address belongs to.</summary>
public sealed record PoolDescription
{
    public required nuint Address { get; init; }

    public required PoolRecord Block { get; init; }

    /// <summary>Return addresses of who made it, innermost first; empty when not known.</summary>
    public required IReadOnlyList<nuint> MadeStack { get; init; }

    /// <summary>Return addresses of who freed it, innermost first; empty when not known.</summary>
    public required IReadOnlyList<nuint> FreedStack { get; init; }

    public bool IsFreed => Block.State == BlockState.Freed;

    public PoolPlace Place => Address < Block.Address ? PoolPlace.BeforeStart
        : Address - Block.Address < Block.SizeBytes ? PoolPlace.Inside
        : PoolPlace.PastEnd;

    /// <summary>Bytes before the start, past the end or into the block.</summary>
    public nuint Distance => Place switch
    {
        PoolPlace.BeforeStart => Block.Address - Address,
        PoolPlace.Inside => Address - Block.Address,
        _ => Address - Block.Address - Block.SizeBytes,
    };

    /// <summary>Four characters in quotes.</summary>
    public string TagText => PoolService.TagName(Block.Tag);

    /// <summary>"nonpaged pool", "IRP" and the like.</summary>
    public string KindText => Block.Use switch
    {
        BlockUse.Irp => "IRP",
        BlockUse.Mdl => "MDL",
        BlockUse.Object => "kernel structure",
        _ => Block.IsPaged ? "paged pool" : "nonpaged pool",
    };

    /// <summary>The whole as one sentence without a full stop.</summary>
    /// <param name="nameAddress">Names a code address as reports do.</param>
    public string Text(Func<nuint, string> nameAddress)
    {
        var where = Place switch
        {
            PoolPlace.BeforeStart => $"{Distance} bytes before the start of",
            PoolPlace.PastEnd => $"{Distance} bytes past the end of",
            _ => $"{Distance} bytes into",
        };
        var block = $"{where} a {(IsFreed ? "freed" : "live")} {Block.SizeBytes}-byte block {TagText} "
            + $"({KindText}) at 0x{(ulong)Block.Address:x}, {MadeText(nameAddress)}";
        return IsFreed ? $"{block}, {FreedText(nameAddress)}" : block;
    }

    /// <summary>Who made it.</summary>
    public string MadeText(Func<nuint, string> nameAddress) =>
        $"made by T{Block.ThreadId}{From(MadeStack, nameAddress)}";

    /// <summary>Who freed it.</summary>
    public string FreedText(Func<nuint, string> nameAddress) =>
        $"freed by T{Block.FreedThreadId}{From(FreedStack, nameAddress)}";

    private static string From(IReadOnlyList<nuint> stack, Func<nuint, string> nameAddress) =>
        stack.Count == 0 ? "" : $" from {nameAddress(stack[0])}";
}
