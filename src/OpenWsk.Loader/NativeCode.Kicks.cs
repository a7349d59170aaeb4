// Taking threads out of guest code from outside: after a bug check, when the watchdog has found a loop at a
// raised IRQL, and when a run has to end although a driver does not come back. It knows nothing about timers;
// see Faults/GuestWatch.cs.
using System.Collections.Concurrent;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    // What a thread in a routine may take to see that the guest is stopped.
    private static readonly TimeSpan s_endPatience = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentQueue<FaultSnapshot> _interrupted = new();
    private readonly AutoResetEvent _left = new(false);
    private volatile bool _isInterrupting;

    /// <summary>
    /// How long guest code may run at DISPATCH_LEVEL or above without returning. Windows allows 20 s.
    /// </summary>
    public TimeSpan DispatchTimeMax { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether no thread of this world is in guest code.</summary>
    public bool IsIdle => _blocks.Values.All(b => Volatile.Read(ref b.Int32(ThreadBlock.GuestDepth)) == 0);

    /// <summary>
    /// Takes every thread out of guest code that does not come back by itself, and says where each was.
    /// Threads that wait in a routine stay and are not told of.
    /// </summary>
    public IReadOnlyList<FaultSnapshot> Interrupt(TimeSpan patience)
    {
        _isInterrupting = true;
        KickUntilOut(patience);
        _isInterrupting = false;
        foreach (var block in BlocksInGuest())
            Volatile.Write(ref block.Int32(ThreadBlock.Kick), 0);
        return [.. _interrupted];
    }

    /// <inheritdoc/>
    public bool TryEnd()
    {
        if (!OthersInGuest().Any())
            return true;
        executive.RequestStop("the world has ended");
        return KickUntilOut(s_endPatience);
    }

    // A kick has no effect on a thread that is on its way, so it is repeated.
    private bool KickUntilOut(TimeSpan patience)
    {
        const int stepMilliseconds = 5;
        for (var waited = 0; waited < patience.TotalMilliseconds; waited += stepMilliseconds)
        {
            var isAny = false;
            foreach (var block in OthersInGuest())
            {
                isAny = true;
                FaultSignals.Kick(block);
            }
            if (!isAny)
                return true;
            _left.WaitOne(stepMilliseconds);
        }
        return false;
    }

    private IEnumerable<ThreadBlock> OthersInGuest() =>
        BlocksInGuest().Where(b => b.OwnerHostThread != Environment.CurrentManagedThreadId);

    /// <summary>The calling thread's stack pointers and depth, which calls must leave as they were.</summary>
    internal (nuint Guest, nuint Host, int Depth) StackState => t_block is { } block
        ? (block.Word(ThreadBlock.GuestRsp), block.Word(ThreadBlock.HostRsp),
            block.Int32(ThreadBlock.GuestDepth))
        : default;

    internal IEnumerable<ThreadBlock> BlocksInGuest() =>
        _blocks.Values.Where(b => Volatile.Read(ref b.Int32(ThreadBlock.GuestDepth)) != 0);

    // Whoever kicked may have given up meanwhile. A loop of instructions that fault is hardly ever found
    // outside the dispatcher, so every one that goes on is asked.
    private void GoOnUnlessKicked(ThreadBlock block, CONTEXT* context)
    {
        if (Volatile.Read(ref block.Int32(ThreadBlock.Kick)) != 0)
            throw AnswerKick(block, context);
        GoOnAt(block, context);
    }

    // The thread has left the guest code of its innermost entry by itself, while a signal's mark was on it.
    private static void GoOnWithSignal(ThreadBlock block)
    {
        // An outer stretch sees it on its routine's way back.
        if (block.Word(ThreadBlock.HostRsp) != 0)
            return;
        block.Int32(ThreadBlock.Pending) = 0;
        Volatile.Write(ref block.Int32(ThreadBlock.Kick), 0);
    }

    private GuestStoppedException AnswerKick(ThreadBlock block, CONTEXT* context)
    {
        Volatile.Write(ref block.Int32(ThreadBlock.Kick), 0);
        _left.Set();
        if (executive.StopReason is { } reason)
            return new GuestStoppedException(reason);
        Complete(context);
        var snapshot = Make(block, context, null, null, null);
        if (_isInterrupting)
        {
            _interrupted.Enqueue(snapshot);
            return new GuestStoppedException(
                $"the thread was taken out of {NameAddress((nuint)context->Rip)}");
        }
        var violation = block.Owner!.Spin.Violation(
            DispatchTimeMax, $"at last in {NameAddress((nuint)context->Rip)}");
        return executive.BugCheck(violation with { Snapshot = snapshot });
    }
}
