// Blocks outside the slots: in areas of their own, between two patterns. In special pool a freed one waits
// a while, so that what still uses it does not change another's. It knows nothing about slots.
namespace OpenWsk.Kernel;

internal sealed partial class BlockStore
{
    private const int WaitingMax = 4096;
    private const long WaitingBytesMax = 64L << 20;

    // Records of freed loose blocks that Describe can still name.
    private const int RememberedMax = 512;
    private readonly Queue<PoolRecord> _waiting = new();
    private readonly PoolRecord[] _remembered = new PoolRecord[RememberedMax];
    private long _waitingBytes;
    private int _lastRemembered;

    private bool TryPlaceLoose(in BlockWish wish, ref PoolRecord record)
    {
        if (wish.Use == BlockUse.Object && !IsSpecial)
            return TryPlaceBare(wish, ref record);
        var alignment = wish.SizeBytes >= PageBytes ? nuint.Max(PageBytes, wish.Alignment) : wish.Alignment;
        var front = nuint.Max(alignment, CanaryBytes);
        var room = RoundUp(wish.SizeBytes, Alignment) + CanaryBytes;
        var hostBytes = LooseMemory.RoomFor(front + room, alignment);
        var memory = _looseMemory.TryAllocate(hostBytes, alignment);
        if (memory == 0)
            return false;
        record.Address = memory + front;
        (record.Host, record.HostBytes) = (memory, hostBytes);
        record.End = record.Address + room;
        // Only the nearest bytes have the pattern; the rest of a page in front is nobody's.
        record.Base = record.Address - CanaryBytes;
        Invariant.That(_loose.TryAdd(record.Address, record));
        return true;
    }

    // Our own structures, which drivers write to by mistake only as they would anywhere else.
    private bool TryPlaceBare(in BlockWish wish, ref PoolRecord record)
    {
        var room = LooseMemory.RoomFor(nuint.Max(wish.SizeBytes, 1), wish.Alignment);
        var memory = _looseMemory.TryAllocate(room, wish.Alignment);
        if (memory == 0)
            return false;
        record.Address = memory;
        record.Base = record.Host = memory;
        record.HostBytes = room;
        record.End = memory + wish.SizeBytes;
        Invariant.That(_loose.TryAdd(memory, record));
        return true;
    }

    private bool TryFreeLoose(in PoolRecord record, int threadId, int stack)
    {
        // Another thread may have freed it, and a third have got its memory.
        static bool IsOf(PoolRecord now, long sequence) => now.Sequence == sequence;
        if (!_loose.TryRemove(record.Address, record.Sequence, IsOf, out var freed))
            return false;
        freed.State = BlockState.Freed;
        freed.FreedThreadId = threadId;
        freed.FreedStack = stack;
        if (freed.Use != BlockUse.Object)
            HostMemory.Fill(freed.Address, freed.SizeBytes, FreedFill);
        _remembered[(uint)Interlocked.Increment(ref _lastRemembered) % RememberedMax] = freed;
        if (IsSpecial)
            Wait(freed);
        else
            _looseMemory.Free(freed.Host, freed.HostBytes);
        return true;
    }

    private void Wait(in PoolRecord freed)
    {
        lock (_waiting)
        {
            _waiting.Enqueue(freed);
            _waitingBytes += (long)freed.SizeBytes;
            while (_waiting.Count > WaitingMax || _waitingBytes > WaitingBytesMax)
                Release(_waiting.Dequeue());
        }
    }

    private void Release(in PoolRecord freed)
    {
        _waitingBytes -= (long)freed.SizeBytes;
        if (freed.Use != BlockUse.Object
            && HostMemory.FindOther(freed.Address, freed.SizeBytes, FreedFill) is var written && written != 0)
            FoundWrittenAfterFree?.Invoke(freed, written);
        _looseMemory.Free(freed.Host, freed.HostBytes);
    }

    private void DropQuarantine()
    {
        lock (_waiting)
        {
            while (_waiting.TryDequeue(out var freed))
                _looseMemory.Free(freed.Host, freed.HostBytes);
        }
    }
}
