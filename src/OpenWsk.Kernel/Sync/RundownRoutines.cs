// Rundown protection: counts who uses a thing in a driver's word (twice the count, bit 0 once the rundown
// began) and lets one thread wait until nobody does. It knows nothing about what is protected.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Rundown protection routines of ntoskrnl.</summary>
public static class RundownRoutines
{
    private const ulong Active = 1;
    private const ulong OneUse = 2;

    /// <summary>Makes a protection that nobody uses.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExInitializeRundownProtection(Executive executive, GuestPtr<ulong> RunRef) =>
        RunRef.Value = 0;

    /// <summary>Makes a protection usable again after its rundown.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExReInitializeRundownProtection(Executive executive, GuestPtr<ulong> RunRef) =>
        RunRef.Value = 0;

    /// <summary>Marks the rundown as completed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExRundownCompleted(Executive executive, GuestPtr<ulong> RunRef) =>
        RunRef.Value = Active;

    /// <summary>Takes a use; FALSE when the rundown has begun.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte ExAcquireRundownProtection(Executive executive, GuestPtr<ulong> RunRef) =>
        ExAcquireRundownProtectionEx(executive, RunRef, 1);

    /// <summary>Takes several uses; FALSE when the rundown has begun.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte ExAcquireRundownProtectionEx(
        Executive executive, GuestPtr<ulong> RunRef, uint Count)
    {
        ref var word = ref RunRef.Value;
        while (true)
        {
            var seen = Volatile.Read(ref word);
            if ((seen & Active) != 0)
                return 0;
            if (Interlocked.CompareExchange(ref word, seen + (OneUse * Count), seen) == seen)
                return 1;
        }
    }

    /// <summary>Gives a use back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExReleaseRundownProtection(Executive executive, GuestPtr<ulong> RunRef) =>
        ExReleaseRundownProtectionEx(executive, RunRef, 1);

    /// <summary>Gives several uses back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExReleaseRundownProtectionEx(
        Executive executive, GuestPtr<ulong> RunRef, uint Count)
    {
        ref var word = ref RunRef.Value;
        while (true)
        {
            var seen = Volatile.Read(ref word);
            if (seen / OneUse < Count)
            {
                executive.Breach(
                    "LOCK", $"the rundown protection at {RunRef} is released more often than taken");
                return;
            }
            var left = seen - (OneUse * Count);
            if (Interlocked.CompareExchange(ref word, left, seen) != seen)
                continue;
            if (left == Active)
                executive.EndRundown(RunRef.Address);
            return;
        }
    }

    /// <summary>Begins the rundown and waits until all uses are given back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExWaitForRundownProtectionRelease(Executive executive, GuestPtr<ulong> RunRef)
    {
        using var released = new ManagedEvent(executive);
        executive.BeginRundown(RunRef.Address, released);
        try
        {
            if (Interlocked.Or(ref RunRef.Value, Active) >= OneUse)
                released.Wait();
        }
        finally
        {
            executive.ForgetRundown(RunRef.Address);
        }
    }
}
