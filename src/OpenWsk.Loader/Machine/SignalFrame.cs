// Where the kernel puts what a handler of a signal receives: offsets in siginfo_t and ucontext_t of Linux on
// x64 (asm/sigcontext.h, sys/ucontext.h). It knows nothing about what is done with it: see SignalStub.cs.
namespace OpenWsk.Loader;

/// <summary>Offsets in a signal's frame.</summary>
internal static class SignalFrame
{
    public const int Code = 8;
    public const int Address = 16;
    public const int Rsp = 0xA0;
    public const int Rip = 0xA8;
    public const int Flags = 0xB0;
    public const int Error = 0xC0;
    public const int Trap = 0xC8;
    public const int Cr2 = 0xD8;

    /// <summary>The general registers in the processor's order: rax, rcx, rdx, rbx, rsp, ... r15.</summary>
    public static readonly int[] Registers =
    [
        0x90, 0x98, 0x88, 0x80, 0xA0, 0x78, 0x70, 0x68, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x58, 0x60,
    ];

    /// <summary>Offset of the first general register in a CONTEXT; the others follow in that order.</summary>
    public const int ContextRegisters = 0x78;
}
