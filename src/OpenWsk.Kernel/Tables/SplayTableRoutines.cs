// Generic tables kept as splay trees (RTL_GENERIC_TABLE) as drivers call them. An element is links, its
// place in the order of insertion, and the driver's data. Looking up brings the element to the top, so even
// a look-up changes the table. It knows nothing about splaying: see SplayTree.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for splay tables.</summary>
public static class SplayTableRoutines
{
    // RTL_SPLAY_LINKS and a LIST_ENTRY lie before an element's data.
    private const int OrderOffset = 0x18;
    private const int DataOffset = 0x28;
    private const int StepsMax = 1 << 24;

    /// <summary>Makes an empty table.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlInitializeGenericTable(
        Executive executive,
        GuestPtr<RTL_GENERIC_TABLE> Table,
        nuint CompareRoutine,
        nuint AllocateRoutine,
        nuint FreeRoutine,
        nuint TableContext)
    {
        Table.Value = default;
        var list = OrderList(Table);
        GuestLists.Initialize(list);
        Table.Value.OrderedPointer = list;
        Table.Value.CompareRoutine = CompareRoutine;
        Table.Value.AllocateRoutine = AllocateRoutine;
        Table.Value.FreeRoutine = FreeRoutine;
        Table.Value.TableContext = TableContext;
    }

    /// <summary>Puts a copy of an element in, or finds the equal one that is there.</summary>
    /// <remarks>Errors: NULL when the driver's routine gave no memory.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlInsertElementGenericTable(
        Executive executive,
        GuestPtr<RTL_GENERIC_TABLE> Table,
        nuint Buffer,
        uint BufferSize,
        GuestPtr<byte> NewElement)
    {
        var result = Find(executive, Table, Buffer, out var node);
        return RtlInsertElementGenericTableFull(
            executive, Table, Buffer, BufferSize, NewElement, node, result);
    }

    /// <summary>RtlInsertElementGenericTable at the place that a full look-up has found.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlInsertElementGenericTableFull(
        Executive executive,
        GuestPtr<RTL_GENERIC_TABLE> Table,
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
                executive, Table.Address, Table.Value.AllocateRoutine, Buffer, BufferSize, DataOffset);
            isNew = node != 0;
            if (isNew)
                Link(Table, node, NodeOrParent, SearchResult);
        }
        TableElements.Tell(NewElement, isNew);
        return node == 0 ? 0 : MakeRoot(executive, Table, node);
    }

    /// <summary>Takes the element with an equal key out and frees it; FALSE when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlDeleteElementGenericTable(
        Executive executive, GuestPtr<RTL_GENERIC_TABLE> Table, nuint Buffer)
    {
        if (Find(executive, Table, Buffer, out var node) != TABLE_SEARCH_RESULT.TableFoundNode)
            return 0;
        var root = SplayLinksRoutines.RtlDelete(executive, node);
        Table.Value.TableRoot = new GuestPtr<RTL_SPLAY_LINKS>(root);
        GuestLists.Remove(executive, node + OrderOffset);
        Table.Value.NumberGenericTableElements--;
        Table.Value.OrderedPointer = OrderList(Table);
        Table.Value.WhichOrderedElement = 0;
        executive.Code.Call(Table.Value.FreeRoutine, [Table.Address, node]);
        return 1;
    }

    /// <summary>The element with an equal key; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlLookupElementGenericTable(
        Executive executive, GuestPtr<RTL_GENERIC_TABLE> Table, nuint Buffer) =>
        Find(executive, Table, Buffer, out var node) == TABLE_SEARCH_RESULT.TableFoundNode
            ? MakeRoot(executive, Table, node)
            : 0;

    /// <summary>RtlLookupElementGenericTable that tells the place as well.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlLookupElementGenericTableFull(
        Executive executive,
        GuestPtr<RTL_GENERIC_TABLE> Table,
        nuint Buffer,
        GuestPtr<nuint> NodeOrParent,
        GuestPtr<int> SearchResult)
    {
        var result = Find(executive, Table, Buffer, out var node);
        NodeOrParent.Value = node;
        SearchResult.Value = (int)result;
        return result == TABLE_SEARCH_RESULT.TableFoundNode ? MakeRoot(executive, Table, node) : 0;
    }

    /// <summary>The next element in the order of keys, or the first one; NULL behind the last.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlEnumerateGenericTable(
        Executive executive, GuestPtr<RTL_GENERIC_TABLE> Table, byte Restart)
    {
        var root = Table.Value.TableRoot.Address;
        if (root == 0)
            return 0;
        var node = Restart != 0 ? TreeWalk.Leftmost(executive, root) : TreeWalk.Successor(executive, root);
        return node == 0 ? 0 : MakeRoot(executive, Table, node);
    }

    /// <summary>RtlEnumerateGenericTable with a place of the caller's own; changes nothing.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlEnumerateGenericTableWithoutSplaying(
        Executive executive, GuestPtr<RTL_GENERIC_TABLE> Table, GuestPtr<nuint> RestartKey)
    {
        var root = Table.Value.TableRoot.Address;
        if (root == 0)
            return 0;
        var node = RestartKey.Value == 0
            ? TreeWalk.Leftmost(executive, root)
            : TreeWalk.Successor(executive, RestartKey.Value);
        if (node == 0)
            return 0;
        RestartKey.Value = node;
        return node + DataOffset;
    }

    /// <summary>The element of a number, counted from 0 in the order of insertion.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlGetElementGenericTable(
        Executive executive, GuestPtr<RTL_GENERIC_TABLE> Table, uint I)
    {
        ref var table = ref Table.Value;
        if (I >= table.NumberGenericTableElements)
            return 0;
        // WhichOrderedElement counts from 1 and OrderedPointer is that element's link.
        if (table.WhichOrderedElement > I + 1)
            (table.OrderedPointer, table.WhichOrderedElement) = (OrderList(Table), 0);
        for (var steps = 0; table.WhichOrderedElement < I + 1; steps++)
        {
            table.OrderedPointer = TreeWalk.Checked(
                executive, steps, GuestMemory.Read<nuint>(table.OrderedPointer));
            table.WhichOrderedElement++;
        }
        return table.OrderedPointer - OrderOffset + DataOffset;
    }

    /// <summary>Number of elements.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlNumberGenericTableElements(
        Executive executive, GuestPtr<RTL_GENERIC_TABLE> Table) => Table.Value.NumberGenericTableElements;

    /// <summary>Whether there are no elements.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlIsGenericTableEmpty(Executive executive, GuestPtr<RTL_GENERIC_TABLE> Table) =>
        Table.Value.TableRoot.IsNull ? (byte)1 : (byte)0;

    private static nuint OrderList(GuestPtr<RTL_GENERIC_TABLE> table) => table.Address + 8;

    private static TABLE_SEARCH_RESULT Find(
        Executive executive, GuestPtr<RTL_GENERIC_TABLE> table, nuint key, out nuint node)
    {
        node = table.Value.TableRoot.Address;
        if (node == 0)
            return TABLE_SEARCH_RESULT.TableEmptyTree;
        for (var steps = 0; ; steps++)
        {
            TreeWalk.Checked(executive, steps < StepsMax ? 0 : int.MaxValue, node);
            var order = (RTL_GENERIC_COMPARE_RESULTS)(int)executive.Code.Call(
                table.Value.CompareRoutine, [table.Address, key, node + DataOffset]);
            if (order == RTL_GENERIC_COMPARE_RESULTS.GenericEqual)
                return TABLE_SEARCH_RESULT.TableFoundNode;
            var isLess = order == RTL_GENERIC_COMPARE_RESULTS.GenericLessThan;
            var child = isLess ? TreeWalk.Left(node) : TreeWalk.Right(node);
            if (child == 0)
                return isLess
                    ? TABLE_SEARCH_RESULT.TableInsertAsLeft
                    : TABLE_SEARCH_RESULT.TableInsertAsRight;
            node = child;
        }
    }

    private static void Link(
        GuestPtr<RTL_GENERIC_TABLE> table, nuint node, nuint parent, TABLE_SEARCH_RESULT place)
    {
        GuestMemory.Span(node, DataOffset).FillGuest((byte)0);
        TreeWalk.Parent(node) = place == TABLE_SEARCH_RESULT.TableEmptyTree ? node : parent;
        if (place == TABLE_SEARCH_RESULT.TableInsertAsLeft)
            TreeWalk.Left(parent) = node;
        else if (place == TABLE_SEARCH_RESULT.TableInsertAsRight)
            TreeWalk.Right(parent) = node;
        GuestLists.InsertTail(OrderList(table), node + OrderOffset);
        table.Value.NumberGenericTableElements++;
    }

    private static nuint MakeRoot(Executive executive, GuestPtr<RTL_GENERIC_TABLE> table, nuint node)
    {
        table.Value.TableRoot = new GuestPtr<RTL_SPLAY_LINKS>(SplayTree.Splay(executive, node));
        return node + DataOffset;
    }
}
