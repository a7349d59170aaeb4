// Interlocked lists. Singly linked ones have a header of two words: depth (16 bits) and sequence in the
// first, the first entry in the second, as inlined code reads them; one lock per group of headers makes the
// pair change at once. Doubly linked ones are guarded by the driver's spin lock. It knows nothing about
// entries.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Interlocked list routines of ntoskrnl.</summary>
public static class SListRoutines
{
    private const ulong DepthMask = 0xFFFF;
    private const ulong OneDepth = 1;
    private const ulong OneSequence = 0x1_0000;
    private const ulong LinkMask = ~0xFul;

    /// <summary>Makes an empty list.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void InitializeSListHead(Executive executive, GuestPtr<SLIST_HEADER> SListHead) =>
        SListHead.Value = default;

    /// <summary>Puts an entry in front and returns the old first one.</summary>
    /// <remarks>
    /// Errors: the guest is stopped when the entry is not 16-byte aligned, which Windows cannot store.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint ExpInterlockedPushEntrySList(
        Executive executive, GuestPtr<SLIST_HEADER> ListHead, GuestPtr<SLIST_ENTRY> ListEntry)
    {
        if ((ListEntry.Address & 0xF) != 0)
            throw executive.Stop(
                $"STATUS_DATATYPE_MISALIGNMENT: the list entry at {ListEntry} is not aligned to 16 bytes");
        lock (executive.SListGate(ListHead.Address))
        {
            ref var head = ref ListHead.Value;
            var first = (nuint)(head.Region & LinkMask);
            ListEntry.Value.Next = first;
            head.Alignment = ((head.Alignment + OneSequence) & ~DepthMask)
                | ((head.Alignment + OneDepth) & DepthMask);
            head.Region = (head.Region & ~LinkMask) | ListEntry.Address;
            return first;
        }
    }

    /// <summary>Takes the first entry; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint ExpInterlockedPopEntrySList(Executive executive, GuestPtr<SLIST_HEADER> ListHead) =>
        Pop(executive, ListHead);

    /// <summary>Takes all entries and returns the first.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint ExpInterlockedFlushSList(Executive executive, GuestPtr<SLIST_HEADER> ListHead)
    {
        lock (executive.SListGate(ListHead.Address))
        {
            ref var head = ref ListHead.Value;
            var first = (nuint)(head.Region & LinkMask);
            head.Alignment = (head.Alignment + OneSequence) & ~DepthMask;
            head.Region &= ~LinkMask;
            return first;
        }
    }

    /// <summary>Number of entries.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static ushort ExQueryDepthSList(Executive executive, GuestPtr<SLIST_HEADER> SListHead) =>
        (ushort)(Volatile.Read(ref SListHead.Value.Alignment) & DepthMask);

    /// <summary>The first entry, which stays; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint FirstEntrySList(Executive executive, GuestPtr<SLIST_HEADER> SListHead) =>
        (nuint)(Volatile.Read(ref SListHead.Value.Region) & LinkMask);

    /// <summary>
    /// Puts an entry at the head of a list under a spin lock; returns the old first entry or NULL.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static nuint ExInterlockedInsertHeadList(
        Executive executive,
        GuestPtr<LIST_ENTRY> ListHead,
        GuestPtr<LIST_ENTRY> ListEntry,
        GuestPtr<ulong> Lock)
    {
        executive.SpinLocks.Acquire(Lock.Address);
        var first = ListHead.Value.Flink;
        ListEntry.Value.Flink = first;
        ListEntry.Value.Blink = ListHead;
        first.Value.Blink = ListEntry;
        ListHead.Value.Flink = ListEntry;
        executive.SpinLocks.Release(Lock.Address);
        return first == ListHead ? 0 : first.Address;
    }

    /// <summary>
    /// Puts an entry at the tail of a list under a spin lock; returns the old last entry or NULL.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static nuint ExInterlockedInsertTailList(
        Executive executive,
        GuestPtr<LIST_ENTRY> ListHead,
        GuestPtr<LIST_ENTRY> ListEntry,
        GuestPtr<ulong> Lock)
    {
        executive.SpinLocks.Acquire(Lock.Address);
        var last = ListHead.Value.Blink;
        ListEntry.Value.Flink = ListHead;
        ListEntry.Value.Blink = last;
        last.Value.Flink = ListEntry;
        ListHead.Value.Blink = ListEntry;
        executive.SpinLocks.Release(Lock.Address);
        return last == ListHead ? 0 : last.Address;
    }

    /// <summary>Takes the first entry of a list under a spin lock; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static nuint ExInterlockedRemoveHeadList(
        Executive executive, GuestPtr<LIST_ENTRY> ListHead, GuestPtr<ulong> Lock)
    {
        executive.SpinLocks.Acquire(Lock.Address);
        var first = ListHead.Value.Flink;
        if (first != ListHead)
        {
            ListHead.Value.Flink = first.Value.Flink;
            first.Value.Flink.Value.Blink = ListHead;
        }
        executive.SpinLocks.Release(Lock.Address);
        return first == ListHead ? 0 : first.Address;
    }

    /// <summary>Puts an entry in front of a list under a spin lock; returns the old first entry.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static nuint ExInterlockedPushEntryList(
        Executive executive, GuestPtr<nuint> ListHead, GuestPtr<nuint> ListEntry, GuestPtr<ulong> Lock)
    {
        executive.SpinLocks.Acquire(Lock.Address);
        var first = ListHead.Value;
        ListEntry.Value = first;
        ListHead.Value = ListEntry.Address;
        executive.SpinLocks.Release(Lock.Address);
        return first;
    }

    /// <summary>Takes the first entry of a list under a spin lock; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static nuint ExInterlockedPopEntryList(
        Executive executive, GuestPtr<nuint> ListHead, GuestPtr<ulong> Lock)
    {
        executive.SpinLocks.Acquire(Lock.Address);
        var first = ListHead.Value;
        if (first != 0)
            ListHead.Value = GuestMemory.Read<nuint>(first);
        executive.SpinLocks.Release(Lock.Address);
        return first;
    }

    internal static nuint Pop(Executive executive, GuestPtr<SLIST_HEADER> listHead)
    {
        lock (executive.SListGate(listHead.Address))
        {
            ref var head = ref listHead.Value;
            var first = new GuestPtr<SLIST_ENTRY>((nuint)(head.Region & LinkMask));
            if (first.IsNull)
                return 0;
            head.Alignment = (head.Alignment & ~DepthMask) | ((head.Alignment - OneDepth) & DepthMask);
            head.Region = (head.Region & ~LinkMask) | (first.Value.Next & unchecked((nuint)LinkMask));
            return first.Address;
        }
    }
}
