// Steps through a binary tree, and turns in it, whose links a driver can reach: Parent, LeftChild, RightChild
// at offsets 0, 8 and 16, as both RTL_SPLAY_LINKS and RTL_BALANCED_LINKS begin. Every loop has a bound, so
// links that a driver has broken end in a bug check and not in an endless loop. It knows nothing about order
// or balance. Next: AvlTree.cs, SplayTree.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reads and changes the links of tree nodes.</summary>
internal static class TreeWalk
{
    private const int LeftOffset = 8;
    private const int RightOffset = 16;

    // More steps than any path of a tree that fits into memory; a loop among the links takes them all.
    private const int StepsMax = 1 << 24;

    public static ref nuint Parent(nuint node) => ref GuestMemory.Ref<nuint>(node);

    public static ref nuint Left(nuint node) => ref GuestMemory.Ref<nuint>(node + LeftOffset);

    public static ref nuint Right(nuint node) => ref GuestMemory.Ref<nuint>(node + RightOffset);

    public static bool IsLeftChild(nuint node) => Left(Parent(node)) == node;

    /// <summary>Puts another node, or none, where a node hangs.</summary>
    public static void Hang(nuint parent, nuint node, nuint other)
    {
        if (Left(parent) == node)
            Left(parent) = other;
        else
            Right(parent) = other;
    }

    /// <summary>Turns a node and its parent round, so that the parent becomes the node's child.</summary>
    /// <remarks>A parent that is its own, as the top of a tree may be, leaves that to the node.</remarks>
    public static void Promote(nuint node)
    {
        var parent = Parent(node);
        var above = Parent(parent);
        var wasTop = above == parent;
        if (Left(parent) == node)
        {
            Left(parent) = Right(node);
            if (Right(node) != 0)
                Parent(Right(node)) = parent;
            Right(node) = parent;
        }
        else
        {
            Right(parent) = Left(node);
            if (Left(node) != 0)
                Parent(Left(node)) = parent;
            Left(node) = parent;
        }
        Parent(parent) = node;
        Parent(node) = wasTop ? node : above;
        if (!wasTop)
            Hang(above, parent, node);
    }

    public static nuint Leftmost(Executive executive, nuint node)
    {
        for (var steps = 0; Left(node) != 0; steps++)
            node = Checked(executive, steps, Left(node));
        return node;
    }

    public static nuint Rightmost(Executive executive, nuint node)
    {
        for (var steps = 0; Right(node) != 0; steps++)
            node = Checked(executive, steps, Right(node));
        return node;
    }

    /// <summary>The next node in order below this one or above it; 0 at the end.</summary>
    /// <remarks>The root is its own parent, or the right child of a head that is its own parent.</remarks>
    public static nuint Successor(Executive executive, nuint node)
    {
        if (Right(node) != 0)
            return Leftmost(executive, Right(node));
        for (var steps = 0; Parent(node) != node; steps++)
        {
            var parent = Checked(executive, steps, Parent(node));
            if (Left(parent) == node)
                return parent;
            node = parent;
        }
        return 0;
    }

    /// <summary>The node before this one in order; 0 at the begin.</summary>
    public static nuint Predecessor(Executive executive, nuint node)
    {
        if (Left(node) != 0)
            return Rightmost(executive, Left(node));
        for (var steps = 0; Parent(node) != node; steps++)
        {
            var parent = Checked(executive, steps, Parent(node));
            if (Right(parent) == node)
                return parent;
            node = parent;
        }
        return 0;
    }

    /// <summary>Goes on to a link unless the tree cannot be one.</summary>
    public static nuint Checked(Executive executive, int steps, nuint next)
    {
        if (steps < StepsMax && next != 0)
            return next;
        throw executive.BugCheck(
            BugCheckCode.KERNEL_SECURITY_CHECK_FAILURE,
            $"the links of a table's element are corrupted near 0x{(ulong)next:x}");
    }
}
