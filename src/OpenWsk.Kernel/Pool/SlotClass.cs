// All slots of one size: which of them are free and in which order they are used again. Fresh slots come
// first while few have been freed, so that freed memory stays untouched for a while (quarantine). It knows
// nothing about blocks and their patterns: see BlockStore.cs.
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>The slots of one size.</summary>
internal sealed class SlotClass(BlockStore store, IGuardPages pages, SlotPlan plan)
{
    // One reservation: large enough that there are few, small enough that the guards of one are installed in
    // a fraction of a millisecond (measured 2026-11: 128 MB in 1.0 ms).
    private const int AreaBytes = 16 << 20;
    private readonly Queue<Slot> _freed = new();
    private SlotArea? _fresh;
    private int _freshNext;
    private int _slots;

    /// <summary>Guards everything of this class: records, free slots, areas.</summary>
    public Lock Gate { get; } = new();

    public SlotPlan Plan => plan;

    public nuint DataBytes => (nuint)plan.Pages * SlotArea.PageBytes;

    /// <summary>A slot without an owner; the caller holds the gate. False when there is none.</summary>
    public bool TryTake(out Slot slot)
    {
        if (_freed.Count > plan.Quarantine || (_freed.Count > 0 && !CanGrow()))
        {
            slot = _freed.Dequeue();
            return true;
        }
        slot = default;
        if (_fresh is null || _freshNext == _fresh.Records.Length)
        {
            if (!CanGrow() || !TryGrow())
                return false;
        }
        slot = new Slot(_fresh!, _freshNext++);
        return true;
    }

    /// <summary>Gives a slot back; the caller holds the gate.</summary>
    public void Give(Slot slot) => _freed.Enqueue(slot);

    private bool CanGrow() =>
        (_fresh is not null && _freshNext < _fresh.Records.Length) || _slots < plan.SlotsMax;

    private bool TryGrow()
    {
        var slotBytes = DataBytes + SlotArea.PageBytes;
        var slots = Math.Min(Math.Max(1, (int)(AreaBytes / slotBytes)), plan.SlotsMax - _slots);
        var start = pages.TryReserve(SlotArea.LengthFor(slots, slotBytes), plan.IsExecutable);
        if (start == 0)
            return false;
        _fresh = new SlotArea(this, start, slots, slotBytes);
        _freshNext = 0;
        _slots += slots;
        store.Add(_fresh);
        return true;
    }
}

/// <summary>How a class of slots behaves.</summary>
/// <param name="Pages">Pages for data in a slot.</param>
/// <param name="SlotsMax">There are never more slots.</param>
/// <param name="Quarantine">So many freed slots wait before the first of them is used again.</param>
/// <param name="IsExecutable">Whether code may run in them.</param>
internal readonly record struct SlotPlan(int Pages, int SlotsMax, int Quarantine, bool IsExecutable);
