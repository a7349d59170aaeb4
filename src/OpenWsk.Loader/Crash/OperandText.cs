// Explains the operand on which an instruction failed: how its address was made, and what is wrong with the
// registers that made it. It knows nothing about why they hold what they hold.
using Iced.Intel;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Operands in words.</summary>
internal static class OperandText
{
    /// <summary>The operand of an instruction that failed; null when it has none that could.</summary>
    public static string? Explain(in Instruction instruction, in CONTEXT context, AddressDescriber addresses)
    {
        if (instruction.IsInvalid || instruction.Length == 0)
            return null;
        if (instruction.Mnemonic is Mnemonic.Div or Mnemonic.Idiv && instruction.Op0Kind == OpKind.Register)
            return Divisor(instruction.Op0Register, context);
        if (HasMemory(instruction))
            return Memory(instruction, context, addresses);
        if (instruction.IsCallNearIndirect || instruction.IsJmpNearIndirect)
            return Target(instruction.Op0Register, context, addresses);
        return instruction.Mnemonic is Mnemonic.Ret
            ? $"rsp = 0x{context.Rsp:x}: {addresses.Describe(context.Rsp) ?? "nothing that is known"}"
            : StringOperand(instruction, context, addresses);
    }

    private static bool HasMemory(in Instruction instruction)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Memory)
                return true;
        }
        return false;
    }

    private static string Memory(
        in Instruction instruction, in CONTEXT context, AddressDescriber addresses)
    {
        var parts = new List<string>();
        foreach (var register in (Register[])[instruction.MemoryBase, instruction.MemoryIndex])
        {
            if (register != Register.RIP && GuestRegisters.Value(context, register) is { } value)
                parts.Add($"{Name(register)} = 0x{value:x}");
        }
        var address = Address(instruction, context);
        var what = addresses.Describe(address);
        var with = parts.Count == 0 ? "" : $" with {string.Join(", ", parts)}";
        return $"[{Expression(instruction)}]{with} is 0x{address:x}" + (what is null ? "" : $": {what}");
    }

    private static string Expression(in Instruction instruction)
    {
        if (instruction.IsIPRelativeMemoryOperand)
            return $"0x{instruction.IPRelativeMemoryAddress:x}";
        var text = new List<string>();
        if (instruction.MemoryBase != Register.None)
            text.Add(Name(instruction.MemoryBase));
        if (instruction.MemoryIndex != Register.None)
            text.Add($"{Name(instruction.MemoryIndex)}*{instruction.MemoryIndexScale}");
        var offset = (long)instruction.MemoryDisplacement64;
        var sum = string.Join("+", text);
        var segment = instruction.SegmentPrefix is Register.GS or Register.FS
            ? Name(instruction.SegmentPrefix) + ":" : "";
        return segment + (offset, sum) switch
        {
            (0, not "") => sum,
            ( < 0, not "") => $"{sum}-0x{-offset:x}",
            (_, "") => $"0x{offset:x}",
            _ => $"{sum}+0x{offset:x}",
        };
    }

    private static string Name(Register register) => register.ToString().ToLowerInvariant();

    private static ulong Address(in Instruction instruction, in CONTEXT context)
    {
        if (instruction.IsIPRelativeMemoryOperand)
            return instruction.IPRelativeMemoryAddress;
        var address = instruction.MemoryDisplacement64;
        address += GuestRegisters.Value(context, instruction.MemoryBase) ?? 0;
        address += (GuestRegisters.Value(context, instruction.MemoryIndex) ?? 0)
            * (ulong)instruction.MemoryIndexScale;
        return address;
    }

    private static string Divisor(Register register, in CONTEXT context) =>
        $"{Name(register)} = {GuestRegisters.Value(context, register) ?? 0}: the divisor";

    private static string Target(Register register, in CONTEXT context, AddressDescriber addresses)
    {
        var value = GuestRegisters.Value(context, register) ?? 0;
        var what = addresses.Describe(value);
        return $"{Name(register)} = 0x{value:x}: " + (what ?? "nothing that is known");
    }

    // rep movs and the like: where they read and where they write.
    private static string? StringOperand(
        in Instruction instruction, in CONTEXT context, AddressDescriber addresses)
    {
        if (!instruction.IsStringInstruction)
            return null;
        var from = addresses.Describe(context.Rsi) ?? "nothing that is known";
        var to = addresses.Describe(context.Rdi) ?? "nothing that is known";
        return $"rsi = 0x{context.Rsi:x} ({from}), "
            + $"rdi = 0x{context.Rdi:x} ({to}), rcx = 0x{context.Rcx:x} left";
    }
}
