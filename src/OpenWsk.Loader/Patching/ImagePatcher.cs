// Applies a plan to a mapped image whose pages are still writable: jumps and their trampolines for cr8, our
// page's address for Windows' own. The way from each instruction of a trampoline back to its first place is
// kept; whoever decodes code reads it from the file. It knows nothing about why; see PatchScanner.cs.
using Iced.Intel;
using OpenWsk.Kernel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Patches one image.</summary>
internal sealed unsafe class ImagePatcher(MappedImage mapped, SharedPage page)
{
    private const byte Jump = 0xE9;
    private const byte Breakpoint = 0xCC;
    private const int JumpBytes = 5;

    // Two instructions of up to 15 bytes, each of which may grow when its branch does, and the jump back.
    private const int TrampolineBytes = 64;

    private nuint _free = mapped.TrampolineStart;

    /// <summary>Memory that trampolines of that many sites need at most. Units: bytes.</summary>
    public static nuint TrampolineBytesFor(int sites) => (nuint)(sites * TrampolineBytes);

    /// <summary>
    /// Scans and patches; the image's pages must be writable and nothing may run in it yet.
    /// </summary>
    public PatchPlan Patch()
    {
        var imageBytes = mapped.Image.SizeBytes;
        var plan = PatchScanner.Scan(mapped.Image, (byte*)mapped.Start, imageBytes, mapped.Start);
        if (plan.Refused is { } refusal)
            throw new ImageErrors(mapped.Image.Name).ForbiddenInstruction(refusal.Text, refusal.Rva);
        foreach (var rva in plan.PageConstants)
            MovePage(rva);
        foreach (var site in plan.IrqlSites.ToList())
        {
            if (TryReplace(site))
                continue;
            plan.IrqlSites.Remove(site);
            plan.TrappedSites.Add(new PatchNote(site.Rva, "mov with cr8: its neighbour cannot be moved"));
        }
        return plan;
    }

    // Constants lie in unaligned code.
    private void MovePage(uint rva)
    {
        var constant = (ulong*)(mapped.Start + rva);
        *constant = *constant - SharedPage.WindowsAddress + page.Address;
    }

    private bool TryReplace(IrqlSite site)
    {
        // Relocation can have made bytes that the count in the file has not seen.
        if (_free + TrampolineBytes > mapped.TrampolineStart + mapped.TrampolineBytes)
            return false;
        var start = mapped.Start + site.Rva;
        var instructions = site.Moved.Select(Replacement).ToList();
        instructions.Add(Instruction.CreateBranch(Code.Jmp_rel32_64, start + site.LengthBytes));
        var writer = new TrampolineWriter();
        var block = new InstructionBlock(writer, instructions, _free);
        const BlockEncoderOptions Options = BlockEncoderOptions.ReturnNewInstructionOffsets;
        if (!BlockEncoder.TryEncode(64, block, out _, out var result, Options)
            || writer.Bytes.Count > TrampolineBytes)
            return false;
        Span<byte> destination = new((void*)_free, TrampolineBytes);
        destination.Fill(Breakpoint);
        writer.Bytes.CopyTo(destination);
        var original = start;
        for (var i = 0; i < site.Moved.Count; i++)
        {
            mapped.Moved.Add(_free + result.NewInstructionOffsets[i], original);
            original += (nuint)site.Moved[i].Length;
        }
        mapped.Moved.Add(_free + result.NewInstructionOffsets[site.Moved.Count], original);
        WriteJump(start, site.LengthBytes);
        _free += TrampolineBytes;
        return true;
    }

    private void WriteJump(nuint start, uint lengthBytes)
    {
        var code = new Span<byte>((void*)start, (int)lengthBytes);
        code.Fill(Breakpoint);
        code[0] = Jump;
        *(int*)(start + 1) = (int)((nint)_free - (nint)(start + JumpBytes));
    }

    // Neither form changes the flags, as the instructions that they stand for do not.
    private static Instruction Replacement(Instruction moved)
    {
        if (!PatchScanner.IsIrqlAccess(moved))
            return moved;
        var a = new Assembler(64);
        var irql = __byte_ptr.gs[KernelThread.KpcrIrqlOffset];
        if (moved.Code == Code.Mov_r64_cr)
            a.movzx(new AssemblerRegister32(Register.EAX + (moved.Op0Register - Register.RAX)), irql);
        else
            a.mov(irql, new AssemblerRegister8(Low(moved.Op1Register)));
        return a.Instructions[0];
    }

    // The low bytes are numbered with the old high ones between them.
    private static Register Low(Register register)
    {
        var number = register - Register.RAX;
        return number < 4 ? Register.AL + number : Register.SPL + (number - 4);
    }

    private sealed class TrampolineWriter : CodeWriter
    {
        public List<byte> Bytes { get; } = [];

        public override void WriteByte(byte value) => Bytes.Add(value);
    }
}
