// Asynchronous procedure calls of kernel mode: queued for a thread, called on it. A thread of ours cannot be
// interrupted, so it takes its calls where it waits (the wait goes on afterwards), where it leaves the region
// that kept them away, and at once when it has queued one for itself.
// Divergence from Windows: a thread that runs without waiting is not interrupted; the call comes at its next
// wait.
// It knows nothing about how drivers fill a KAPC: see ApcRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Queues of calls, one for each thread.</summary>
internal sealed class ApcService(Executive executive)
{
    private readonly Lock _gate = new();

    /// <summary>Queues a call; false when it is queued already, or its thread has ended.</summary>
    public bool Queue(GuestPtr<KAPC> apc)
    {
        lock (_gate)
        {
            if (apc.Value.Inserted != 0 || ThreadRecord.Of(executive, apc.Value.Thread) is not { } record
                || record.HasEnded)
                return false;
            apc.Value.Inserted = 1;
            // Special calls come before normal ones, each kind in its order.
            var isSpecial = apc.Value.NormalRoutine == 0;
            var at = isSpecial ? record.Apcs.FindIndex(a => !IsSpecial(a)) : -1;
            record.Apcs.Insert(at < 0 ? record.Apcs.Count : at, apc.Address);
            record.HasApcs = true;
        }
        var target = executive.Threads.FirstOrDefault(t => t.Object == apc.Value.Thread);
        if (ReferenceEquals(target, executive.CurrentThread))
            Deliver(target);
        else
            target?.Parker.Unpark();
        return true;
    }

    /// <summary>Takes a call out of its queue; false when it is in none.</summary>
    public bool Remove(GuestPtr<KAPC> apc)
    {
        lock (_gate)
        {
            if (apc.Value.Inserted == 0 || ThreadRecord.Of(executive, apc.Value.Thread) is not { } record)
                return false;
            Take(record, apc.Address);
            return true;
        }
    }

    /// <summary>Whether the thread has a call that it may take now.</summary>
    public bool IsDue(KernelThread thread)
    {
        if (!thread.Record.HasApcs)
            return false;
        lock (_gate)
            return NextFor(thread) != 0;
    }

    /// <summary>Calls on the calling thread all that it may take now.</summary>
    public void Deliver(KernelThread thread)
    {
        while (true)
        {
            GuestPtr<KAPC> apc;
            lock (_gate)
            {
                apc = new GuestPtr<KAPC>(NextFor(thread));
                if (apc.IsNull)
                    return;
                Take(thread.Record, apc.Address);
            }
            Call(thread, apc);
        }
    }

    /// <summary>Ends the queue of a thread that ends: only what runs it down is called.</summary>
    public void RunDown(KernelThread thread)
    {
        List<nuint> left;
        lock (_gate)
        {
            thread.Record.HasEnded = true;
            left = [.. thread.Record.Apcs];
            foreach (var apc in left)
                Take(thread.Record, apc);
        }
        foreach (var apc in left)
        {
            var routine = GuestMemory.Read<KAPC>(apc).RundownRoutine;
            if (routine != 0 && executive.StopReason is null)
                executive.Code.Call(routine, [apc]);
        }
    }

    private void Call(KernelThread thread, GuestPtr<KAPC> apc)
    {
        const int Word = 8;
        // The kernel routine may change what the normal one gets, and usually frees the KAPC.
        var words = executive.Heap.Allocate(4 * Word);
        try
        {
            GuestMemory.Write(words, (ulong)apc.Value.NormalRoutine);
            GuestMemory.Write(words + Word, (ulong)apc.Value.NormalContext);
            GuestMemory.Write(words + (2 * Word), (ulong)apc.Value.SystemArgument1);
            GuestMemory.Write(words + (3 * Word), (ulong)apc.Value.SystemArgument2);
            CallAt(thread, Irql.Apc, apc.Value.KernelRoutine,
                [apc.Address, words, words + Word, words + (2 * Word), words + (3 * Word)]);
            var normal = GuestMemory.Read<nuint>(words);
            if (normal == 0)
                return;
            thread.IsInNormalApc = true;
            CallAt(thread, Irql.Passive, normal,
            [
                GuestMemory.Read<ulong>(words + Word), GuestMemory.Read<ulong>(words + (2 * Word)),
                GuestMemory.Read<ulong>(words + (3 * Word)),
            ]);
        }
        finally
        {
            thread.IsInNormalApc = false;
            executive.Heap.TryFree(words);
        }
    }

    private void CallAt(KernelThread thread, byte irql, nuint routine, ReadOnlySpan<ulong> arguments)
    {
        var before = thread.Irql;
        thread.Irql = irql;
        try
        {
            executive.Code.Call(routine, arguments);
            if (thread.Irql != irql)
                executive.Breach("IRQL", $"an APC routine at {executive.NameAddress(routine)} returned "
                    + $"at {Irql.Name(thread.Irql)}");
        }
        finally
        {
            thread.Irql = before;
        }
    }

    // No normal call interrupts another, or comes in a critical region.
    private nuint NextFor(KernelThread thread)
    {
        if (thread.Record.Apcs.Count == 0 || thread.Irql >= Irql.Apc || thread.GuardedRegions > 0)
            return 0;
        var first = thread.Record.Apcs[0];
        var isHeldUp = !IsSpecial(first) && (thread.CriticalRegions > 0 || thread.IsInNormalApc);
        return isHeldUp ? 0 : first;
    }

    private static void Take(ThreadRecord record, nuint apc)
    {
        record.Apcs.Remove(apc);
        record.HasApcs = record.Apcs.Count != 0;
        new GuestPtr<KAPC>(apc).Value.Inserted = 0;
    }

    private static bool IsSpecial(nuint apc) => new GuestPtr<KAPC>(apc).Value.NormalRoutine == 0;
}
