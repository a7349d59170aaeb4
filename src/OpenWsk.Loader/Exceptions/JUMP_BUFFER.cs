// What setjmp keeps: the registers that a call preserves, at the x64 layout of _JUMP_BUFFER. It knows nothing
// about unwinding; see JumpRoutines.cs.
using System.Runtime.InteropServices;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>_JUMP_BUFFER. 256 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 0x100)]
internal unsafe struct JUMP_BUFFER
{
    private const int FirstVector = 6;
    private const int VectorCount = 10;

    [FieldOffset(0x00)] public ulong Frame;
    [FieldOffset(0x08)] public ulong Rbx;
    [FieldOffset(0x10)] public ulong Rsp;
    [FieldOffset(0x18)] public ulong Rbp;
    [FieldOffset(0x20)] public ulong Rsi;
    [FieldOffset(0x28)] public ulong Rdi;
    [FieldOffset(0x30)] public ulong R12;
    [FieldOffset(0x38)] public ulong R13;
    [FieldOffset(0x40)] public ulong R14;
    [FieldOffset(0x48)] public ulong R15;
    [FieldOffset(0x50)] public ulong Rip;
    [FieldOffset(0x58)] public uint MxCsr;
    [FieldOffset(0x5C)] public ushort FpCsr;
    [FieldOffset(0x60)] private fixed byte _vectors[VectorCount * 16];

    /// <summary>Takes the registers of a context.</summary>
    public static JUMP_BUFFER Of(CONTEXT* context, ulong frame)
    {
        var buffer = new JUMP_BUFFER
        {
            Frame = frame,
            Rbx = context->Rbx,
            Rsp = context->Rsp,
            Rbp = context->Rbp,
            Rsi = context->Rsi,
            Rdi = context->Rdi,
            R12 = context->R12,
            R13 = context->R13,
            R14 = context->R14,
            R15 = context->R15,
            Rip = context->Rip,
            MxCsr = 0x1F80,
            FpCsr = 0x027F,
        };
        Vectors(context).CopyTo(new Span<byte>(buffer._vectors, VectorCount * 16));
        return buffer;
    }

    /// <summary>Gives a context the registers back.</summary>
    public readonly void Restore(CONTEXT* context)
    {
        context->Rbx = Rbx;
        context->Rsp = Rsp;
        context->Rbp = Rbp;
        context->Rsi = Rsi;
        context->Rdi = Rdi;
        context->R12 = R12;
        context->R13 = R13;
        context->R14 = R14;
        context->R15 = R15;
        context->Rip = Rip;
        fixed (byte* vectors = _vectors)
            new ReadOnlySpan<byte>(vectors, VectorCount * 16).CopyTo(Vectors(context));
    }

    private static Span<byte> Vectors(CONTEXT* context) =>
        new(VirtualUnwinder.Vectors(context) + FirstVector, VectorCount * 16);
}
