// Mutex objects (KMUTEX, KMUTANT) as drivers call them. Who owns a KMUTEX is in a critical region; a mutant's
// owner is not, and may end, which abandons it. It knows nothing about waiting: see WaitService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Mutex routines of ntoskrnl.</summary>
public static class MutexRoutines
{
    /// <summary>Makes a mutex that nobody owns.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeMutex(Executive executive, GuestPtr<KMUTANT> Mutex, uint Level)
    {
        KeInitializeMutant(executive, Mutex, 0);
        Mutex.Value.ApcDisable = 1;
    }

    /// <summary>Makes a mutant, which the caller may own at once.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeMutant(Executive executive, GuestPtr<KMUTANT> Mutant, byte InitialOwner)
    {
        DispatcherObject.Initialize<KMUTANT>(Mutant.Address, KOBJECTS.MutantObject, 1);
        if (InitialOwner != 0)
            executive.Waits.Wait(Mutant.Address, 0);
    }

    /// <summary>Gives a mutex back and returns its old state: 0 when it was held once.</summary>
    /// <remarks>
    /// Errors: STATUS_MUTANT_NOT_OWNED is raised when the caller does not own it, STATUS_ABANDONED when a
    /// thread that has ended did.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReleaseMutex(Executive executive, GuestPtr<KMUTANT> Mutex, byte Wait) =>
        KeReleaseMutant(executive, Mutex, 1, 0, Wait);

    /// <summary>KeReleaseMutex that can abandon the mutant on purpose.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReleaseMutant(
        Executive executive, GuestPtr<KMUTANT> Mutant, int Increment, byte Abandoned, byte Wait)
    {
        if (!executive.Waits.TryReleaseMutex(Mutant.Address, Abandoned != 0, out var was))
            throw new GuestRaiseException(
                Mutant.Value.Abandoned != 0
                    ? NTSTATUS.STATUS_ABANDONED_WAIT_0
                    : NTSTATUS.STATUS_MUTANT_NOT_OWNED);
        EventRoutines.PromiseWait(executive, Wait);
        return was;
    }

    /// <summary>1 when nobody owns the mutex.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReadStateMutex(Executive executive, GuestPtr<KMUTANT> Mutex) =>
        Volatile.Read(ref DispatcherObject.State(Mutex.Address));

    /// <summary>1 when nobody owns the mutant.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReadStateMutant(Executive executive, GuestPtr<KMUTANT> Mutant) =>
        KeReadStateMutex(executive, Mutant);
}
