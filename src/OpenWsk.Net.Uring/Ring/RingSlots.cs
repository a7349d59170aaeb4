// The table from the number that travels through the kernel with each operation (user_data) to whoever waits
// for it, so that an operation costs no object and no handle. A slot is given to a socket once; it is freed
// when none of its operations is under way, so a number never means somebody else. It knows nothing about
// what operations are. Next: UringLoop.cs.
using System.Runtime.CompilerServices;

namespace OpenWsk.Net.Uring.Ring;

/// <summary>The sockets of one ring; used on its thread only.</summary>
internal sealed class RingSlots
{
    private Slot[] _slots = new Slot[64];
    private int _count;
    private int _free = -1;

    private struct Slot
    {
        public IRingTarget? Target;
        public uint Generation;
        public int UnderWay;
        public int NextFree;
    }

    /// <summary>Operations that the kernel has.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Gives a target its slot.</summary>
    public int Add(IRingTarget target)
    {
        var slot = _free;
        if (slot >= 0)
        {
            _free = _slots[slot].NextFree;
        }
        else
        {
            slot = _count++;
            if (slot == _slots.Length)
            {
                Array.Resize(ref _slots, slot * 2);
            }
        }
        _slots[slot].Target = target;
        return slot;
    }

    /// <summary>Frees a slot that has nothing under way.</summary>
    public void Remove(int slot)
    {
        ref var entry = ref _slots[slot];
        if (entry.UnderWay != 0 || entry.Target is null)
        {
            throw new InvalidOperationException("A slot of a ring was freed too early or twice.");
        }
        entry.Target = null;
        entry.Generation++;
        entry.NextFree = _free;
        _free = slot;
    }

    /// <summary>Counts an operation that is about to be submitted and names it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Begin(int slot, int kind)
    {
        ref var entry = ref _slots[slot];
        entry.UnderWay++;
        UnderWay++;
        return Name(slot, entry.Generation, kind);
    }

    /// <summary>The name of an operation that is under way.</summary>
    public ulong NameOf(int slot, int kind) => Name(slot, _slots[slot].Generation, kind);

    /// <summary>Finds whose completion it is; null for a number that means nobody.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IRingTarget? Find(ulong name, bool isLast, out int kind)
    {
        kind = (byte)name;
        var slot = (uint)(name >> 32);
        var slots = _slots;
        if (slot >= (uint)slots.Length)
        {
            return null;
        }
        ref var entry = ref slots[slot];
        if (((entry.Generation ^ (uint)(name >> 8)) & 0xFFFFFF) != 0)
        {
            return null;
        }
        if (isLast)
        {
            entry.UnderWay--;
            UnderWay--;
        }
        return entry.Target;
    }

    private static ulong Name(int slot, uint generation, int kind) =>
        ((ulong)(uint)slot << 32) | ((generation & 0xFFFFFF) << 8) | (uint)kind;
}
