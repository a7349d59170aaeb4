// Doubly linked lists in the driver's memory. A link that its neighbours do not confirm is a bug check, as
// the inlined list macros of Windows' headers answer it. It knows nothing about what the entries are.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Works on LIST_ENTRY.</summary>
internal static class GuestLists
{
    public static void Initialize(nuint head)
    {
        Next(head) = head;
        Previous(head) = head;
    }

    public static ref nuint Next(nuint entry) => ref GuestMemory.Ref<nuint>(entry);

    public static ref nuint Previous(nuint entry) => ref GuestMemory.Ref<nuint>(entry + 8);

    public static bool IsEmpty(nuint head) => Next(head) == head;

    public static void InsertTail(nuint head, nuint entry) => InsertAfter(Previous(head), entry);

    public static void InsertAfter(nuint before, nuint entry)
    {
        var after = Next(before);
        Next(entry) = after;
        Previous(entry) = before;
        Previous(after) = entry;
        Next(before) = entry;
    }

    public static void Remove(Executive executive, nuint entry)
    {
        var (after, before) = (Next(entry), Previous(entry));
        if (after == 0 || before == 0 || Next(before) != entry || Previous(after) != entry)
            throw executive.BugCheck(
                BugCheckCode.KERNEL_SECURITY_CHECK_FAILURE,
                $"the list entry at 0x{(ulong)entry:x} is corrupted: its neighbours do not point to it");
        Next(before) = after;
        Previous(after) = before;
    }
}
