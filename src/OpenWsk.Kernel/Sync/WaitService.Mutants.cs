// Part of WaitService: mutexes given back or left behind, alerts, and the promise to wait next. It knows
// nothing about queues: see WaitService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class WaitService
{
    /// <summary>Gives a mutex back; false when the calling thread does not own it.</summary>
    internal bool TryReleaseMutex(nuint mutex, bool abandons, out int was)
    {
        var thread = _executive.CurrentThread;
        lock (_gate)
        {
            ref var mutant = ref GuestMemory.Ref<KMUTANT>(mutex);
            was = mutant.Header.SignalState;
            if (mutant.OwnerThread != thread.Object || was > 0)
                return false;
            if (abandons)
                mutant.Header.SignalState = 0;
            if (++mutant.Header.SignalState == 1)
                SetFree(thread, mutex, abandons);
            return true;
        }
    }

    /// <summary>Whether a thread owns mutexes, of which it gives one; 0 when it owns none.</summary>
    internal nuint FindOwnedMutant(KernelThread thread)
    {
        lock (_gate)
            return thread.OwnedMutants.Count == 0 ? 0 : thread.OwnedMutants[0];
    }

    /// <summary>
    /// Abandons the mutants of a thread that ends; gives a KMUTEX that it may not end with, 0 for none.
    /// </summary>
    internal nuint AbandonMutants(KernelThread thread)
    {
        nuint held = 0;
        lock (_gate)
        {
            while (thread.OwnedMutants.Count != 0)
            {
                var target = thread.OwnedMutants[^1];
                ref var mutant = ref GuestMemory.Ref<KMUTANT>(target);
                if (mutant.ApcDisable != 0)
                    held = target;
                mutant.Header.SignalState = 1;
                SetFree(thread, target, abandons: true);
            }
        }
        return held;
    }

    /// <summary>Alerts a thread; returns whether it was alerted already.</summary>
    internal bool Alert(KernelThread thread, byte mode)
    {
        bool was;
        lock (_gate)
        {
            was = thread.IsAlerted[mode & 1];
            thread.IsAlerted[mode & 1] = true;
        }
        thread.Parker.Unpark();
        return was;
    }

    /// <summary>Takes the calling thread's alert away; returns whether there was one.</summary>
    internal bool TestAlert(byte mode) => TakeAlert(_executive.CurrentThread.Waiter, mode);

    private bool TakeAlert(Waiter waiter, byte? mode)
    {
        if (mode is null)
            return false;
        lock (_gate)
            return TakeAlert(waiter.Thread, mode);
    }

    // An alert for user mode ends no wait of kernel mode; one for kernel mode ends both.
    private static bool TakeAlert(KernelThread thread, byte? mode)
    {
        for (var i = 0; mode is not null && i <= (mode & 1); i++)
        {
            if (!thread.IsAlerted[i])
                continue;
            thread.IsAlerted[i] = false;
            return true;
        }
        return false;
    }

    // Signals with Wait = TRUE have raised the level until this wait.
    private static void KeepPromise(KernelThread thread)
    {
        if (thread.WaitNextIrql is not { } irql)
            return;
        thread.WaitNextIrql = null;
        thread.Irql = irql;
    }

    private void SetFree(KernelThread thread, nuint mutex, bool abandons)
    {
        ref var mutant = ref GuestMemory.Ref<KMUTANT>(mutex);
        mutant.OwnerThread = 0;
        mutant.Abandoned = abandons ? (byte)1 : (byte)0;
        thread.OwnedMutants.Remove(mutex);
        if (mutant.ApcDisable != 0 && thread.CriticalRegions > 0)
            thread.CriticalRegions--;
        Satisfy(mutex);
    }
}
