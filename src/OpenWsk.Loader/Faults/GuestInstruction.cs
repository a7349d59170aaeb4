// The instruction at which guest code faulted, decoded, and the registers that it names in a context.
// It knows nothing about what becomes of it; see FaultTranslator.cs and PrivilegedInstructions.cs.
using Iced.Intel;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Decodes single instructions of guest code.</summary>
internal static class GuestInstruction
{
    private const int InstructionBytesMax = 15;

    /// <summary>The instruction at an address; Code.INVALID when there is none.</summary>
    public static Instruction At(ulong rip)
    {
        Span<byte> bytes = stackalloc byte[InstructionBytesMax];
        var length = GuestCopy.Read((nuint)rip, bytes);
        var reader = new ByteArrayCodeReader(bytes[..length].ToArray());
        return Decoder.Create(64, reader, rip).Decode();
    }

    /// <summary>The value of a general register of any width.</summary>
    public static ulong Value(in CONTEXT context, Register register)
    {
        var full = Full(context, register.GetFullRegister());
        return register.GetSize() switch
        {
            1 when register is >= Register.AH and <= Register.BH => (full >> 8) & 0xFF,
            1 => full & 0xFF,
            2 => full & 0xFFFF,
            4 => full & 0xFFFF_FFFF,
            _ => full,
        };
    }

    /// <summary>Writes a general register of any width as the processor does.</summary>
    public static unsafe void Set(CONTEXT* context, Register register, ulong value)
    {
        var index = register.GetFullRegister() - Register.RAX;
        if (index is < 0 or >= 16)
            return;
        ref var full = ref (&context->Rax)[index];
        full = register.GetSize() switch
        {
            1 when register is >= Register.AH and <= Register.BH =>
                (full & ~0xFF00ul) | ((value & 0xFF) << 8),
            1 => (full & ~0xFFul) | (value & 0xFF),
            2 => (full & ~0xFFFFul) | (value & 0xFFFF),
            4 => (uint)value,
            _ => value,
        };
    }

    /// <summary>Whether the divisor of a DIV or IDIV is zero, which tells it from an overflow.</summary>
    public static bool DividesByZero(in CONTEXT context, in Instruction instruction)
    {
        if (instruction.Op0Kind == OpKind.Register)
            return Value(context, instruction.Op0Register) == 0;
        var copy = context;
        var address = instruction.GetVirtualAddress(
            0, 0, (register, _, _) => register is Register.None ? 0 : Base(copy, register));
        Span<byte> divisor = stackalloc byte[8];
        divisor.Clear();
        var length = Math.Clamp(instruction.MemorySize.GetSize(), 1, 8);
        return GuestCopy.Read((nuint)address, divisor[..length]) == length
            && BitConverter.ToUInt64(divisor) == 0;
    }

    private static ulong Base(in CONTEXT context, Register register) =>
        register.IsSegmentRegister() ? 0
        : register is Register.RIP ? context.Rip
        : Value(context, register);

    private static unsafe ulong Full(in CONTEXT context, Register register)
    {
        fixed (CONTEXT* c = &context)
        {
            // The general registers lie in the processor's order.
            var index = register - Register.RAX;
            return index is >= 0 and < 16 ? (&c->Rax)[index] : 0;
        }
    }
}
