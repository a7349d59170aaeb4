// The instructions around a place of guest code, disassembled: from the start of the function up to the
// place, so that the ones before it are the real ones, and a few behind it. Bytes are read as they are in
// memory, which may be no code at all. It knows nothing about what went wrong; OperandText.cs explains the
// operand.
using Iced.Intel;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Disassembles for reports.</summary>
internal sealed class CodeListing(NativeCode native) : ISymbolResolver
{
    private const int Before = 6;
    private const int After = 5;
    private const int InstructionBytesMax = 15;

    // A function larger than this is listed from the place on only.
    private const int FunctionBytesMax = 64 << 10;

    /// <summary>The instructions around an address, and the one that counts.</summary>
    /// <param name="address">Where the thread stopped.</param>
    /// <param name="isReturn">Whether it is in the call before that address.</param>
    /// <param name="fault">The instruction at which the thread stopped.</param>
    public IReadOnlyList<CrashInstruction> Make(ulong address, bool isReturn, out Instruction fault)
    {
        var listed = new List<Instruction>();
        listed.AddRange(InstructionsBefore(address));
        var first = isReturn ? listed.Count - 1 : listed.Count;
        listed.AddRange(Decode(address, (After + 1) * InstructionBytesMax).Take(After + 1));
        fault = first >= 0 && first < listed.Count ? listed[first] : default;
        var faultAddress = fault.IP;
        var result = new List<CrashInstruction>();
        var lastPlace = "";
        foreach (var instruction in listed)
        {
            var place = Place(instruction.IP);
            var text = Format(instruction);
            var bytes = MemoryReader.Read(instruction.IP, Math.Max(instruction.Length, 1));
            result.Add(new CrashInstruction(
                instruction.IP, bytes, text, instruction.IP == faultAddress,
                place == lastPlace ? null : place));
            lastPlace = place;
        }
        return result;
    }

    /// <summary>An instruction in Intel syntax, with names for what it calls.</summary>
    public string Format(in Instruction instruction)
    {
        var formatter = new IntelFormatter(this);
        formatter.Options.HexPrefix = "0x";
        formatter.Options.HexSuffix = "";
        formatter.Options.UppercaseHex = false;
        formatter.Options.SpaceAfterOperandSeparator = true;
        formatter.Options.RipRelativeAddresses = false;
        formatter.Options.BranchLeadingZeros = false;
        formatter.Options.FirstOperandCharIndex = 8;
        var output = new StringOutput();
        formatter.Format(instruction, output);
        return instruction.IsInvalid ? "(no instruction)" : output.ToStringAndReset();
    }

    bool ISymbolResolver.TryGetSymbol(
        in Instruction instruction, int operand, int instructionOperand, ulong address, int addressSize,
        out SymbolResult symbol)
    {
        symbol = default;
        var isTarget = instruction.IsIPRelativeMemoryOperand || instruction.FlowControl != FlowControl.Next;
        if (!isTarget || addressSize < 8)
            return false;
        var name = ImportAt((nuint)address) ?? Name((nuint)address);
        if (name is null)
            return false;
        symbol = new SymbolResult(address, name);
        return true;
    }

    private string? Name(nuint address) =>
        native.ImageAt(address) is not null || native.IsThunk(address) ? native.NameAddress(address) : null;

    // An import's slot is named by what it calls, as the linker would.
    private string? ImportAt(nuint slot)
    {
        if (native.ImageAt(slot) is not { } mapped)
            return null;
        var rva = (uint)(slot - mapped.Start);
        var import = mapped.Image.Imports.FirstOrDefault(i => i.SlotRva == rva);
        return import is null ? null : $"__imp_{import.Name}";
    }

    private string Place(ulong address) =>
        native.ImageAt((nuint)address) is { } mapped
            && NativeCode.NameCode(mapped, (nuint)address) is { } name
            ? name.File is null ? name.Function : $"{name.Function} {Path.GetFileName(name.File)}:{name.Line}"
            : "";

    private List<Instruction> InstructionsBefore(ulong address)
    {
        if (native.ImageAt((nuint)address) is not { } mapped)
            return [];
        var rva = (uint)(address - mapped.Start);
        var functions = mapped.Image.Functions;
        var index = functions.Find(rva);
        var start = index >= 0 ? functions.EntryAt(index).Begin
            : mapped.Symbols?.Value.Find(rva) is { } name ? rva - name.OffsetBytes
            : rva;
        if (rva - start is 0 or > FunctionBytesMax)
            return [];
        var all = Decode(mapped.Start + start, (int)(rva - start));
        // Data between instructions can put the decoder out of step; then nothing before is certain.
        return all.Count != 0 && all[^1].NextIP == address ? all[Math.Max(0, all.Count - Before)..] : [];
    }

    private static List<Instruction> Decode(ulong address, int lengthBytes)
    {
        var bytes = MemoryReader.Read(address, lengthBytes);
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(bytes), address);
        var instructions = new List<Instruction>();
        var end = address + (ulong)bytes.Length;
        while (decoder.IP < end)
        {
            decoder.Decode(out var instruction);
            if (decoder.LastError == DecoderError.NoMoreBytes)
                break;
            instructions.Add(instruction);
        }
        return instructions;
    }
}
