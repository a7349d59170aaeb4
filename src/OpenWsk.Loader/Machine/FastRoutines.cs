// Routines of the kernel that are a few instructions and are called often, as machine code that drivers call
// directly: no change of stacks, no C#. Each does what the C# routine of its name does in the plain case and
// jumps to that routine's thunk in every other, before it has changed anything. None touches the stack or a
// register that the Microsoft convention preserves, so a fault in one is a fault of its caller and unwinds
// as such. It knows nothing about when they may stand in; see NativeCode.Fast.cs.
using Iced.Intel;
using OpenWsk.Kernel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Emits one routine; the address is that of the C# routine's thunk.</summary>
internal delegate void FastWriter(Assembler a, nuint plain);

/// <summary>The routines that exist as machine code.</summary>
internal static class FastRoutines
{
    private static readonly AssemblerMemoryOperand s_irql = __byte_ptr.gs[KernelThread.KpcrIrqlOffset];
    private static readonly AssemblerMemoryOperand s_owner = __qword_ptr.gs[ThreadBlock.SpinLockOwner];

    private static readonly Dictionary<string, FastWriter> s_writers = new(StringComparer.Ordinal)
    {
        ["KeGetCurrentIrql"] = WriteGetIrql,
        ["KfRaiseIrql"] = WriteRaiseIrql,
        ["KeRaiseIrqlToDpcLevel"] = WriteRaiseToDispatch,
        ["KeLowerIrql"] = WriteLowerIrql,
        ["KfLowerIrql"] = WriteLowerIrql,
        ["KeGetCurrentThread"] = WriteGetThread,
        ["PsGetCurrentThread"] = WriteGetThread,
        ["KeAcquireSpinLockRaiseToDpc"] = WriteAcquire,
        ["KeReleaseSpinLock"] = WriteRelease,
        ["KeAcquireSpinLockAtDpcLevel"] = WriteAcquireAtDispatch,
        ["KeReleaseSpinLockFromDpcLevel"] = WriteReleaseAtDispatch,
        ["memcpy"] = FastMemory.WriteMove,
        ["memmove"] = FastMemory.WriteMove,
        ["RtlCopyMemory"] = FastMemory.WriteMove,
        ["RtlMoveMemory"] = FastMemory.WriteMove,
        ["memset"] = FastMemory.WriteFill,
    };

    /// <summary>How the routine is written as machine code, if it is one of these.</summary>
    public static bool TryFind(Routine routine, out FastWriter? writer)
    {
        writer = null;
        return string.Equals(routine.Library, Libraries.Ntoskrnl, StringComparison.OrdinalIgnoreCase)
            && s_writers.TryGetValue(routine.Name, out writer);
    }

    private static void WriteGetIrql(Assembler a, nuint plain)
    {
        a.movzx(eax, s_irql);
        a.ret();
    }

    private static void WriteRaiseIrql(Assembler a, nuint plain)
    {
        var other = a.CreateLabel();
        a.movzx(eax, s_irql);
        a.cmp(cl, al);
        a.jb(other);
        a.mov(s_irql, cl);
        a.ret();
        WriteOther(a, ref other, plain);
    }

    private static void WriteRaiseToDispatch(Assembler a, nuint plain)
    {
        var other = a.CreateLabel();
        a.movzx(eax, s_irql);
        a.cmp(al, Irql.Dispatch);
        a.ja(other);
        a.mov(s_irql, Irql.Dispatch);
        a.ret();
        WriteOther(a, ref other, plain);
    }

    // No DPC waits for a thread to lower its level: the dispatcher runs them on a thread of its own.
    private static void WriteLowerIrql(Assembler a, nuint plain)
    {
        var other = a.CreateLabel();
        a.cmp(s_irql, cl);
        a.jb(other);
        a.mov(s_irql, cl);
        a.ret();
        WriteOther(a, ref other, plain);
    }

    private static void WriteGetThread(Assembler a, nuint plain)
    {
        a.mov(rax, __qword_ptr.gs[0x188]);
        a.ret();
    }

    // A free lock is 0 and a taken one has its owner in it; see SpinLocks.cs. The level changes last, so
    // that a bad address is found at the caller's level.
    private static void WriteAcquire(Assembler a, nuint plain)
    {
        var other = a.CreateLabel();
        a.movzx(r8d, s_irql);
        a.cmp(r8b, Irql.Dispatch);
        a.ja(other);
        WriteTake(a, other);
        a.mov(s_irql, Irql.Dispatch);
        a.mov(eax, r8d);
        a.ret();
        WriteOther(a, ref other, plain);
    }

    private static void WriteAcquireAtDispatch(Assembler a, nuint plain)
    {
        var other = a.CreateLabel();
        a.cmp(s_irql, Irql.Dispatch);
        a.jb(other);
        WriteTake(a, other);
        a.ret();
        WriteOther(a, ref other, plain);
    }

    private static void WriteRelease(Assembler a, nuint plain)
    {
        var other = a.CreateLabel();
        a.cmp(s_irql, Irql.Dispatch);
        a.jne(other);
        a.cmp(dl, Irql.Dispatch);
        a.ja(other);
        WriteGiveBack(a, other);
        a.mov(s_irql, dl);
        a.ret();
        WriteOther(a, ref other, plain);
    }

    private static void WriteReleaseAtDispatch(Assembler a, nuint plain)
    {
        var other = a.CreateLabel();
        WriteGiveBack(a, other);
        a.ret();
        WriteOther(a, ref other, plain);
    }

    private static void WriteTake(Assembler a, Label other)
    {
        a.mov(r9, s_owner);
        a.xor(eax, eax);
        a.@lock.cmpxchg(__qword_ptr[rcx], r9);
        a.jne(other);
    }

    // Only the owner's own word without anybody waiting: everything else is for C#.
    private static void WriteGiveBack(Assembler a, Label other)
    {
        a.mov(rax, s_owner);
        a.xor(r9d, r9d);
        a.@lock.cmpxchg(__qword_ptr[rcx], r9);
        a.jne(other);
    }

    private static void WriteOther(Assembler a, ref Label other, nuint plain)
    {
        a.Label(ref other);
        a.jmp((ulong)plain);
    }
}
