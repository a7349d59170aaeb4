// The table from the number that epoll keeps for each descriptor to whoever waits for it. A number names one
// target once: a slot that serves again has another generation, so what the kernel has still to say about a
// descriptor that was closed reaches nobody. It knows nothing about descriptors.
namespace OpenWsk.Net.Host.Polling;

/// <summary>The targets of one loop. Any thread.</summary>
internal sealed class PollTargets
{
    private readonly Lock _gate = new();
    private Slot[] _slots = new Slot[64];
    private int _count;
    private int _free = -1;

    private struct Slot
    {
        public IPollTarget? Target;
        public uint Generation;
        public int NextFree;
    }

    /// <summary>Gives a target a number, which is not 0.</summary>
    public ulong Add(IPollTarget target)
    {
        lock (_gate)
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
            return ((ulong)_slots[slot].Generation << 32) | ((uint)slot + 1);
        }
    }

    /// <summary>Takes a number back; nobody is told by it any more.</summary>
    public void Remove(ulong number)
    {
        lock (_gate)
        {
            var slot = (int)(uint)number - 1;
            ref var entry = ref _slots[slot];
            if (entry.Target is null || entry.Generation != (uint)(number >> 32))
            {
                throw new InvalidOperationException("A number of a loop was taken back twice.");
            }
            entry.Target = null;
            entry.Generation++;
            entry.NextFree = _free;
            _free = slot;
        }
    }

    /// <summary>Who has the number; null when nobody has it any more.</summary>
    public IPollTarget? Find(ulong number)
    {
        lock (_gate)
        {
            var slot = (uint)number - 1;
            return slot < (uint)_count && _slots[slot].Generation == (uint)(number >> 32)
                ? _slots[slot].Target
                : null;
        }
    }
}
