// Names the block that an address belongs to, for crash reports and findings. It knows nothing about faults
// or symbols; the caller gives a function that names addresses. Next: PoolDescription.cs.
namespace OpenWsk.Kernel;

public sealed partial class PoolService
{
    /// <summary>
    /// The block that an address lies in or right beside, live or freed; null when there is none near.
    /// </summary>
    /// <remarks>Slow: for reports. Takes locks that no guest code runs under.</remarks>
    public PoolDescription? Describe(nuint address) =>
        _store.TryLocate(address, out var record) ? Describe(record, address) : null;

    private PoolDescription Describe(in PoolRecord record, nuint address) => new()
    {
        Address = address,
        Block = record,
        MadeStack = _executive.Stacks.Get(record.MadeStack),
        FreedStack = _executive.Stacks.Get(record.FreedStack),
    };
}
