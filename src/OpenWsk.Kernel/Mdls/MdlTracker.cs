// Which MDLs drivers have made and not freed: for the leak report and for the second IoFreeMdl.
// MDLs in a driver's own memory (MmInitializeMdl is inlined) are not known here. It knows nothing about
// flags.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>What is known of one MDL.</summary>
public struct MdlRecord
{
    /// <summary>Number of pages that its PFN array has room for.</summary>
    public int PagesMax;

    public int ThreadId;
}

/// <summary>The MDLs of one world.</summary>
public sealed class MdlTracker
{
    private readonly AddressLedger<MdlRecord> _records = new();

    /// <summary>Number of MDLs from IoAllocateMdl that are not freed.</summary>
    public int Count => _records.Count;

    /// <summary>Every MDL, in the order of addresses.</summary>
    public IReadOnlyList<KeyValuePair<nuint, MdlRecord>> Snapshot() => _records.Snapshot();

    public bool TryGet(GuestPtr<MDL> mdl, out MdlRecord record) => _records.TryGet(mdl.Address, out record);

    internal void OnAllocated(GuestPtr<MDL> mdl, MdlRecord record) =>
        Invariant.That(_records.TryAdd(mdl.Address, record));

    internal bool OnFreed(GuestPtr<MDL> mdl) => _records.TryRemove(mdl.Address, out _);
}
