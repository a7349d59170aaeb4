// An AVL tree of RTL_BALANCED_LINKS in the driver's memory: where a key belongs, putting a node there,
// taking one out, keeping both sides of each node equally deep up to one. The head of the tree is the
// table's own BalancedRoot, whose right child is the top. It knows nothing about elements' memory: see
// AvlTableRoutines.cs.
using OpenWsk.Abi;
using static OpenWsk.Kernel.TreeWalk;

namespace OpenWsk.Kernel;

/// <summary>Changes AVL trees.</summary>
internal static class AvlTree
{
    /// <summary>Size of the links before an element's data.</summary>
    public const int LinksBytes = 0x20;

    private const int BalanceOffset = 0x18;

    // 1.44 times the logarithm of the most elements that a ULONG counts.
    private const int DepthMax = 48;

    private static ref sbyte Balance(nuint node) => ref GuestMemory.Ref<sbyte>(node + BalanceOffset);

    /// <summary>Looks for a key; gives the node, or the one to hang a new node under.</summary>
    public static TABLE_SEARCH_RESULT Find(
        Executive executive, GuestPtr<RTL_AVL_TABLE> table, nuint key, out nuint node)
    {
        node = Right(table.Address);
        if (node == 0 || table.Value.NumberGenericTableElements == 0)
            return TABLE_SEARCH_RESULT.TableEmptyTree;
        for (var depth = 0; ; depth++)
        {
            if (depth > DepthMax)
                Checked(executive, int.MaxValue, node);
            var order = Compare(executive, table, key, node);
            if (order == RTL_GENERIC_COMPARE_RESULTS.GenericEqual)
                return TABLE_SEARCH_RESULT.TableFoundNode;
            var isLess = order == RTL_GENERIC_COMPARE_RESULTS.GenericLessThan;
            var child = isLess ? Left(node) : Right(node);
            if (child == 0)
                return isLess
                    ? TABLE_SEARCH_RESULT.TableInsertAsLeft
                    : TABLE_SEARCH_RESULT.TableInsertAsRight;
            node = child;
        }
    }

    public static RTL_GENERIC_COMPARE_RESULTS Compare(
        Executive executive, GuestPtr<RTL_AVL_TABLE> table, nuint key, nuint node) =>
        (RTL_GENERIC_COMPARE_RESULTS)(int)executive.Code.Call(
            table.Value.CompareRoutine, [table.Address, key, node + LinksBytes]);

    /// <summary>Hangs a node where <see cref="Find"/> said.</summary>
    public static void Insert(
        Executive executive,
        GuestPtr<RTL_AVL_TABLE> table,
        nuint node,
        nuint parent,
        TABLE_SEARCH_RESULT place)
    {
        GuestMemory.Span(node, LinksBytes).FillGuest((byte)0);
        ref var t = ref table.Value;
        t.NumberGenericTableElements++;
        if (place == TABLE_SEARCH_RESULT.TableEmptyTree)
        {
            Right(table.Address) = node;
            Parent(node) = table.Address;
            t.DepthOfTree = 1;
            return;
        }
        if (place == TABLE_SEARCH_RESULT.TableInsertAsLeft)
            Left(parent) = node;
        else
            Right(parent) = node;
        Parent(node) = parent;
        if (GrowUpwards(executive, table, node))
            t.DepthOfTree++;
    }

    /// <summary>Takes a node out; its memory stays as it is.</summary>
    public static void Remove(Executive executive, GuestPtr<RTL_AVL_TABLE> table, nuint node)
    {
        // A node with two children changes places with its neighbour of the deeper side, which has one.
        var easy = node;
        if (Left(node) != 0 && Right(node) != 0)
            easy = Balance(node) >= 0
                ? Leftmost(executive, Right(node))
                : Rightmost(executive, Left(node));
        var parent = Parent(easy);
        var wasLeft = parent != table.Address && Left(parent) == easy;
        var child = Left(easy) != 0 ? Left(easy) : Right(easy);
        if (wasLeft)
            Left(parent) = child;
        else
            Right(parent) = child;
        if (child != 0)
            Parent(child) = parent;
        if (ShrinkUpwards(executive, table, parent, wasLeft))
            table.Value.DepthOfTree--;
        if (easy != node)
            TakePlaceOf(easy, node);
        table.Value.NumberGenericTableElements--;
    }

    // True when the whole tree has become deeper.
    private static bool GrowUpwards(Executive executive, GuestPtr<RTL_AVL_TABLE> table, nuint node)
    {
        for (var steps = 0; Parent(node) != table.Address; steps++)
        {
            var parent = Checked(executive, steps, Parent(node));
            var side = Left(parent) == node ? (sbyte)-1 : (sbyte)1;
            if (Balance(parent) == 0)
            {
                Balance(parent) = side;
                node = parent;
                continue;
            }
            if (Balance(parent) != side)
                Balance(parent) = 0;
            else
                Rebalance(executive, parent, side, out _);
            return false;
        }
        return true;
    }

    // One side of the parent has become less deep; true when the whole tree has.
    private static bool ShrinkUpwards(
        Executive executive, GuestPtr<RTL_AVL_TABLE> table, nuint parent, bool isLeft)
    {
        for (var steps = 0; parent != table.Address; steps++)
        {
            var other = isLeft ? (sbyte)1 : (sbyte)-1;
            if (Balance(parent) == 0)
            {
                Balance(parent) = other;
                return false;
            }
            var top = parent;
            if (Balance(parent) == other)
            {
                top = Rebalance(executive, parent, other, out var isLower);
                if (!isLower)
                    return false;
            }
            else
            {
                Balance(parent) = 0;
            }
            parent = Checked(executive, steps, Parent(top));
            isLeft = parent != table.Address && Left(parent) == top;
        }
        return true;
    }

    // A node is two deeper on one side (-1 left, 1 right); returns the subtree's new top.
    private static nuint Rebalance(Executive executive, nuint node, sbyte side, out bool isLower)
    {
        var child = Checked(executive, 0, side < 0 ? Left(node) : Right(node));
        isLower = true;
        if (Balance(child) == side)
        {
            Balance(node) = Balance(child) = 0;
            Promote(child);
            return child;
        }
        if (Balance(child) == 0)
        {
            Balance(child) = (sbyte)-side;
            Promote(child);
            isLower = false;
            return child;
        }
        var grandchild = Checked(executive, 0, side < 0 ? Right(child) : Left(child));
        Promote(grandchild);
        Promote(grandchild);
        Balance(node) = Balance(grandchild) == side ? (sbyte)-side : (sbyte)0;
        Balance(child) = Balance(grandchild) == -side ? side : (sbyte)0;
        Balance(grandchild) = 0;
        return grandchild;
    }

    private static void TakePlaceOf(nuint taker, nuint node)
    {
        GuestMemory.Span(node, LinksBytes).CopyToGuest(GuestMemory.Span(taker, LinksBytes));
        Hang(Parent(node), node, taker);
        if (Left(taker) != 0)
            Parent(Left(taker)) = taker;
        if (Right(taker) != 0)
            Parent(Right(taker)) = taker;
    }
}
