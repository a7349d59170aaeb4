// Which IRPs are alive and which are on their way: for the leak report, for the verifier, and to tell a
// driver that it completes or frees one twice. An IRP in a driver's own memory is known only while it is
// pending, because a driver may let go of such memory without a word. Finding one takes no lock: each send
// and each completion does. It knows nothing about completion: see IrpCompletion.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>What is known of one IRP.</summary>
public struct IrpRecord
{
    /// <summary>Made by IoAllocateIrp, so IoFreeIrp has to follow.</summary>
    public bool IsAllocated;

    /// <summary>Taken by a routine and not completed yet.</summary>
    public bool IsInFlight;

    /// <summary>Completed since it was initialised last.</summary>
    public bool WasCompleted;

    /// <summary>Thread that allocated or sent it last.</summary>
    public int ThreadId;

    /// <summary>The stack that sent it last: a number of <see cref="StackLog"/>.</summary>
    public int SentStack;

    /// <summary>Rises with every allocation and send, so that records sort by age.</summary>
    public long Sequence;
}

/// <summary>One known IRP: its record, and whoever of ours holds it now.</summary>
public sealed class TrackedIrp
{
    private object? _holder;

    internal IrpRecord Record;

    internal TrackedIrp? NextFree;

    /// <summary>Whose record this is; 0 while it is nobody's.</summary>
    public nuint Address { get; internal set; }

    /// <summary>The provider's request that holds the IRP; null when nobody of ours does.</summary>
    public object? Holder => Volatile.Read(ref _holder);

    /// <summary>Takes the IRP; false when somebody of ours holds it.</summary>
    public bool TryHold(object holder) => Interlocked.CompareExchange(ref _holder, holder, null) is null;

    /// <summary>Lets the IRP go.</summary>
    public void LetGo() => Volatile.Write(ref _holder, null);
}

/// <summary>The IRPs of one world.</summary>
public sealed class IrpTracker
{
    // Holds records that are nobody's, so that nobody takes one for that of the IRP it was.
    private static readonly object s_nobody = new();
    private readonly AddressMap<TrackedIrp> _irps = new();
    private readonly Lock _freeGate = new();
    private TrackedIrp? _free;
    private long _lastSequence;

    /// <summary>Number of IRPs from IoAllocateIrp that are not freed.</summary>
    public int AllocatedCount => Count(static r => r.IsAllocated);

    /// <summary>Number of IRPs that a routine holds.</summary>
    public int InFlightCount => Count(static r => r.IsInFlight);

    /// <summary>Every known IRP, in the order of addresses.</summary>
    public IReadOnlyList<KeyValuePair<nuint, IrpRecord>> Snapshot() =>
        [.. _irps.Snapshot().Where(static pair => pair.Value.Record is { IsAllocated: true }
                or { IsInFlight: true })
            .Select(static pair => KeyValuePair.Create(pair.Key, pair.Value.Record))];

    /// <summary>Every IRP that somebody of ours holds, with its holder, in the order of addresses.</summary>
    public IEnumerable<KeyValuePair<nuint, object>> Held()
    {
        foreach (var (address, irp) in _irps.Snapshot())
        {
            if (irp.Holder is { } holder && !ReferenceEquals(holder, s_nobody))
                yield return KeyValuePair.Create(address, holder);
        }
    }

    /// <summary>
    /// Walks what is known of IRPs, held or not, without a lock, an order or an allocation.
    /// </summary>
    public AddressMap<TrackedIrp>.Enumerator GetEnumerator() => _irps.GetEnumerator();

    public bool TryGet(GuestPtr<IRP> irp, out IrpRecord record)
    {
        var tracked = _irps.Find(irp.Address);
        record = tracked?.Record ?? default;
        return tracked is not null && (record.IsAllocated || record.IsInFlight);
    }

    /// <summary>What is known of an IRP; null when nothing is.</summary>
    public TrackedIrp? Find(GuestPtr<IRP> irp) => _irps.Find(irp.Address);

    /// <summary>
    /// What is known of an IRP; one in a driver's own memory becomes known. Who holds it afterwards must look
    /// whether its address is still the same.
    /// </summary>
    public TrackedIrp FindOrAdd(GuestPtr<IRP> irp)
    {
        while (true)
        {
            if (_irps.Find(irp.Address) is { } known)
                return known;
            var fresh = Take(irp.Address);
            if (_irps.TryAdd(irp.Address, fresh))
                return fresh;
            Give(fresh);
        }
    }

    /// <summary>Forgets an IRP that is not sent after all, unless it came from IoAllocateIrp.</summary>
    public void Forget(GuestPtr<IRP> irp)
    {
        if (_irps.Find(irp.Address) is { Record: { IsAllocated: false, IsInFlight: false } } tracked)
            Remove(tracked, irp.Address);
    }

    internal void OnAllocated(GuestPtr<IRP> irp, KernelThread thread)
    {
        // An IRP that a driver had in its own freed memory can leave a record at an address that comes again.
        _irps.Remove(irp.Address);
        var tracked = Take(irp.Address);
        tracked.Record.IsAllocated = true;
        tracked.Record.ThreadId = thread.Id;
        tracked.Record.Sequence = thread.NextSequence(ref _lastSequence);
        Invariant.That(_irps.TryAdd(irp.Address, tracked));
    }

    /// <summary>Forgets an IRP that is freed; false when it is no allocated one.</summary>
    internal bool OnFreed(GuestPtr<IRP> irp, out IrpRecord record)
    {
        record = default;
        if (_irps.Find(irp.Address) is not { } tracked)
            return false;
        record = tracked.Record;
        return record.IsAllocated && Remove(tracked, irp.Address);
    }

    /// <summary>Notes that the IRP was initialised anew; true when it was on its way.</summary>
    internal bool OnInitialized(GuestPtr<IRP> irp)
    {
        if (_irps.Find(irp.Address) is not { } tracked)
            return false;
        ref var record = ref tracked.Record;
        var wasInFlight = record.IsInFlight;
        record.IsInFlight = false;
        record.WasCompleted = false;
        if (!record.IsAllocated && tracked.Holder is null)
            Remove(tracked, irp.Address);
        return wasInFlight;
    }

    /// <summary>Notes that a routine took the IRP; returns what was known before.</summary>
    internal IrpRecord OnSent(TrackedIrp tracked, KernelThread thread, int stack)
    {
        ref var record = ref tracked.Record;
        var before = record;
        record.IsInFlight = true;
        record.ThreadId = thread.Id;
        record.Sequence = thread.NextSequence(ref _lastSequence);
        record.SentStack = stack;
        return before;
    }

    /// <summary>Notes that completion begins; returns what was known before.</summary>
    internal IrpRecord OnCompleting(TrackedIrp? tracked, GuestPtr<IRP> irp)
    {
        if (tracked is null)
            return default;
        ref var record = ref tracked.Record;
        var before = record;
        record.IsInFlight = false;
        if (record.IsAllocated)
            record.WasCompleted = true;
        else
            Remove(tracked, irp.Address);
        return before;
    }

    // A record that somebody holds meanwhile is not used again.
    private bool Remove(TrackedIrp tracked, nuint address)
    {
        var isRemoved = _irps.Remove(address) is not null;
        if (isRemoved && tracked.TryHold(s_nobody))
            Give(tracked);
        return isRemoved;
    }

    private TrackedIrp Take(nuint address)
    {
        TrackedIrp? tracked;
        lock (_freeGate)
        {
            tracked = _free;
            _free = tracked?.NextFree;
        }
        if (tracked is null)
            return new TrackedIrp { Address = address };
        tracked.NextFree = null;
        tracked.Address = address;
        tracked.LetGo();
        return tracked;
    }

    private void Give(TrackedIrp tracked)
    {
        tracked.Address = 0;
        tracked.Record = default;
        lock (_freeGate)
        {
            tracked.NextFree = _free;
            _free = tracked;
        }
    }

    private int Count(Func<IrpRecord, bool> matches)
    {
        var count = 0;
        foreach (var (_, tracked) in _irps.Snapshot())
            count += matches(tracked.Record) ? 1 : 0;
        return count;
    }
}
