// Generic tables kept as AVL trees (RTL_AVL_TABLE) as drivers call them: insert, look up, delete. Elements
// are the driver's memory: its routines allocate, free and compare. It knows nothing about balance: see
// AvlTree.cs; walking through a table is AvlEnumerationRoutines.cs.
using OpenWsk.Abi;
using static OpenWsk.Kernel.AvlTree;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that change AVL tables.</summary>
public static class AvlTableRoutines
{
    /// <summary>Makes an empty table.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlInitializeGenericTableAvl(
        Executive executive,
        GuestPtr<RTL_AVL_TABLE> Table,
        nuint CompareRoutine,
        nuint AllocateRoutine,
        nuint FreeRoutine,
        nuint TableContext)
    {
        Table.Value = default;
        Table.Value.BalancedRoot.Parent = Table.As<RTL_BALANCED_LINKS>();
        Table.Value.CompareRoutine = CompareRoutine;
        Table.Value.AllocateRoutine = AllocateRoutine;
        Table.Value.FreeRoutine = FreeRoutine;
        Table.Value.TableContext = TableContext;
    }

    /// <summary>Puts a copy of an element in, or finds the equal one that is there.</summary>
    /// <remarks>Errors: NULL when the driver's routine gave no memory.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlInsertElementGenericTableAvl(
        Executive executive,
        GuestPtr<RTL_AVL_TABLE> Table,
        nuint Buffer,
        uint BufferSize,
        GuestPtr<byte> NewElement)
    {
        var result = Find(executive, Table, Buffer, out var node);
        return RtlInsertElementGenericTableFullAvl(
            executive, Table, Buffer, BufferSize, NewElement, node, result);
    }

    /// <summary>RtlInsertElementGenericTableAvl at the place that a full look-up has found.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlInsertElementGenericTableFullAvl(
        Executive executive,
        GuestPtr<RTL_AVL_TABLE> Table,
        nuint Buffer,
        uint BufferSize,
        GuestPtr<byte> NewElement,
        nuint NodeOrParent,
        TABLE_SEARCH_RESULT SearchResult)
    {
        var isNew = SearchResult != TABLE_SEARCH_RESULT.TableFoundNode;
        var node = NodeOrParent;
        if (isNew)
        {
            node = TableElements.Make(
                executive, Table.Address, Table.Value.AllocateRoutine, Buffer, BufferSize, LinksBytes);
            isNew = node != 0;
            if (isNew)
            {
                Insert(executive, Table, node, NodeOrParent, SearchResult);
                ForgetPlace(Table);
            }
        }
        TableElements.Tell(NewElement, isNew);
        return node == 0 ? 0 : node + LinksBytes;
    }

    /// <summary>Takes the element with an equal key out and frees it; FALSE when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlDeleteElementGenericTableAvl(
        Executive executive, GuestPtr<RTL_AVL_TABLE> Table, nuint Buffer)
    {
        if (Find(executive, Table, Buffer, out var node) != TABLE_SEARCH_RESULT.TableFoundNode)
            return 0;
        RtlDeleteElementGenericTableAvlEx(executive, Table, node);
        return 1;
    }

    /// <summary>Takes the element of a node out and frees it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlDeleteElementGenericTableAvlEx(
        Executive executive, GuestPtr<RTL_AVL_TABLE> Table, nuint NodeOrParent)
    {
        ref var table = ref Table.Value;
        // An enumeration that stands on the element goes on behind it.
        if (table.RestartKey.Address == NodeOrParent)
            table.RestartKey = new GuestPtr<RTL_BALANCED_LINKS>(
                TreeWalk.Predecessor(executive, NodeOrParent));
        if (table.RestartKey == Table.As<RTL_BALANCED_LINKS>())
            table.RestartKey = default;
        table.DeleteCount++;
        Remove(executive, Table, NodeOrParent);
        ForgetPlace(Table);
        executive.Code.Call(table.FreeRoutine, [Table.Address, NodeOrParent]);
    }

    /// <summary>The element with an equal key; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlLookupElementGenericTableAvl(
        Executive executive, GuestPtr<RTL_AVL_TABLE> Table, nuint Buffer) =>
        Find(executive, Table, Buffer, out var node) == TABLE_SEARCH_RESULT.TableFoundNode
            ? node + LinksBytes
            : 0;

    /// <summary>RtlLookupElementGenericTableAvl that tells the place as well.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlLookupElementGenericTableFullAvl(
        Executive executive,
        GuestPtr<RTL_AVL_TABLE> Table,
        nuint Buffer,
        GuestPtr<nuint> NodeOrParent,
        GuestPtr<int> SearchResult)
    {
        var result = Find(executive, Table, Buffer, out var node);
        NodeOrParent.Value = node;
        SearchResult.Value = (int)result;
        return result == TABLE_SEARCH_RESULT.TableFoundNode ? node + LinksBytes : 0;
    }

    /// <summary>The first in order of the elements whose keys are equal to one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlLookupFirstMatchingElementGenericTableAvl(
        Executive executive, GuestPtr<RTL_AVL_TABLE> Table, nuint Buffer, GuestPtr<nuint> RestartKey)
    {
        if (Find(executive, Table, Buffer, out var node) != TABLE_SEARCH_RESULT.TableFoundNode)
            return 0;
        for (var before = TreeWalk.Predecessor(executive, node);
            before != 0 && before != Table.Address
            && Compare(executive, Table, Buffer, before) == RTL_GENERIC_COMPARE_RESULTS.GenericEqual;
            before = TreeWalk.Predecessor(executive, node))
            node = before;
        RestartKey.Value = node;
        return node + LinksBytes;
    }

    /// <summary>Number of elements.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlNumberGenericTableElementsAvl(Executive executive, GuestPtr<RTL_AVL_TABLE> Table) =>
        Table.Value.NumberGenericTableElements;

    /// <summary>Whether there are no elements.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlIsGenericTableEmptyAvl(Executive executive, GuestPtr<RTL_AVL_TABLE> Table) =>
        Table.Value.NumberGenericTableElements == 0 ? (byte)1 : (byte)0;

    // What RtlGetElementGenericTableAvl remembers is not true any more when the tree has changed.
    private static void ForgetPlace(GuestPtr<RTL_AVL_TABLE> table)
    {
        table.Value.OrderedPointer = 0;
        table.Value.WhichOrderedElement = 0;
    }
}
