// Walking through an AVL table in the order of its keys: from a restart key, by number, or as a directory
// listing does, with deletions between the calls. It knows nothing about how elements come and go: see
// AvlTableRoutines.cs.
using OpenWsk.Abi;
using static OpenWsk.Kernel.AvlTree;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that walk through AVL tables.</summary>
public static class AvlEnumerationRoutines
{
    /// <summary>The next element, or the first one; NULL behind the last.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlEnumerateGenericTableAvl(
        Executive executive, GuestPtr<RTL_AVL_TABLE> Table, byte Restart)
    {
        ref var table = ref Table.Value;
        var at = Restart != 0 ? 0 : table.RestartKey.Address;
        var node = Next(executive, Table, at);
        if (node != 0)
            table.RestartKey = new GuestPtr<RTL_BALANCED_LINKS>(node);
        return ElementOf(node);
    }

    /// <summary>RtlEnumerateGenericTableAvl with a place of the caller's own.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlEnumerateGenericTableWithoutSplayingAvl(
        Executive executive, GuestPtr<RTL_AVL_TABLE> Table, GuestPtr<nuint> RestartKey)
    {
        var node = Next(executive, Table, RestartKey.Value);
        if (node != 0)
            RestartKey.Value = node;
        return ElementOf(node);
    }

    /// <summary>
    /// The next element that the driver's routine matches, although elements may go meanwhile.
    /// </summary>
    /// <remarks>
    /// The place is looked up again by its key when an element has been deleted since the last call.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlEnumerateGenericTableLikeADirectory(
        Executive executive,
        GuestPtr<RTL_AVL_TABLE> Table,
        nuint MatchFunction,
        nuint MatchData,
        uint NextFlag,
        GuestPtr<nuint> RestartKey,
        GuestPtr<uint> DeleteCount,
        nuint Buffer)
    {
        if (Table.Value.NumberGenericTableElements == 0)
        {
            RestartKey.Value = 0;
            return 0;
        }
        if (DeleteCount.Value != Table.Value.DeleteCount)
            RestartKey.Value = 0;
        var node = BeginOf(executive, Table, RestartKey.Value, NextFlag != 0, Buffer);
        var status = NTSTATUS.STATUS_NO_MATCH;
        while (node != 0)
        {
            status = MatchFunction == 0
                ? NTSTATUS.STATUS_SUCCESS
                : (NTSTATUS)(uint)executive.Code.Call(
                    MatchFunction, [Table.Address, node + LinksBytes, MatchData]);
            if (status != NTSTATUS.STATUS_NO_MATCH)
                break;
            node = Next(executive, Table, node);
        }
        RestartKey.Value = node;
        DeleteCount.Value = Table.Value.DeleteCount;
        return status == NTSTATUS.STATUS_SUCCESS ? ElementOf(node) : 0;
    }

    /// <summary>The element of a number, counted from 0 in the order of keys.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlGetElementGenericTableAvl(
        Executive executive, GuestPtr<RTL_AVL_TABLE> Table, uint I)
    {
        ref var table = ref Table.Value;
        if (I >= table.NumberGenericTableElements)
            return 0;
        // WhichOrderedElement counts from 1; 0 says that no place is remembered.
        var (node, which) = table.OrderedPointer != 0 && table.WhichOrderedElement != 0
            && table.WhichOrderedElement <= I + 1
                ? (table.OrderedPointer, table.WhichOrderedElement)
                : (Next(executive, Table, 0), 1u);
        for (; which < I + 1 && node != 0; which++)
            node = Next(executive, Table, node);
        table.OrderedPointer = node;
        table.WhichOrderedElement = node == 0 ? 0 : which;
        return ElementOf(node);
    }

    // The node behind one; the first when there is none. The table's head is no node.
    private static nuint Next(Executive executive, GuestPtr<RTL_AVL_TABLE> table, nuint node)
    {
        var top = TreeWalk.Right(table.Address);
        if (top == 0 || table.Value.NumberGenericTableElements == 0)
            return 0;
        var next = node == 0 ? TreeWalk.Leftmost(executive, top) : TreeWalk.Successor(executive, node);
        return next == table.Address ? 0 : next;
    }

    private static nuint BeginOf(
        Executive executive, GuestPtr<RTL_AVL_TABLE> table, nuint restart, bool isNext, nuint key)
    {
        if (restart != 0)
            return isNext ? Next(executive, table, restart) : restart;
        var result = Find(executive, table, key, out var node);
        var isBehindKey = result == TABLE_SEARCH_RESULT.TableInsertAsLeft
            || (result == TABLE_SEARCH_RESULT.TableFoundNode && !isNext);
        return isBehindKey ? node : Next(executive, table, node);
    }

    private static nuint ElementOf(nuint node) => node == 0 ? 0 : node + LinksBytes;
}
