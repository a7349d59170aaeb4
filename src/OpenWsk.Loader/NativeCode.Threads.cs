// The stacks of all threads that are in guest code, as another thread sees them: for the account of a hang.
// A thread that waits is where its stack says; one that runs is seen where it called a routine last. It knows
// nothing about why somebody asks; see Unwinding/StackWalker.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Where a thread is in guest code.</summary>
/// <param name="Id">The id that the guest knows.</param>
/// <param name="Name">What it runs.</param>
/// <param name="Frames">Innermost first, as reports name addresses.</param>
public sealed record ThreadStack(int Id, string Name, IReadOnlyList<string> Frames);

public sealed unsafe partial class NativeCode
{
    /// <summary>The threads of this world that are in guest code, in the order of their ids.</summary>
    /// <remarks>They go on meanwhile: what is told of one that runs may be old.</remarks>
    public IReadOnlyList<ThreadStack> WalkThreads()
    {
        var stacks = new List<ThreadStack>();
        foreach (var block in _blocks.Values)
        {
            if (block.Owner is not { } owner || Volatile.Read(ref block.Int32(ThreadBlock.GuestDepth)) == 0)
                continue;
            var frames = Walker.WalkCallers(block)
                .Select(frame => frame.Routine ?? NameAddress(frame.Address));
            stacks.Add(new ThreadStack(owner.Id, owner.Name, [.. frames]));
        }
        stacks.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return stacks;
    }
}
