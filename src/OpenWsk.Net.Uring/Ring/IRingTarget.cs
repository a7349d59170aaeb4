// Whoever has operations in a ring. It says nothing about what the operations are: the kind is the target's
// own. Next: UringLoop.cs.
namespace OpenWsk.Net.Uring.Ring;

/// <summary>Hears the completions of its operations, on the ring's thread and under no lock.</summary>
internal interface IRingTarget
{
    /// <summary>One completion.</summary>
    /// <param name="isLast">Whether no other follows for the same operation.</param>
    void OnCompletion(int kind, int result, uint flags, bool isLast);
}
