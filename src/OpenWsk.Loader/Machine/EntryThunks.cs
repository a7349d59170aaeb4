// Machine code that leads from C# into guest code: f(target, arguments) in the host's convention calls target
// in the Microsoft convention, on the guest's stack. All that C# may rely on is kept in one frame on the
// host's stack, so that the way back can be taken from anywhere: that is what leaving guest frames (Abandon)
// does. It knows nothing about who calls; see NativeCode.cs. The other direction is ImportThunks.cs.
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Emits the entry thunks.</summary>
internal static class EntryThunks
{
    // Fields of the frame that HostRsp points to: the guest stack pointer and the entry frame of the stretch
    // outside this one. It lies so that one word more is what a call needs for alignment.
    internal const int OuterGuestRsp = 0;
    internal const int OuterHostRsp = 8;

    private const int RegisterArguments = 4;
    private const int HomeBytes = 0x20;
    private const uint DefaultMxcsr = 0x1F80;

    /// <summary>The thunk for one number of arguments.</summary>
    public static void WriteEntry(Assembler a, int argumentCount)
    {
        AssemblerRegister64[] saved = [rbp, rbx, r12, r13, r14, r15];
        foreach (var register in saved)
            a.push(register);
        a.push(__qword_ptr.gs[ThreadBlock.HostRsp]);
        a.push(__qword_ptr.gs[ThreadBlock.GuestRsp]);
        a.mov(__qword_ptr.gs[ThreadBlock.HostRsp], rsp);
        a.mov(rsp, __qword_ptr.gs[ThreadBlock.GuestRsp]);
        var frameBytes = HomeBytes + 8 * Math.Max(0, argumentCount - RegisterArguments);
        a.sub(rsp, (frameBytes + 15) & ~15);
        for (var i = RegisterArguments; i < argumentCount; i++)
        {
            a.mov(rax, __qword_ptr[rsi + 8 * i]);
            a.mov(__qword_ptr[rsp + 8 * i], rax);
        }
        AssemblerRegister64[] arguments = [rcx, rdx, r8, r9];
        for (var i = 0; i < Math.Min(argumentCount, RegisterArguments); i++)
            a.mov(arguments[i], __qword_ptr[rsi + 8 * i]);
        a.mov(rax, rdi);
        WriteBlank(a, arguments.AsSpan(Math.Min(argumentCount, RegisterArguments)));
        a.call(rax);
        WriteWayBack(a);
    }

    // What the host left in registers points into its own memory. A driver that uses a register it never set
    // finds zero in it, each time: its mistake shows, and does not hit the runtime. Zeroing costs nothing
    // that was measurable.
    private static void WriteBlank(Assembler a, ReadOnlySpan<AssemblerRegister64> unused)
    {
        AssemblerRegister32[] low = [ebx, ebp, esi, edi, r10d, r11d, r12d, r13d, r14d, r15d];
        foreach (var register in low)
            a.xor(register, register);
        foreach (var register in unused)
            a.xor(register, register);
    }

    /// <summary>Jumped to from an import thunk: gives up every guest frame of the innermost entry.</summary>
    public static void WriteAbandon(Assembler a)
    {
        // Nothing is pending when the guest jumped here by itself: it is not to pass for a return.
        a.mov(__dword_ptr.gs[ThreadBlock.Pending], ThreadBlock.Abandon);
        // The guest may have left the direction flag, the rounding mode or the x87 stack as C# does not
        // expect them.
        a.fninit();
        a.mov(rsp, __qword_ptr.gs[ThreadBlock.HostRsp]);
        a.push((int)DefaultMxcsr);
        a.ldmxcsr(__dword_ptr[rsp]);
        WriteWayBack(a);
    }

    private static void WriteWayBack(Assembler a)
    {
        a.cld();
        a.mov(rsp, __qword_ptr.gs[ThreadBlock.HostRsp]);
        a.pop(__qword_ptr.gs[ThreadBlock.GuestRsp]);
        a.pop(__qword_ptr.gs[ThreadBlock.HostRsp]);
        AssemblerRegister64[] saved = [r15, r14, r13, r12, rbx, rbp];
        foreach (var register in saved)
            a.pop(register);
        a.ret();
    }
}
