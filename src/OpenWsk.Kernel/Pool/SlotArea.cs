// A reserved range of addresses cut into slots of equal size: some pages for one block, then a page that is
// never open. It holds the record of the block that lies in each slot or lay there last. It knows nothing
// about which slots are free: see SlotClass.cs.
namespace OpenWsk.Kernel;

/// <summary>Slots in a row.</summary>
internal sealed class SlotArea
{
    public const nuint PageBytes = 4096;

    /// <summary>Slots in a range that was reserved for that number of them.</summary>
    public SlotArea(SlotClass owner, nuint start, int slots, nuint slotBytes)
    {
        Owner = owner;
        Start = start;
        SlotBytes = slotBytes;
        Records = new PoolRecord[slots];
    }

    public SlotClass Owner { get; }

    /// <summary>The first page, which is a guard before the first slot.</summary>
    public nuint Start { get; }

    /// <summary>Data and guard together.</summary>
    public nuint SlotBytes { get; }

    public PoolRecord[] Records { get; }

    public nuint LengthBytes => LengthFor(Records.Length, SlotBytes);

    public static nuint LengthFor(int slots, nuint slotBytes) => PageBytes + ((nuint)slots * slotBytes);

    public bool Contains(nuint address) => address - Start < LengthBytes;

    /// <summary>The slot that an address lies in; its guard belongs to it.</summary>
    public int IndexOf(nuint address)
    {
        var first = Start + PageBytes;
        return address < first ? 0 : (int)((address - first) / SlotBytes);
    }

    /// <summary>Where a slot's guard begins.</summary>
    public nuint GuardOf(int index) => Start + ((nuint)(index + 1) * SlotBytes);
}

/// <summary>One slot.</summary>
internal readonly record struct Slot(SlotArea Area, int Index)
{
    public ref PoolRecord Record => ref Area.Records[Index];

    /// <summary>The end of the slot's data.</summary>
    public nuint Guard => Area.GuardOf(Index);
}
