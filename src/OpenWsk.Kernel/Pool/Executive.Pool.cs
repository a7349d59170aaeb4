// The memory services of the executive: it only composes.
// Next: PoolService.cs, BlockStore.cs, ../Mdls/MdlTracker.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The pool of this world.</summary>
    public PoolService Pool { get; private set; }

    /// <summary>The MDLs that drivers have made.</summary>
    public MdlTracker Mdls { get; } = new();

    /// <summary>Who made and freed things.</summary>
    public StackLog Stacks { get; private set; }

    /// <summary>Names a code address as reports do; a bare number where there is no machine code.</summary>
    public string NameAddress(nuint address) =>
        Code.Native?.NameAddress(address) ?? $"0x{(ulong)address:x}";
}
