// Which IRPs are alive and which are on their way: for the leak report, for the verifier, and to tell a
// driver that it completes or frees one twice. An IRP in a driver's own memory is known only while it is
// pending, because a driver may let go of such memory without a word. It knows nothing about completion: see
// IrpCompletion.cs.
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

/// <summary>The IRPs of one world.</summary>
public sealed class IrpTracker
{
    private readonly AddressLedger<IrpRecord> _records = new();
    private long _lastSequence;

    /// <summary>Number of IRPs from IoAllocateIrp that are not freed.</summary>
    public int AllocatedCount => Count(static r => r.IsAllocated);

    /// <summary>Number of IRPs that a routine holds.</summary>
    public int InFlightCount => Count(static r => r.IsInFlight);

    /// <summary>Every known IRP, in the order of addresses.</summary>
    public IReadOnlyList<KeyValuePair<nuint, IrpRecord>> Snapshot() => _records.Snapshot();

    public bool TryGet(GuestPtr<IRP> irp, out IrpRecord record) => _records.TryGet(irp.Address, out record);

    internal void OnAllocated(GuestPtr<IRP> irp, int threadId)
    {
        var record = new IrpRecord { IsAllocated = true, ThreadId = threadId, Sequence = NextSequence() };
        // An IRP that a driver had in its own freed memory can leave a record at an address that malloc gives
        // again.
        _records.TryRemove(irp.Address, out _);
        Invariant.That(_records.TryAdd(irp.Address, record));
    }

    /// <summary>Forgets an IRP that is freed; false when it is no allocated one.</summary>
    internal bool OnFreed(GuestPtr<IRP> irp, out IrpRecord record)
    {
        if (!_records.TryGet(irp.Address, out record) || !record.IsAllocated)
            return false;
        return _records.TryRemove(irp.Address, out record);
    }

    /// <summary>Notes that the IRP was initialised anew; true when it was on its way.</summary>
    internal bool OnInitialized(GuestPtr<IRP> irp)
    {
        if (!_records.TryGet(irp.Address, out var record))
            return false;
        if (!record.IsAllocated)
            return _records.TryRemove(irp.Address, out _);
        _records.TryChange(irp.Address, static (ref IrpRecord r, int _) =>
        {
            r.IsInFlight = false;
            r.WasCompleted = false;
            return 0;
        }, 0, out _);
        return record.IsInFlight;
    }

    /// <summary>Notes that a routine took the IRP; returns what was known before.</summary>
    internal IrpRecord OnSent(GuestPtr<IRP> irp, int threadId, int stack)
    {
        var change = (ThreadId: threadId, Sequence: NextSequence(), Stack: stack);
        if (_records.TryChange(irp.Address, static (
            ref IrpRecord r, (int ThreadId, long Sequence, int Stack) c) =>
        {
            var before = r;
            r.IsInFlight = true;
            (r.ThreadId, r.Sequence, r.SentStack) = c;
            return before;
        }, change, out var before))
            return before;
        _records.TryAdd(irp.Address, new IrpRecord
        {
            IsInFlight = true,
            ThreadId = change.ThreadId,
            Sequence = change.Sequence,
            SentStack = change.Stack,
        });
        return default;
    }

    /// <summary>Notes that completion begins; returns what was known before.</summary>
    internal IrpRecord OnCompleting(GuestPtr<IRP> irp)
    {
        if (!_records.TryGet(irp.Address, out var record))
            return default;
        if (!record.IsAllocated)
        {
            _records.TryRemove(irp.Address, out _);
            return record;
        }
        _records.TryChange(irp.Address, static (ref IrpRecord r, int _) =>
        {
            r.IsInFlight = false;
            r.WasCompleted = true;
            return 0;
        }, 0, out _);
        return record;
    }

    private long NextSequence() => Interlocked.Increment(ref _lastSequence);

    private int Count(Func<IrpRecord, bool> matches)
    {
        var count = 0;
        foreach (var (_, record) in _records.Snapshot())
            count += matches(record) ? 1 : 0;
        return count;
    }
}
