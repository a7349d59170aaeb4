// Splay trees of RTL_SPLAY_LINKS in the driver's memory: bringing a node to the top, taking one out. The root
// is its own parent. It knows nothing about elements or keys: see SplayTableRoutines.cs.
using static OpenWsk.Kernel.TreeWalk;

namespace OpenWsk.Kernel;

/// <summary>Changes splay trees.</summary>
internal static class SplayTree
{
    /// <summary>Brings a node to the top and returns it.</summary>
    public static nuint Splay(Executive executive, nuint node)
    {
        for (var steps = 0; Parent(node) != node; steps++)
        {
            var parent = Checked(executive, steps, Parent(node));
            var above = Parent(parent);
            if (above == parent)
            {
                Promote(node);
            }
            else if (IsLeftChild(node) == IsLeftChild(parent))
            {
                Promote(parent);
                Promote(node);
            }
            else
            {
                Promote(node);
                Promote(node);
            }
        }
        return node;
    }

    /// <summary>Takes a node out; returns the tree's top, 0 when nothing is left.</summary>
    public static nuint Delete(Executive executive, nuint node)
    {
        if (Left(node) != 0 && Right(node) != 0)
            ExchangeWithPredecessor(executive, node);
        var child = Left(node) != 0 ? Left(node) : Right(node);
        var parent = Parent(node);
        if (parent == node)
        {
            if (child != 0)
                Parent(child) = child;
            return child;
        }
        Hang(parent, node, child);
        if (child != 0)
            Parent(child) = parent;
        return parent;
    }

    /// <summary>The top of the tree that a node is in.</summary>
    public static nuint RootOf(Executive executive, nuint node)
    {
        for (var steps = 0; Parent(node) != node; steps++)
            node = Checked(executive, steps, Parent(node));
        return node;
    }

    // The predecessor is in the left part and has no right child.
    private static void ExchangeWithPredecessor(Executive executive, nuint node)
    {
        var other = Rightmost(executive, Left(node));
        var (parent, left, right) = (Parent(node), Left(node), Right(node));
        var (otherParent, otherLeft) = (Parent(other), Left(other));
        Parent(other) = parent == node ? other : parent;
        if (parent != node)
            Hang(parent, node, other);
        Right(other) = right;
        Parent(right) = other;
        if (left == other)
        {
            Left(other) = node;
            Parent(node) = other;
        }
        else
        {
            Left(other) = left;
            Parent(left) = other;
            Right(otherParent) = node;
            Parent(node) = otherParent;
        }
        Left(node) = otherLeft;
        if (otherLeft != 0)
            Parent(otherLeft) = node;
        Right(node) = 0;
    }
}
