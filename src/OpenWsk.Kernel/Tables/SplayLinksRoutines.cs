// Splay trees as drivers use them without a table: RTL_SPLAY_LINKS in structures of their own.
// It knows nothing about tables: see SplayTableRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for splay links.</summary>
public static class SplayLinksRoutines
{
    /// <summary>Brings a node to the top and returns it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlSplay(Executive executive, nuint Links) => SplayTree.Splay(executive, Links);

    /// <summary>Takes a node out, brings its parent to the top and returns the top.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlDelete(Executive executive, nuint Links)
    {
        var left = SplayTree.Delete(executive, Links);
        return left == 0 ? 0 : SplayTree.Splay(executive, left);
    }

    /// <summary>Takes a node out without splaying; the root is changed when it was the node.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlDeleteNoSplay(Executive executive, nuint Links, GuestPtr<nuint> Root)
    {
        var left = SplayTree.Delete(executive, Links);
        Root.Value = left == 0 ? 0 : SplayTree.RootOf(executive, left);
    }

    /// <summary>The next node below this one; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlSubtreeSuccessor(Executive executive, nuint Links) =>
        TreeWalk.Right(Links) == 0 ? 0 : TreeWalk.Leftmost(executive, TreeWalk.Right(Links));

    /// <summary>The node before this one below it; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlSubtreePredecessor(Executive executive, nuint Links) =>
        TreeWalk.Left(Links) == 0 ? 0 : TreeWalk.Rightmost(executive, TreeWalk.Left(Links));

    /// <summary>The next node in the whole tree; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlRealSuccessor(Executive executive, nuint Links) =>
        TreeWalk.Successor(executive, Links);

    /// <summary>The node before this one in the whole tree; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlRealPredecessor(Executive executive, nuint Links) =>
        TreeWalk.Predecessor(executive, Links);
}
