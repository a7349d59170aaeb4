// The kernel's port for machine code, for one world: calls guest code, binds routines, and gives each thread
// its guest stack and KPCR. No C# frame is ever skipped: an exception that a routine throws under guest code
// is kept here, the thunk leaves the guest's frames, and the exception goes on in the C# frame that called
// the guest. It knows nothing about files; images come from Drivers/DriverHost.cs. Parts:
// NativeCode.Faults.cs, .Images.cs, .Missing.cs, .SharedPage.cs, .Snapshots.cs, .Stacks.cs.
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Loader;

/// <summary>Machine code of one world.</summary>
/// <param name="executive">The world's kernel.</param>
/// <remarks>Errors: PlatformNotSupportedException anywhere but on Linux x64.</remarks>
public sealed unsafe partial class NativeCode(Executive executive) : INativeCode
{
    // What the thread's gs points to, and the exception on its way through guest frames: the thread's own
    // state, which no world can hold, because one thread may run in several.
    [ThreadStatic]
    private static ThreadBlock? t_block;

    [ThreadStatic]
    private static ExceptionDispatchInfo? t_unwinding;

    [ThreadStatic]
    private static int t_hostThreadId;

    private readonly MachineCode _machine = MachineCode.Shared;
    private readonly ConcurrentDictionary<nuint, ThreadBlock> _blocks = new();

    /// <summary>
    /// Makes the machine code that all worlds share, so that a thread with nothing to do can have done it
    /// before the first of them is made.
    /// </summary>
    public static void Prepare()
    {
        if (MachineCode.IsSupported)
            _ = MachineCode.Shared;
    }

    /// <inheritdoc/>
    public nint TimeStamp => executive.Clock is IVirtualClock ? 0 : (nint)_machine.TimeStamp;

    /// <inheritdoc/>
    public bool IsNative(nuint address) => _machine.Code.Contains(address) || FindCode(address) is not null;

    /// <inheritdoc/>
    public ulong Call(KernelThread thread, nuint target, ReadOnlySpan<ulong> arguments)
    {
        // Without a look at the thread's own state, which costs a call each time.
        // What a thread has there AttachThread put there.
        return thread.GuestState is { } state
            ? CallOn(Unsafe.As<ThreadBlock>(state), target, arguments)
            : CallAfterSwitch(thread, target, arguments);
    }

    /// <inheritdoc/>
    public void Unwind(Exception exception)
    {
        var block = t_block;
        Invariant.That(block is not null && block.Word(ThreadBlock.HostRsp) != 0);
        block!.Request = null;
        if (exception is SegmentUnwindException unwinding)
        {
            Request(unwinding.Request);
            return;
        }
        // A wild pointer of the guest's that C# used is an exception of the guest's; and so is what came of
        // it when a copy ended early.
        var going = TakeCopyFault(block!) ?? TakeHostFault(block!, exception) ?? exception;
        t_unwinding = ExceptionDispatchInfo.Capture(going);
        block!.Int32(ThreadBlock.Pending) =
            going is GuestRaiseException ? ThreadBlock.Raise : ThreadBlock.Abandon;
    }

    /// <inheritdoc/>
    public nuint AttachThread(KernelThread thread)
    {
        var block = _machine.RentBlock();
        // This thread may have used the very block in a world that another thread has ended: it is to be made
        // the thread's once more.
        if (ReferenceEquals(t_block, block))
            t_block = null;
        block.Prepare(thread.Object, Page.Address);
        block.Word(ThreadBlock.SpinLockOwner) = SpinLocks.OwnedBy(thread);
        block.Owner = thread;
        block.OwnerHostThread = Environment.CurrentManagedThreadId;
        _blocks[block.Gs] = block;
        GuestBoundary.Add(block.Int32(ThreadBlock.Number), thread);
        TellVectors(block);
        thread.NativeState = block;
        GuestWatch.Add(block, this);
        return block.Gs;
    }

    /// <inheritdoc/>
    public void DetachThread(KernelThread thread)
    {
        var isKnown = _blocks.TryRemove(thread.Kpcr, out var block);
        Invariant.That(isKnown);
        if (ReferenceEquals(t_block, block))
            Activate(null);
        thread.NativeState = null;
        GuestWatch.Remove(block!);
        block!.Owner = null;
        // A thread that is still inside guest code keeps its stack: the block is lost rather than given to
        // another.
        if (block.Int32(ThreadBlock.GuestDepth) != 0)
            return;
        GuestBoundary.Remove(block.Int32(ThreadBlock.Number));
        _machine.ReturnBlock(block);
    }

    private ulong CallOn(ThreadBlock block, nuint target, ReadOnlySpan<ulong> arguments)
    {
        var entry = _machine.Entry(arguments.Length);
        // Words of the block by their addresses: it stays where it is.
        var words = (byte*)block.Gs;
        var depth = *(int*)(words + ThreadBlock.GuestDepth);
        if (depth == 0)
            block.Entries++;
        else if (*(int*)(words + ThreadBlock.Pending) == ThreadBlock.CopyFailed)
            ThrowCopyFault(block);
        // Before the look-up, so that whoever removes an image sees this thread (see NativeCode.Images.cs).
        Volatile.Write(ref *(int*)(words + ThreadBlock.GuestDepth), depth + 1);
        if (!IsCode(block, target))
            throw Refuse(block, target);
        var result = Enter(entry, target, arguments);
        --*(int*)(words + ThreadBlock.GuestDepth);
        if (*(int*)(words + ThreadBlock.Pending) != 0)
            GoOn(block);
        return result;
    }

    private GuestStoppedException Refuse(ThreadBlock block, nuint target)
    {
        block.Int32(ThreadBlock.GuestDepth)--;
        return executive.BugCheck(JudgeCall(target));
    }

    // A method of its own and without a try block: the runtime inlines its transition only there (measured
    // 2026-09: 5 to 7 ns). Guest code never throws through it. The arguments are pinned while the thunk
    // copies them.
    private static ulong Enter(
        delegate* unmanaged<nuint, ulong*, ulong> thunk, nuint target, ReadOnlySpan<ulong> arguments)
    {
        fixed (ulong* first = arguments)
            return thunk(target, first);
    }

    private void GoOn(ThreadBlock block)
    {
        if (block.Int32(ThreadBlock.Pending) is ThreadBlock.Kicked or ThreadBlock.CopyFailed)
        {
            GoOnWithSignal(block);
            return;
        }
        block.Int32(ThreadBlock.Pending) = 0;
        var unwinding = t_unwinding;
        t_unwinding = null;
        if (unwinding is null)
            throw StopStrayed(block);
        unwinding.Throw();
    }

    // The first call of a thread in this world, or a call from inside another world's guest code, which must
    // find its own block when this one returns.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong CallAfterSwitch(KernelThread thread, nuint target, ReadOnlySpan<ulong> arguments)
    {
        var previous = t_block;
        Activate(_blocks[thread.Kpcr]);
        try
        {
            return CallOn(t_block!, target, arguments);
        }
        finally
        {
            if (previous is not null && IsInGuest(previous))
                Activate(previous);
        }
    }

    // A block that this thread used once may be another's by now.
    private static bool IsInGuest(ThreadBlock block) =>
        block.OwnerHostThread == Environment.CurrentManagedThreadId
        && block.Owner is { Executive.IsDisposed: false }
        && block.Int32(ThreadBlock.GuestDepth) != 0;

    private void Activate(ThreadBlock? block)
    {
        if (block is not null)
        {
            block.Word(ThreadBlock.OwnerFs) = _machine.ReadFs();
            block.HostThreadId = t_hostThreadId != 0 ? t_hostThreadId
                : t_hostThreadId = Interop.HostThreadId;
        }
        _machine.SetGsBase(block?.Gs ?? 0);
        t_block = block;
        GuestBoundary.SetThread(block?.Owner);
    }
}
