// Moving and filling memory as machine code for drivers: rcx = destination, rdx = source or value, r8 =
// bytes, the destination comes back in rax. Only registers that a callee may change are used and the stack
// is left alone, so a fault in the middle is the caller's own. Overlap is treated as memmove does.
// It knows nothing about who calls; see FastRoutines.cs.
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Emits the memory routines.</summary>
internal static class FastMemory
{
    private const int Block = 16;

    // Above this the way into C# no longer counts, and C# copies long blocks better.
    private const int Long = 4096;

    public static void WriteMove(Assembler a, nuint plain)
    {
        var (far, small, backwards, done) = Labels(a);
        var forwards = a.CreateLabel();
        var next = a.CreateLabel();
        a.mov(rax, rcx);
        a.cmp(r8, Long);
        a.ja(far);
        a.cmp(r8, Block);
        a.jb(small);
        // The last block is read before anything is written, so it may overlap what is written.
        a.movups(xmm1, __xmmword_ptr[rdx + r8 - Block]);
        a.lea(r10, __qword_ptr[rcx + r8 - Block]);
        a.mov(r9, rcx);
        a.sub(r9, rdx);
        a.cmp(r9, r8);
        a.jb(backwards);
        a.Label(ref forwards);
        a.cmp(rcx, r10);
        a.jae(next);
        a.movups(xmm0, __xmmword_ptr[rdx]);
        a.movups(__xmmword_ptr[rcx], xmm0);
        a.add(rdx, Block);
        a.add(rcx, Block);
        a.jmp(forwards);
        a.Label(ref next);
        a.movups(__xmmword_ptr[r10], xmm1);
        a.Label(ref done);
        a.ret();
        WriteBackwards(a, ref backwards);
        WriteSmallMove(a, ref small, done);
        a.Label(ref far);
        a.jmp((ulong)plain);
    }

    public static void WriteFill(Assembler a, nuint plain)
    {
        var (far, small, next, done) = Labels(a);
        var loop = a.CreateLabel();
        a.mov(rax, rcx);
        a.cmp(r8, Long);
        a.ja(far);
        a.cmp(r8, Block);
        a.jb(small);
        a.movzx(r9d, dl);
        a.mov(r10, 0x0101_0101_0101_0101ul);
        a.imul(r9, r10);
        a.movq(xmm0, r9);
        a.punpcklqdq(xmm0, xmm0);
        a.lea(r10, __qword_ptr[rcx + r8 - Block]);
        a.Label(ref loop);
        a.cmp(rcx, r10);
        a.jae(next);
        a.movups(__xmmword_ptr[rcx], xmm0);
        a.add(rcx, Block);
        a.jmp(loop);
        a.Label(ref next);
        a.movups(__xmmword_ptr[r10], xmm0);
        a.Label(ref done);
        a.ret();
        var bytes = a.CreateLabel();
        a.Label(ref small);
        a.xor(r9d, r9d);
        a.Label(ref bytes);
        a.cmp(r9, r8);
        a.jae(done);
        a.mov(__byte_ptr[rcx + r9], dl);
        a.inc(r9);
        a.jmp(bytes);
        a.Label(ref far);
        a.jmp((ulong)plain);
    }

    private static (Label A, Label B, Label C, Label D) Labels(Assembler a) =>
        (a.CreateLabel(), a.CreateLabel(), a.CreateLabel(), a.CreateLabel());

    // The destination begins inside the source: from the end down, the first block last. xmm1 is the last
    // block, r10 its place; the first block is kept before anything is written.
    private static void WriteBackwards(Assembler a, ref Label backwards)
    {
        var loop = a.CreateLabel();
        var first = a.CreateLabel();
        a.Label(ref backwards);
        a.movups(xmm2, __xmmword_ptr[rdx]);
        a.movups(__xmmword_ptr[r10], xmm1);
        a.mov(r9, r8);
        a.Label(ref loop);
        a.sub(r9, Block);
        a.cmp(r9, Block);
        a.jb(first);
        a.movups(xmm0, __xmmword_ptr[rdx + r9 - Block]);
        a.movups(__xmmword_ptr[rcx + r9 - Block], xmm0);
        a.jmp(loop);
        a.Label(ref first);
        a.movups(__xmmword_ptr[rcx], xmm2);
        a.ret();
    }

    // Fewer than 16 bytes, one by one in the order that overlap asks for.
    private static void WriteSmallMove(Assembler a, ref Label small, Label done)
    {
        var up = a.CreateLabel();
        var down = a.CreateLabel();
        a.Label(ref small);
        a.mov(r9, rcx);
        a.sub(r9, rdx);
        a.cmp(r9, r8);
        a.jb(down);
        a.xor(r9d, r9d);
        a.Label(ref up);
        a.cmp(r9, r8);
        a.jae(done);
        a.movzx(r10d, __byte_ptr[rdx + r9]);
        a.mov(__byte_ptr[rcx + r9], r10b);
        a.inc(r9);
        a.jmp(up);
        a.Label(ref down);
        a.sub(r8, 1);
        a.jb(done);
        a.movzx(r10d, __byte_ptr[rdx + r8]);
        a.mov(__byte_ptr[rcx + r8], r10b);
        a.jmp(down);
    }
}
