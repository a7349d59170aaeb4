// Guest memory that a client has given back and may still look at by mistake: it stays unused, with its
// contents, until more came behind it. So a late call finds the closed socket and not another one, and a
// driver that reads a freed address list meets what it would meet on Windows most of the time. It knows
// nothing about what is in the memory.
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>Frees guest memory late, in the order of giving back.</summary>
internal sealed class GuestQuarantine(GuestHeap heap, int blocksMax)
{
    private readonly Lock _gate = new();
    private readonly Queue<nuint> _blocks = new();

    /// <summary>Takes a block; returns the oldest one, freed, when there are too many, otherwise 0.</summary>
    public nuint Retire(nuint address)
    {
        nuint oldest = 0;
        lock (_gate)
        {
            _blocks.Enqueue(address);
            if (_blocks.Count > blocksMax)
                oldest = _blocks.Dequeue();
        }
        if (oldest != 0)
            heap.Free(oldest);
        return oldest;
    }
}
