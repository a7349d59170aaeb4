// Spin locks. A thread that finds one taken looks again a few times and then parks, so that a lock held over
// a long stretch costs no core, and so that a world where one thread runs at a time can go on. The lock is
// the guest's own word: bit 0 = taken, bit 1 = somebody parks, upper half = the owner's thread id. It knows
// nothing about IRQL: see SpinLockRoutines.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>The spin locks of one world.</summary>
public sealed class SpinLocks
{
    private const ulong Taken = 1;
    private const ulong Contended = 2;
    private const int OwnerShift = 32;
    private const int LooksBeforeParking = 32;
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly List<Waiter> _waiters = [];

    internal SpinLocks(Executive executive)
    {
        _executive = executive;
        executive.Stopped += WakeAll;
    }

    /// <summary>What a lock holds while the thread has it and nobody waits for it.</summary>
    public static nuint OwnedBy(KernelThread thread) =>
        (nuint)(((ulong)(uint)thread.Id << OwnerShift) | Taken);

    /// <summary>Takes the lock at an address.</summary>
    /// <remarks>
    /// Errors: GuestStoppedException when the guest is stopped meanwhile, or for bug check 0xF.
    /// </remarks>
    public void Acquire(nuint spinLock)
    {
        var thread = _executive.CurrentThread;
        ref var word = ref GuestMemory.Ref<ulong>(spinLock);
        var mine = ((ulong)(uint)thread.Id << OwnerShift) | Taken;
        if (Interlocked.CompareExchange(ref word, mine, 0) != 0)
            AcquireTaken(spinLock, ref word, mine, thread);
    }

    /// <summary>Takes the lock if it is free.</summary>
    public bool TryAcquire(nuint spinLock)
    {
        var mine = ((ulong)(uint)_executive.CurrentThread.Id << OwnerShift) | Taken;
        return Interlocked.CompareExchange(ref GuestMemory.Ref<ulong>(spinLock), mine, 0) == 0;
    }

    /// <summary>Gives the lock back.</summary>
    /// <remarks>Errors: GuestStoppedException for bug check 0x10 when the lock is free.</remarks>
    public void Release(nuint spinLock)
    {
        var before = Interlocked.Exchange(ref GuestMemory.Ref<ulong>(spinLock), 0);
        if ((before & Taken) == 0)
            throw _executive.BugCheck(
                BugCheckCode.SPIN_LOCK_NOT_OWNED,
                $"the spin lock at 0x{(ulong)spinLock:x} is released, but it is free");
        var owner = (int)(before >> OwnerShift);
        if (owner != _executive.CurrentThread.Id)
            _executive.Breach("IRQL",
                $"the spin lock at 0x{(ulong)spinLock:x} of thread {owner} is released by another");
        if ((before & Contended) != 0)
            WakeOne(spinLock);
    }

    /// <summary>Whether somebody holds the lock at this moment.</summary>
    public static bool IsTaken(nuint spinLock) =>
        (Volatile.Read(ref GuestMemory.Ref<ulong>(spinLock)) & Taken) != 0;

    private void AcquireTaken(nuint spinLock, ref ulong word, ulong mine, KernelThread thread)
    {
        if (Volatile.Read(ref word) >> OwnerShift == mine >> OwnerShift)
            throw _executive.BugCheck(
                BugCheckCode.SPIN_LOCK_ALREADY_OWNED,
                $"the spin lock at 0x{(ulong)spinLock:x} is acquired by the thread that holds it");
        for (var look = 0; look < LooksBeforeParking; look++)
        {
            if (Volatile.Read(ref word) == 0 && Interlocked.CompareExchange(ref word, mine, 0) == 0)
                return;
        }
        while (!TakeOrAnnounce(ref word, mine))
            ParkUntilReleased(spinLock, ref word, thread);
    }

    // True when the lock was free and is ours now, marked contended because others may be parked as we were;
    // false when it is taken, and its owner will see that somebody waits.
    private static bool TakeOrAnnounce(ref ulong word, ulong mine)
    {
        while (true)
        {
            var seen = Volatile.Read(ref word);
            if (seen == 0)
            {
                if (Interlocked.CompareExchange(ref word, mine | Contended, 0) == 0)
                    return true;
            }
            else if ((seen & Contended) != 0
                || Interlocked.CompareExchange(ref word, seen | Contended, seen) == seen)
            {
                return false;
            }
        }
    }

    private void ParkUntilReleased(nuint spinLock, ref ulong word, KernelThread thread)
    {
        var waiter = new Waiter(spinLock, thread.Parker);
        lock (_gate)
        {
            // A stopped guest's threads leave without releasing anything.
            _executive.ThrowIfStopped();
            // The owner clears the word before it looks here, so a lock that is still contended will wake us.
            if ((Volatile.Read(ref word) & Contended) == 0)
                return;
            _waiters.Add(waiter);
        }
        thread.Spin.Park(spinLock, ref waiter.IsWoken, () => Describe(spinLock));
        _executive.ThrowIfStopped();
    }

    private static string Describe(nuint spinLock)
    {
        var word = Volatile.Read(ref GuestMemory.Ref<ulong>(spinLock));
        var holder = (word & Taken) == 0 ? "which is free by now" : $"which T{word >> OwnerShift} holds";
        return $"the spin lock at 0x{(ulong)spinLock:x}, {holder}";
    }

    private void WakeOne(nuint spinLock)
    {
        lock (_gate)
        {
            var index = _waiters.FindIndex(w => w.Address == spinLock);
            if (index < 0)
                return;
            var waiter = _waiters[index];
            _waiters.RemoveAt(index);
            waiter.Wake();
        }
    }

    private void WakeAll()
    {
        lock (_gate)
        {
            foreach (var waiter in _waiters)
                waiter.Wake();
            _waiters.Clear();
        }
    }

    // Made only when a thread parks, which is rare and costs far more than the allocation.
    private sealed class Waiter(nuint address, IParker parker)
    {
        public bool IsWoken;

        public nuint Address { get; } = address;

        public void Wake()
        {
            Volatile.Write(ref IsWoken, true);
            parker.Unpark();
        }
    }
}
