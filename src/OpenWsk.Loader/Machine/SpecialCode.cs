// Routines that cannot be C#: their conventions are their own, or the thread has no gs base yet.
// It knows nothing about who binds them; see MachineCode.cs.
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Emits the special routines.</summary>
internal static class SpecialCode
{
    private const int PageBytes = 0x1000;

    /// <summary>
    /// __chkstk: rax = bytes that the caller is about to take from the stack. Touches each page downwards, so
    /// that the guard is hit and not jumped over; changes r10 and r11 only.
    /// </summary>
    public static void WriteCheckStack(Assembler a)
    {
        var probe = a.CreateLabel();
        var done = a.CreateLabel();
        a.lea(r10, __qword_ptr[rsp + 8]);
        a.mov(r11, r10);
        a.sub(r10, rax);
        a.jae(probe);
        // More than all memory below the stack: probe down to address 0, which ends at the guard.
        a.xor(r10d, r10d);
        a.Label(ref probe);
        a.sub(r11, PageBytes);
        a.cmp(r11, r10);
        a.jb(done);
        a.test(__byte_ptr[r11], al);
        a.jmp(probe);
        a.Label(ref done);
        a.test(__byte_ptr[r10], al);
        a.ret();
    }

    // Divergence from Windows: Control Flow Guard accepts every target of an indirect call.

    /// <summary>Control Flow Guard's check of an indirect call.</summary>
    public static void WriteGuardCheck(Assembler a) => a.ret();

    /// <summary>Control Flow Guard's dispatch of an indirect call; the target is in rax.</summary>
    public static void WriteGuardDispatch(Assembler a) => a.jmp(rax);

    /// <summary>Sets gs base to the first argument, in the host's convention.</summary>
    public static void WriteSetGsBase(Assembler a)
    {
        a.wrgsbase(rdi);
        a.ret();
    }

    /// <summary>
    /// Whether the time-stamp counter runs at one rate, whatever the processor does: CPUID 80000007h, bit 8
    /// of EDX.
    /// </summary>
    public static bool CountsTime =>
        (uint)X86Base.CpuId(unchecked((int)0x8000_0000), 0).Eax >= 0x8000_0007
        && (X86Base.CpuId(unchecked((int)0x8000_0007), 0).Edx & 1 << 8) != 0;

    /// <summary>A function of the host's convention.</summary>
    public static void WriteTimeStamp(Assembler a)
    {
        a.rdtsc();
        a.shl(rdx, 32);
        a.or(rax, rdx);
        a.ret();
    }

    /// <summary>Returns the first word of the thread's own segment, which holds its address.</summary>
    public static void WriteReadFs(Assembler a)
    {
        a.mov(rax, __qword_ptr.fs[0]);
        a.ret();
    }
}
