// Clears xmm0 to xmm15 as any C# code may: the host's convention preserves none of them, but which the JIT
// happens to use is not for a test to rely on. It knows nothing about drivers.
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader.Tests;

/// <summary>Destroys the vector registers.</summary>
internal static unsafe class VectorRegisters
{
    private static readonly nuint s_clear = MachineCode.Shared.Code.Emit(a =>
    {
        Iced.Intel.AssemblerRegisterXMM[] all =
        [
            xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14,
            xmm15,
        ];
        foreach (var register in all)
            a.pxor(register, register);
        a.ret();
    });

    public static void Clear() => ((delegate* unmanaged<void>)s_clear)();
}
