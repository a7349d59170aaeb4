// The part of a processor's vector registers that a CONTEXT has no room for: upper halves, wide and mask
// registers. A fault must not change them, because the instruction that faulted may go on; a call may. So
// they are kept on the host's stack while the dispatcher runs. It knows nothing about faults; see
// FaultThunks.cs.
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Emits the code that keeps them.</summary>
internal static class ExtendedState
{
    // Upper halves of ymm, the mask registers, upper halves of zmm0 to 15, zmm16 to 31. What the processor or
    // the system lacks the instructions leave out by themselves.
    private const int Components = 0xE4;
    private const int HeaderAt = 512;
    private const int HeaderBytes = 64;
    private const int StateLeaf = 0xD;

    private static readonly bool s_isThere = X86Base.IsSupported && (X86Base.CpuId(1, 0).Ecx >> 27 & 1) != 0;
    private static readonly bool s_isCompact = s_isThere && (X86Base.CpuId(StateLeaf, 1).Eax >> 1 & 1) != 0;
    private static readonly int s_areaBytes = AreaBytes();

    /// <summary>
    /// After a fault stores them below rsp; r12 gets what rsp was. After a raise stores nothing: r12 is 0.
    /// </summary>
    public static void WriteKeep(Assembler a)
    {
        var done = a.CreateLabel();
        a.xor(r12d, r12d);
        if (!s_isThere)
            return;
        a.cmp(__dword_ptr.gs[ThreadBlock.FaultSignal], 0);
        a.je(done);
        a.mov(r12, rsp);
        a.sub(rsp, s_areaBytes);
        a.and(rsp, -64);
        a.xor(edx, edx);
        for (var offset = 0; offset < HeaderBytes; offset += 8)
            a.mov(__qword_ptr[rsp + HeaderAt + offset], rdx);
        a.mov(eax, Components);
        if (s_isCompact)
            a.xsavec64(__[rsp]);
        else
            a.xsave64(__[rsp]);
        a.Label(ref done);
        a.nop();
    }

    /// <summary>Loads them where <see cref="WriteKeep"/> has stored them; changes rax, rdx.</summary>
    public static void WriteRestore(Assembler a)
    {
        if (!s_isThere)
            return;
        var done = a.CreateLabel();
        a.test(r12, r12);
        a.je(done);
        a.xor(edx, edx);
        a.mov(eax, Components);
        a.xrstor64(__[rsp]);
        a.Label(ref done);
        a.nop();
    }

    // Where the last of them ends in the format that is not compact, which is never the smaller one.
    private static int AreaBytes()
    {
        var end = HeaderAt + HeaderBytes;
        for (var component = 2; s_isThere && component < 8; component++)
        {
            var (bytes, offset, _, _) = X86Base.CpuId(StateLeaf, component);
            if ((Components >> component & 1) != 0 && bytes != 0)
                end = Math.Max(end, offset + bytes);
        }
        return end;
    }
}
