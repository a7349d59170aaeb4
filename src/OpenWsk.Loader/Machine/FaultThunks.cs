// Machine code between an exception in guest code and its dispatcher in C#, which runs on the host's stack.
// A fault arrives by the signal stub with the guest's registers stored, a raise of a routine by its import
// thunk with them still live. Back leads either into the guest with the registers as the dispatcher left them
// or out of the guest (EntryThunks.WriteAbandon). It knows nothing about signals or exceptions.
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Emits the fault thunks.</summary>
internal static class FaultThunks
{
    private const int Context = ThreadBlock.Context;
    private const int Rip = Context + 0xF8;
    private const int Rsp = Context + 0x98;
    private const int Flags = Context + 0x44;
    private const int FloatSave = Context + 0x100;
    private const int FloatTags = 4;
    private const int FloatMxcsr = 0x18;
    private const int FloatVectors = 0xA0;
    private const int DefaultControl = 0x37F;
    private const int DefaultMxcsr = 0x1F80;
    private const int DefaultFlags = 0x202;

    private static readonly AssemblerRegister64[] s_registers =
        [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static readonly AssemblerRegisterXMM[] s_vectors =
    [
        xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15,
    ];

    /// <summary>
    /// Runs the dispatcher on the host's stack and does what it says: 0 leaves the guest, 1 goes on.
    /// </summary>
    public static void WriteDispatch(Assembler a, nuint dispatcher, nuint abandon)
    {
        var resume = a.CreateLabel();
        var dirty = a.CreateLabel();
        var clean = a.CreateLabel();
        // From an entry's frame to where a call may be made.
        a.sub(rsp, 8);
        a.fxsave64(__qword_ptr.gs[FloatSave]);
        // The guest may have left the rounding mode or the x87 stack as C# does not expect them. Mostly it
        // has not, and making them so costs more than looking.
        WriteFloatCheck(a, dirty);
        a.jmp(clean);
        a.Label(ref dirty);
        a.fninit();
        a.Label(ref clean);
        a.push(DefaultMxcsr);
        a.ldmxcsr(__dword_ptr[rsp]);
        a.add(rsp, 8);
        ExtendedState.WriteKeep(a);
        a.mov(rax, (ulong)dispatcher);
        a.call(rax);
        a.test(rax, rax);
        a.jne(resume);
        a.jmp((ulong)abandon);
        a.Label(ref resume);
        ExtendedState.WriteRestore(a);
        WriteFloatRestore(a);
        // Windows code has no red zone: what lies below its stack pointer is free.
        a.mov(rsp, __qword_ptr.gs[Rsp]);
        a.push(__qword_ptr.gs[Rip]);
        a.push(__qword_ptr.gs[ThreadBlock.ResumeFlags]);
        for (var i = 0; i < s_registers.Length; i++)
        {
            if (s_registers[i] != rsp)
                a.mov(s_registers[i], __qword_ptr.gs[Context + SignalFrame.ContextRegisters + 8 * i]);
        }
        a.popfq();
        a.ret();
    }

    // Jumps when the x87 state that was saved is not the one that every function begins with.
    private static void WriteFloatCheck(Assembler a, Label dirty)
    {
        a.cmp(__word_ptr.gs[FloatSave], DefaultControl);
        a.jne(dirty);
        a.cmp(__byte_ptr.gs[FloatSave + FloatTags], 0);
        a.jne(dirty);
    }

    // A clean x87 state is restored by emptying its stack; the vector registers, which are always used, one
    // by one: that takes a fifth of the time of the instruction that restores all.
    private static void WriteFloatRestore(Assembler a)
    {
        var dirty = a.CreateLabel();
        var done = a.CreateLabel();
        WriteFloatCheck(a, dirty);
        a.emms();
        a.ldmxcsr(__dword_ptr.gs[FloatSave + FloatMxcsr]);
        for (var i = 0; i < s_vectors.Length; i++)
            a.movaps(s_vectors[i], __xmmword_ptr.gs[FloatSave + FloatVectors + 16 * i]);
        a.jmp(done);
        a.Label(ref dirty);
        a.fxrstor64(__qword_ptr.gs[FloatSave]);
        a.Label(ref done);
    }

    /// <summary>
    /// Jumped to from an import thunk that must not return: stores the caller's registers and dispatches, or
    /// leaves.
    /// </summary>
    public static void WriteRaise(Assembler a, nuint dispatch, nuint abandon)
    {
        var store = a.CreateLabel();
        var kicked = a.CreateLabel();
        a.cmp(__dword_ptr.gs[ThreadBlock.Pending], ThreadBlock.Kicked);
        a.je(kicked);
        a.mov(__dword_ptr.gs[ThreadBlock.FaultSignal], 0);
        a.cmp(__dword_ptr.gs[ThreadBlock.Pending], ThreadBlock.Abandon);
        a.jne(store);
        a.jmp((ulong)abandon);
        a.Label(ref kicked);
        a.mov(__dword_ptr.gs[ThreadBlock.FaultSignal], ThreadBlock.KickMark);
        a.Label(ref store);
        for (var i = 0; i < s_registers.Length; i++)
            a.mov(__qword_ptr.gs[Context + SignalFrame.ContextRegisters + 8 * i], s_registers[i]);
        a.mov(rax, __qword_ptr[rsp]);
        a.mov(__qword_ptr.gs[Rip], rax);
        a.lea(rax, __qword_ptr[rsp + 8]);
        a.mov(__qword_ptr.gs[Rsp], rax);
        a.mov(__dword_ptr.gs[Flags], DefaultFlags);
        a.cld();
        a.mov(rsp, __qword_ptr.gs[ThreadBlock.HostRsp]);
        a.jmp((ulong)dispatch);
    }

    /// <summary>
    /// Copies rdx bytes from rsi to rdi in the host's convention and returns 0. When a byte cannot be read or
    /// written, the signal stub goes on at <see cref="WriteSafeCopyFailed"/> instead.
    /// </summary>
    public static void WriteSafeCopy(Assembler a)
    {
        a.mov(rcx, rdx);
        a.rep.movsb();
        a.xor(eax, eax);
        a.ret();
    }

    public static void WriteSafeCopyFailed(Assembler a)
    {
        a.mov(eax, 1);
        a.ret();
    }
}
