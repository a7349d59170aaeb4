// Locks of one word that several share or one has alone: executive spin locks and push locks. Bit 31 =
// taken alone, then the lower bits name the thread; bit 30 = somebody is parked; bit 29 = a writer waits,
// so that no new reader comes in before it; else the lower bits count the readers. A free lock is 0, as
// drivers initialise it. It knows nothing about IRQL: see ExSpinLockRoutines.cs and PushLockRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The reader-writer words of one world.</summary>
public sealed class ReaderWriterLocks
{
    private const uint Alone = 1u << 31;
    private const uint Parked = 1u << 30;
    private const uint WriterWaits = 1u << 29;
    private const uint CountMask = WriterWaits - 1;
    private const int LooksBeforeParking = 32;
    private readonly Executive _executive;
    private readonly LockWaiters _waiters;

    internal ReaderWriterLocks(Executive executive)
    {
        _executive = executive;
        _waiters = new LockWaiters(executive);
    }

    /// <summary>Takes a share.</summary>
    /// <remarks>Errors: bug check 0xF when the caller has the lock alone.</remarks>
    public void AcquireShared(nuint address)
    {
        for (var look = 0; !TryAcquireShared(address); look++)
        {
            ThrowIfOwnedAlone(address);
            if (look >= LooksBeforeParking)
                Park(address, Alone | WriterWaits, 0);
        }
    }

    /// <summary>Takes the lock alone.</summary>
    /// <remarks>Errors: bug check 0xF when the caller has it alone already.</remarks>
    public void AcquireAlone(nuint address)
    {
        for (var look = 0; !TryAcquireAlone(address); look++)
        {
            ThrowIfOwnedAlone(address);
            if (look >= LooksBeforeParking)
                Park(address, Alone | CountMask, WriterWaits);
        }
    }

    public bool TryAcquireShared(nuint address)
    {
        ref var word = ref GuestMemory.Ref<uint>(address);
        var seen = Volatile.Read(ref word);
        while ((seen & (Alone | WriterWaits)) == 0)
        {
            var was = Interlocked.CompareExchange(ref word, seen + 1, seen);
            if (was == seen)
                return true;
            seen = was;
        }
        return false;
    }

    public bool TryAcquireAlone(nuint address)
    {
        ref var word = ref GuestMemory.Ref<uint>(address);
        return Interlocked.CompareExchange(ref word, Alone | Me(), 0) == 0;
    }

    /// <summary>Turns the only share into having the lock alone; false when others share it.</summary>
    public bool TryUpgrade(nuint address)
    {
        ref var word = ref GuestMemory.Ref<uint>(address);
        for (var seen = Volatile.Read(ref word); (seen & (Alone | CountMask)) == 1;)
        {
            var was = Interlocked.CompareExchange(ref word, (seen & Parked) | Alone | Me(), seen);
            if (was == seen)
                return true;
            seen = was;
        }
        return false;
    }

    /// <summary>Turns having the lock alone into a share.</summary>
    public void Downgrade(nuint address)
    {
        var was = Interlocked.Exchange(ref GuestMemory.Ref<uint>(address), 1);
        if ((was & Alone) == 0)
            throw NotOwned(address);
        if ((was & Parked) != 0)
            _waiters.WakeAll(address);
    }

    /// <summary>Gives a share back.</summary>
    /// <remarks>Errors: bug check 0x10 when nobody shares the lock.</remarks>
    public void ReleaseShared(nuint address)
    {
        ref var word = ref GuestMemory.Ref<uint>(address);
        for (var seen = Volatile.Read(ref word); ;)
        {
            if ((seen & Alone) != 0 || (seen & CountMask) == 0)
                throw NotOwned(address);
            var isLast = (seen & CountMask) == 1;
            var was = Interlocked.CompareExchange(ref word, isLast ? 0 : seen - 1, seen);
            if (was != seen)
            {
                seen = was;
                continue;
            }
            if (isLast && (seen & Parked) != 0)
                _waiters.WakeAll(address);
            return;
        }
    }

    /// <summary>Gives the lock back that the caller has alone.</summary>
    /// <remarks>Errors: bug check 0x10 when nobody has it alone.</remarks>
    public void ReleaseAlone(nuint address)
    {
        ref var word = ref GuestMemory.Ref<uint>(address);
        var seen = Volatile.Read(ref word);
        if ((seen & Alone) == 0)
            throw NotOwned(address);
        if ((seen & CountMask) != Me())
            _executive.Breach(
                "LOCK", $"the lock at 0x{(ulong)address:x} is released by another thread than its owner");
        if ((Interlocked.Exchange(ref word, 0) & Parked) != 0)
            _waiters.WakeAll(address);
    }

    /// <summary>Whether somebody has the lock alone.</summary>
    public static bool IsTakenAlone(nuint address) =>
        (Volatile.Read(ref GuestMemory.Ref<uint>(address)) & Alone) != 0;

    private uint Me() => (uint)_executive.CurrentThread.Id >> 2 & CountMask;

    // Announces the waiting in the word while it still forbids the caller, then parks.
    private void Park(nuint address, uint forbidding, uint announced)
    {
        ref var word = ref GuestMemory.Ref<uint>(address);
        for (var seen = Volatile.Read(ref word); (seen & forbidding) != 0;)
        {
            var was = Interlocked.CompareExchange(ref word, seen | Parked | announced, seen);
            if (was != seen)
            {
                seen = was;
                continue;
            }
            _waiters.ParkWhile(
                address, _executive.CurrentThread, ref word, Parked, () => Describe(address));
            return;
        }
    }

    private static string Describe(nuint address)
    {
        var seen = Volatile.Read(ref GuestMemory.Ref<uint>(address));
        var holder = (seen & Alone) != 0 ? $"T{(seen & CountMask) << 2} holds alone"
            : $"is shared {seen & CountMask} times";
        return $"the lock at 0x{(ulong)address:x}, which {holder}";
    }

    private void ThrowIfOwnedAlone(nuint address)
    {
        var seen = Volatile.Read(ref GuestMemory.Ref<uint>(address));
        if ((seen & (Alone | CountMask)) != (Alone | Me()))
            return;
        throw _executive.BugCheck(new BugCheck(BugCheckCode.SPIN_LOCK_ALREADY_OWNED, address)
        {
            Detail = $"the lock at 0x{(ulong)address:x} is acquired by the thread that has it alone",
        });
    }

    private GuestStoppedException NotOwned(nuint address) =>
        _executive.BugCheck(new BugCheck(BugCheckCode.SPIN_LOCK_NOT_OWNED, address)
        {
            Detail = $"the lock at 0x{(ulong)address:x} is released, but it is not taken in that way",
        });
}
