// Recognises that code is in a function's epilogue and does what is left of it to a context. Version 1 of the
// unwind information does not say where epilogues are: they are recognised by their only allowed form
// (stack pointer up, pops, return or jump out of the function). It reads the file's bytes and knows nothing
// about prologues; see VirtualUnwinder.cs.
using System.Buffers.Binary;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Simulates epilogues.</summary>
internal static unsafe class Epilogue
{
    // An addition of 7 bytes, 8 pops of 2, a jump of 7, and room for prefixes.
    private const int WindowBytes = 48;

    /// <summary>
    /// Carries the epilogue at the RVA out; false, with the context as it was, when there is none.
    /// </summary>
    public static bool TrySimulate(
        FunctionTable table, FunctionEntry entry, UnwindInfo info, uint rva, CONTEXT* context,
        GuestStack stack)
    {
        var isDeclared = IsDeclared(info, rva);
        if (info.Version == 2 && !isDeclared)
            return false;
        Span<byte> window = stackalloc byte[WindowBytes];
        var code = window[..(int)Math.Min(WindowBytes, entry.End - rva)];
        if (!table.View.TryCopy(rva, code))
            return false;
        var registers = VirtualUnwinder.General(context);
        var position = StackAdjustment(code, info, registers, out var rsp);
        if (!IsEnd(table, entry, code, EndOfPops(code, position), rva, isDeclared))
            return false;
        return TryPop(code, position, rsp, context, stack);
    }

    private static bool IsDeclared(UnwindInfo info, uint rva)
    {
        foreach (var epilog in info.Epilogs)
        {
            if (rva >= epilog.Begin && rva < epilog.End)
                return true;
        }
        return false;
    }

    // add rsp, imm or lea rsp, [frame register + displacement]; either only as the first instruction.
    private static int StackAdjustment(
        ReadOnlySpan<byte> code, UnwindInfo info, ulong* registers, out ulong rsp)
    {
        rsp = registers[VirtualUnwinder.Rsp];
        if (code is [0x48, 0x83, 0xC4, var small, ..])
        {
            rsp += (ulong)(sbyte)small;
            return 4;
        }
        if (code is [0x48, 0x81, 0xC4, _, _, _, _, ..])
        {
            rsp += (ulong)BinaryPrimitives.ReadInt32LittleEndian(code[3..]);
            return 7;
        }
        if (info.FrameRegister == 0 || code is not [0x48 or 0x49, 0x8D, var form, ..])
            return 0;
        var number = (form & 7) | (code[0] == 0x49 ? 8 : 0);
        if ((form >> 3 & 7) != VirtualUnwinder.Rsp || number != info.FrameRegister || form >> 6 == 3)
            return 0;
        var position = (form & 7) == 4 ? 4 : 3;
        var isNear = form >> 6 == 1;
        var length = form >> 6 == 0 ? 0 : isNear ? 1 : 4;
        if (code.Length < position + length)
            return 0;
        var displacement = length == 0 ? 0
            : isNear ? (sbyte)code[position]
            : BinaryPrimitives.ReadInt32LittleEndian(code[position..]);
        rsp = registers[number] + (ulong)(long)displacement;
        return position + length;
    }

    private static int EndOfPops(ReadOnlySpan<byte> code, int position)
    {
        while (TryReadPop(code, position, out _, out var length))
            position += length;
        return position;
    }

    private static bool TryReadPop(ReadOnlySpan<byte> code, int position, out int register, out int length)
    {
        var rest = code[Math.Min(position, code.Length)..];
        (register, length) = rest switch
        {
            [>= 0x58 and <= 0x5F, ..] => (rest[0] - 0x58, 1),
            [0x41, >= 0x58 and <= 0x5F, ..] => (rest[1] - 0x58 + 8, 2),
            _ => (0, 0),
        };
        return length != 0;
    }

    private static bool IsEnd(
        FunctionTable table, FunctionEntry entry, ReadOnlySpan<byte> code, int position, uint rva,
        bool isDeclared)
    {
        var rest = code[Math.Min(position, code.Length)..];
        var next = (long)rva + position;
        return rest switch
        {
            [0xC3, ..] or [0xC2, _, _, ..] or [0xF3, 0xC3, ..] => true,
            [0xEB, var near, ..] => isDeclared || LeavesFunction(table, entry, next + 2 + (sbyte)near),
            [0xE9, _, _, _, _, ..] =>
                isDeclared
                || LeavesFunction(table, entry, next + 5 + BinaryPrimitives.ReadInt32LittleEndian(rest[1..])),
            [0xFF, 0x25, ..] or [0x48, 0xFF, 0x25, ..] => true,
            // An indirect jump in the middle of a function is a switch; compilers mark the one that ends a
            // function with a prefix.
            [>= 0x48 and <= 0x4F, 0xFF, var form, ..] => (form >> 3 & 7) == 4,
            [0xFF, var form, ..] => isDeclared && (form >> 3 & 7) == 4,
            _ => false,
        };
    }

    // To another part of the same function is no end, and to its own beginning is one: a tail call of itself.
    private static bool LeavesFunction(FunctionTable table, FunctionEntry entry, long target)
    {
        if (target < 0 || target > uint.MaxValue)
            return false;
        var rva = (uint)target;
        if (entry.Contains(rva))
            return rva == entry.Begin;
        var index = table.Find(rva);
        return index < 0 || table.InfoAt(index) is not { Chained: { } chained }
            || (chained.Begin != entry.Begin && table.EntryAt(index).Begin == rva);
    }

    private static bool TryPop(
        ReadOnlySpan<byte> code, int position, ulong rsp, CONTEXT* context, GuestStack stack)
    {
        var registers = VirtualUnwinder.General(context);
        var first = position;
        var end = EndOfPops(code, position);
        var pops = 0;
        for (; TryReadPop(code, position, out _, out var length); position += length)
            pops++;
        if (!stack.Contains(rsp, 8 * ((ulong)pops + 1)))
            return false;
        for (position = first; position < end; rsp += 8)
        {
            TryReadPop(code, position, out var register, out var length);
            stack.TryRead(rsp, out registers[register]);
            position += length;
        }
        stack.TryRead(rsp, out context->Rip);
        registers[VirtualUnwinder.Rsp] = rsp + 8;
        return true;
    }
}
