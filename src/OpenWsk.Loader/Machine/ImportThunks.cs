// Machine code that leads from guest code into a routine of ours: Microsoft convention outside, the host's
// inside, with the change from the guest's stack to the host's between. Registers that only the Microsoft
// convention preserves (rdi, rsi, xmm6 to xmm15) are kept on the guest's stack. The routine gets the number
// of the thread before its own parameters, so that it need not look up who called. On the way back the
// thread may be told to raise an exception or to leave the guest's frames instead of returning
// (FaultThunks.cs). It knows nothing about which routine; see MachineCode.cs.
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Emits the import thunks.</summary>
internal static class ImportThunks
{
    // What a frame on the guest's stack holds, from its lowest address: its size and the import's number for
    // stack walks, whether it has the vector registers, ten of them, then registers that C# preserves itself
    // and that only snapshots and stack walks read: rbx, r12 to r15; then rbp, rsi, rdi and the return
    // address.
    internal const int FrameNumber = 8;
    internal const int FrameHasVectors = 12;
    internal const int FrameVectors = 0x10;
    internal const int FrameKept = FrameVectors + 10 * 16;
    internal const int FrameBytes = FrameKept + 6 * 8;
    internal const int PushedBytes = 3 * 8;

    // From the frame to the caller's home space: the frame, what was pushed, the return address.
    private const int HomeOffset = FrameBytes + PushedBytes + 8;

    // Of the host's six registers for arguments the thread's number takes the first.
    private const int HostRegisterArguments = 5;

    private static readonly AssemblerRegister64[] s_walked = [rbx, r12, r13, r14, r15];

    private static readonly AssemblerRegisterXMM[] s_kept =
        [xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];

    /// <summary>
    /// A thunk to an unmanaged entry. <paramref name="number"/> tells stack walks which import the frame
    /// belongs to.
    /// </summary>
    public static void Write(
        Assembler a, nuint entry, int parameterCount, bool isVariadic, int number, nuint raise)
    {
        if (isVariadic)
            WriteHome(a);
        var keep = a.CreateLabel();
        var kept = a.CreateLabel();
        WriteSave(a, number, keep, ref kept);
        var stackArguments = Math.Max(0, parameterCount - HostRegisterArguments);
        var outBytes = 8 * (stackArguments + stackArguments % 2);
        if (outBytes != 0)
            a.sub(rsp, outBytes);
        WriteArguments(a, parameterCount, isVariadic);
        a.mov(rax, (ulong)entry);
        a.call(rax);
        a.mov(rsp, __qword_ptr[rsp + outBytes]);
        WriteRestore(a, raise);
        WriteKeep(a, keep, kept);
    }

    // The caller's home space and its stack arguments become one array, which is what a va_list walks.
    private static void WriteHome(Assembler a)
    {
        AssemblerRegister64[] arguments = [rcx, rdx, r8, r9];
        for (var i = 0; i < arguments.Length; i++)
            a.mov(__qword_ptr[rsp + 8 + 8 * i], arguments[i]);
    }

    private static void WriteSave(Assembler a, int number, Label keep, ref Label kept)
    {
        a.push(rdi);
        a.push(rsi);
        a.push(rbp);
        a.sub(rsp, FrameBytes);
        a.mov(__qword_ptr[rsp], FrameBytes);
        a.mov(__qword_ptr[rsp + FrameNumber], number);
        a.cmp(__dword_ptr.gs[ThreadBlock.KeepsVectors], 0);
        a.jne(keep);
        a.Label(ref kept);
        for (var i = 0; i < s_walked.Length; i++)
            a.mov(__qword_ptr[rsp + FrameKept + 8 * i], s_walked[i]);
        // The conventions want it clear; a driver that left it set would have the host copy backwards.
        a.cld();
        a.mov(r11, rsp);
        a.mov(__qword_ptr.gs[ThreadBlock.GuestRsp], rsp);
        a.mov(rsp, __qword_ptr.gs[ThreadBlock.HostRsp]);
        a.push(r11);
    }

    private static void WriteArguments(Assembler a, int parameterCount, bool isVariadic)
    {
        AssemblerRegister64[] from = [rcx, rdx, r8, r9];
        AssemblerRegister64[] to = [rsi, rdx, rcx, r8, r9];
        a.mov(edi, __dword_ptr.gs[ThreadBlock.Number]);
        for (var i = 0; i < parameterCount; i++)
        {
            var slot = __qword_ptr[r11 + HomeOffset + 8 * i];
            var isList = isVariadic && i == parameterCount - 1;
            var register = i < to.Length ? to[i] : rax;
            if (isList)
                a.lea(register, slot);
            else if (i >= from.Length)
                a.mov(register, slot);
            else if (register != from[i])
                a.mov(register, from[i]);
            if (i >= to.Length)
                a.mov(__qword_ptr[rsp + 8 * (i - to.Length)], rax);
        }
    }

    private static void WriteRestore(Assembler a, nuint raise)
    {
        var leave = a.CreateLabel();
        var restore = a.CreateLabel();
        var restored = a.CreateLabel();
        // The frame says whether it has them: the world may have begun to keep them meanwhile.
        a.cmp(__dword_ptr[rsp + FrameHasVectors], 0);
        a.jne(restore);
        a.Label(ref restored);
        // C# preserved rbp itself; its copy serves stack walks only.
        a.add(rsp, FrameBytes + 8);
        a.pop(rsi);
        a.pop(rdi);
        // As in EntryThunks: nothing of the host's stays in what the convention lets a routine change.
        AssemblerRegister32[] changed = [ecx, edx, r8d, r9d, r10d, r11d];
        foreach (var register in changed)
            a.xor(register, register);
        a.cmp(__dword_ptr.gs[ThreadBlock.Pending], 0);
        a.jne(leave);
        a.ret();
        a.Label(ref leave);
        WriteLeave(a, raise);
        a.Label(ref restore);
        for (var i = 0; i < s_kept.Length; i++)
            a.movaps(s_kept[i], __xmmword_ptr[rsp + FrameVectors + 16 * i]);
        a.jmp(restored);
    }

    // The exception's context has the registers; what C# left in them is none of the guest's.
    private static void WriteLeave(Assembler a, nuint raise)
    {
        var known = a.CreateLabel();
        a.cmp(__dword_ptr.gs[ThreadBlock.KeepsVectors], 0);
        a.jne(known);
        foreach (var register in s_kept)
            a.xorps(register, register);
        a.Label(ref known);
        a.jmp((ulong)raise);
    }

    // Out of the way of drivers that leave the vector registers alone.
    private static void WriteKeep(Assembler a, Label keep, Label kept)
    {
        a.Label(ref keep);
        a.mov(__dword_ptr[rsp + FrameHasVectors], 1);
        for (var i = 0; i < s_kept.Length; i++)
            a.movaps(__xmmword_ptr[rsp + FrameVectors + 16 * i], s_kept[i]);
        a.jmp(kept);
    }
}
