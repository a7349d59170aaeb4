// Interlocked arithmetic and lists under a driver's spin lock, and older names of interlocked lists. The
// lock is taken at any level, as these routines disable interrupts on Windows. It knows nothing about list
// headers: see SListRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Interlocked routines of ntoskrnl.</summary>
public static class InterlockedRoutines
{
    /// <summary>Adds to a 64-bit number and returns the old one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static long ExInterlockedAddLargeInteger(
        Executive executive, GuestPtr<long> Addend, long Increment, GuestPtr<ulong> Lock)
    {
        executive.SpinLocks.Acquire(Lock.Address);
        var was = GuestMemory.Read<long>(Addend.Address);
        GuestMemory.Write(Addend.Address, unchecked(was + Increment));
        executive.SpinLocks.Release(Lock.Address);
        return was;
    }

    /// <summary>Adds to a 32-bit number and returns the old one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static uint ExInterlockedAddUlong(
        Executive executive, GuestPtr<uint> Addend, uint Increment, GuestPtr<ulong> Lock)
    {
        executive.SpinLocks.Acquire(Lock.Address);
        var was = Addend.Value;
        Addend.Value = unchecked(was + Increment);
        executive.SpinLocks.Release(Lock.Address);
        return was;
    }

    /// <summary>Puts an entry in front of an interlocked list; the lock is not needed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint ExInterlockedPushEntrySList(
        Executive executive,
        GuestPtr<SLIST_HEADER> ListHead,
        GuestPtr<SLIST_ENTRY> ListEntry,
        nuint Lock) =>
        SListRoutines.ExpInterlockedPushEntrySList(executive, ListHead, ListEntry);

    /// <summary>Takes the first entry of an interlocked list; the lock is not needed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint ExInterlockedPopEntrySList(
        Executive executive, GuestPtr<SLIST_HEADER> ListHead, nuint Lock) =>
        SListRoutines.ExpInterlockedPopEntrySList(executive, ListHead);

    /// <summary>Takes all entries of an interlocked list.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint ExInterlockedFlushSList(Executive executive, GuestPtr<SLIST_HEADER> ListHead) =>
        SListRoutines.ExpInterlockedFlushSList(executive, ListHead);
}
