// What each thread of the guest was doing at a bug check: its frames and its stack as far as they can be
// told from outside, while it may go on. It knows nothing about the bug check's own thread but that it comes
// first.
using System.Runtime.InteropServices;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Describes threads.</summary>
internal sealed class CrashThreads(NativeCode native, CrashFrames frames)
{
    // Below the stack pointer lies what the driver has left behind; a little of it helps.
    private const uint BelowBytes = 0x80;

    public IReadOnlyList<CrashThread> Describe(
        BugCheck? check, IReadOnlyList<CrashFrame> faultStack, MemoryCopies memory)
    {
        var threads = new List<CrashThread>();
        foreach (var block in native.Blocks)
        {
            if (block.Owner is not { } owner || Volatile.Read(ref block.Int32(ThreadBlock.GuestDepth)) == 0)
                continue;
            var isFault = check?.Snapshot?.ThreadId == owner.Id;
            var thread = isFault ? OfFault(check!.Snapshot!, block, faultStack) : OfOther(owner, block);
            memory.Add(thread.StackStart, thread.StackBytes);
            memory.AddPage(block.Gs);
            AddThunks(thread, memory);
            if (isFault)
                threads.Insert(0, thread);
            else
                threads.Add(thread);
        }
        return threads;
    }

    // A debugger ends its walk at a return address that leads to no code, and some then distrust the frames
    // before it; so the thunks that driver code returns to are in the dump.
    private void AddThunks(CrashThread thread, MemoryCopies memory)
    {
        var stack = MemoryMarshal.Cast<byte, ulong>(
            MemoryReader.Read(thread.StackStart & ~7ul, (int)thread.StackBytes & ~7));
        foreach (var word in stack)
        {
            if (native.IsThunk((nuint)word))
                memory.AddCodePage(word);
        }
    }

    private static CrashThread OfFault(
        FaultSnapshot snapshot, ThreadBlock block, IReadOnlyList<CrashFrame> stack)
    {
        var start = StackStart(block, snapshot.Context.Rsp);
        return new CrashThread
        {
            Id = snapshot.ThreadId,
            Name = snapshot.ThreadName,
            Irql = snapshot.Irql,
            State = snapshot.Exception is null
                ? "gave the bug check"
                    + (stack is [{ IsRoutine: true } first, ..] ? $" in {first.Function}" : "")
                : "made the fault",
            Context = snapshot.Context,
            Stack = stack,
            Kpcr = block.Gs,
            StackStart = start,
            StackBytes = (uint)(block.StackEnd - start),
        };
    }

    private CrashThread OfOther(KernelThread owner, ThreadBlock block)
    {
        var stack = frames.OfOther(block, out var context);
        var start = StackStart(block, stack.Count == 0 ? 0 : context.Rsp);
        return new CrashThread
        {
            Id = owner.Id,
            Name = owner.Name,
            Irql = owner.Irql,
            State = stack.Count == 0 ? "ran code of a driver" : $"was in {stack[0].Function}",
            Context = stack.Count == 0 ? null : context,
            Stack = stack,
            Kpcr = block.Gs,
            StackStart = start,
            StackBytes = (uint)(block.StackEnd - start),
        };
    }

    // The whole stack when its pointer is not on it.
    private static ulong StackStart(ThreadBlock block, ulong stackPointer) =>
        stackPointer >= block.StackStart + BelowBytes && stackPointer < block.StackEnd
            ? stackPointer - BelowBytes
            : block.StackStart;
}
