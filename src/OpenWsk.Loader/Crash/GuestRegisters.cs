// The registers of a context by name and by the disassembler's numbers.
// It knows nothing about what they hold; see OperandText.cs and AddressDescriber.cs.
using Iced.Intel;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Reads registers of a context.</summary>
internal static class GuestRegisters
{
    /// <summary>The sixteen general registers in the processor's order.</summary>
    public static (string Name, ulong Value)[] General(in CONTEXT c) =>
    [
        ("rax", c.Rax), ("rcx", c.Rcx), ("rdx", c.Rdx), ("rbx", c.Rbx), ("rsp", c.Rsp), ("rbp", c.Rbp),
        ("rsi", c.Rsi), ("rdi", c.Rdi), ("r8", c.R8), ("r9", c.R9), ("r10", c.R10), ("r11", c.R11),
        ("r12", c.R12), ("r13", c.R13), ("r14", c.R14), ("r15", c.R15),
    ];

    /// <summary>A register's value; null for one that a context does not have as a number.</summary>
    public static ulong? Value(in CONTEXT context, Register register)
    {
        if (register == Register.None)
            return null;
        if (register is Register.RIP)
            return context.Rip;
        var full = register.GetFullRegister();
        if (full is < Register.RAX or > Register.R15)
            return null;
        var value = General(context)[full - Register.RAX].Value;
        return register.GetSize() switch
        {
            4 => (uint)value,
            2 => (ushort)value,
            1 when register is Register.AH or Register.CH or Register.DH or Register.BH => (byte)(value >> 8),
            1 => (byte)value,
            _ => value,
        };
    }
}
