// Decodes the parts of an image that a byte search points to and decides what becomes of each instruction of
// interest: reads and writes of cr8, addresses of the page that Windows shares with everybody, instructions
// that would enter the host's kernel. Sites that cannot be replaced safely are left to the trap.
// It changes nothing; see ImagePatcher.cs. The searches: CandidateBytes.cs, BranchTargets.cs.
using Iced.Intel;

namespace OpenWsk.Loader;

/// <summary>Makes the plan for one image.</summary>
internal sealed unsafe class PatchScanner
{
    private const int JumpBytes = 5;
    private readonly DriverImage _layout;
    private readonly byte* _image;
    private readonly uint _imageBytes;
    private readonly ulong _base;
    private readonly PatchPlan _plan = new();
    private readonly List<Neighbours> _irqlSites = [];
    private readonly HashSet<uint> _branches = [];
    private readonly Dictionary<uint, CodeRegion> _decoded = [];
    private readonly List<CodeRegion> _uncertain = [];
    private CodeRegions? _regions;

    private PatchScanner(DriverImage layout, byte* image, uint imageBytes, ulong imageBase)
    {
        _layout = layout;
        _image = image;
        _imageBytes = imageBytes;
        _base = imageBase;
    }

    // The instruction before is missing (default) at the start of a stretch, the one after at its end.
    private readonly record struct Neighbours(Instruction Before, Instruction Site, Instruction After);

    /// <summary>
    /// Scans an image that is laid out in memory for that base. The memory must stay while this runs.
    /// </summary>
    public static PatchPlan Scan(DriverImage layout, byte* image, uint imageBytes, ulong imageBase)
    {
        var scanner = new PatchScanner(layout, image, imageBytes, imageBase);
        scanner.ScanSections();
        scanner.PlanIrqlSites();
        return scanner._plan;
    }

    /// <summary>Scans a file without mapping it.</summary>
    public static PatchPlan Scan(DriverImage layout)
    {
        var bytes = new byte[layout.SizeBytes];
        foreach (var section in layout.Sections)
        {
            var length = (int)Math.Min(section.FileBytes, layout.SizeBytes - section.Rva);
            layout.File.Span.Slice((int)section.FileOffset, length).CopyTo(bytes.AsSpan((int)section.Rva));
        }
        layout.File.Span[..(int)Math.Min(layout.HeaderBytes, layout.SizeBytes)].CopyTo(bytes);
        // Pinned for as long as the scan runs.
        fixed (byte* image = bytes)
            return Scan(layout, image, layout.SizeBytes, layout.PreferredBase);
    }

    public static bool IsCode(DriverImage layout, ImageSection section) =>
        layout.IsFlat || (section.Access & SectionAccess.Execute) != 0;

    /// <summary>Whether the instruction reads or writes cr8.</summary>
    public static bool IsIrqlAccess(Instruction instruction) => instruction.Code switch
    {
        Code.Mov_r64_cr => instruction.Op1Register == Register.CR8,
        Code.Mov_cr_r64 => instruction.Op0Register == Register.CR8,
        _ => false,
    };

    private void ScanSections()
    {
        var image = new ReadOnlySpan<byte>(_image, (int)_imageBytes);
        var offsets = new List<int>();
        foreach (var section in _layout.Sections)
        {
            if (!IsCode(_layout, section) || section.Rva >= _imageBytes)
                continue;
            offsets.Clear();
            CandidateBytes.Find(
                image[(int)section.Rva..(int)Math.Min(section.EndRva, _imageBytes)], offsets);
            offsets.Sort();
            var scannedEnd = 0u;
            foreach (var offset in offsets)
            {
                var rva = section.Rva + (uint)offset;
                if (rva < scannedEnd)
                    continue;
                scannedEnd = Decode(section, rva).End;
            }
        }
    }

    // Decodes the stretch that holds the RVA unless that was done before.
    private CodeRegion Decode(ImageSection section, uint rva)
    {
        _regions ??= new CodeRegions(_layout);
        var region = _regions.Find(section, rva);
        if (_decoded.TryAdd(region.Start, region))
            Decode(region);
        return region;
    }

    private void Decode(CodeRegion region)
    {
        var reader = new ImageCodeReader(_image + region.Start, _image + region.End);
        var decoder = Decoder.Create(64, reader, _base + region.Start);
        var isCertain = true;
        Instruction before = default;
        decoder.Decode(out var current);
        while (decoder.IP <= _base + region.End && !reader.HasEnded)
        {
            decoder.Decode(out var after);
            var isLast = reader.HasEnded && decoder.LastError == DecoderError.NoMoreBytes;
            if (isCertain && current.IsInvalid)
                _uncertain.Add(region);
            isCertain &= !current.IsInvalid;
            Look(before, current, isLast ? default : after, isCertain && region.IsFunction);
            (before, current) = (current, after);
            if (isLast)
                return;
        }
        Look(before, current, default, isCertain && region.IsFunction);
    }

    private void Look(in Instruction before, in Instruction current, in Instruction after, bool isCertain)
    {
        if (current.IsInvalid || current.Length == 0)
            return;
        var rva = (uint)(current.IP - _base);
        if (current.Op0Kind == OpKind.NearBranch64)
            _branches.Add((uint)(current.NearBranch64 - _base));
        else if (current.IsIPRelativeMemoryOperand)
            _branches.Add((uint)(current.IPRelativeMemoryAddress - _base));
        if (IsIrqlAccess(current))
            _irqlSites.Add(new Neighbours(before, current, after));
        else if (HoldsPageConstant(current))
            _plan.PageConstants.Add(rva + (uint)current.Length - sizeof(ulong));
        else if (IsForbidden(current))
            Forbid(new PatchNote(rva, $"{current.Mnemonic.ToString().ToLowerInvariant()}"), isCertain);
    }

    // movabs r64, imm64, and mov between the accumulator and an absolute address: the constant comes last.
    private static bool HoldsPageConstant(in Instruction instruction) => instruction.Code switch
    {
        Code.Mov_r64_imm64 => CandidateBytes.IsNearPage(instruction.Immediate64),
        Code.Mov_AL_moffs8 or Code.Mov_AX_moffs16 or Code.Mov_EAX_moffs32 or Code.Mov_RAX_moffs64
            or Code.Mov_moffs8_AL or Code.Mov_moffs16_AX or Code.Mov_moffs32_EAX or Code.Mov_moffs64_RAX =>
            CandidateBytes.IsNearPage(instruction.MemoryDisplacement64),
        _ => false,
    };

    private static bool IsForbidden(in Instruction instruction) => instruction.Code switch
    {
        Code.Syscall or Code.Sysenter => true,
        Code.Int_imm8 => instruction.Immediate8 == 0x80,
        Code.Jmp_m1616 or Code.Jmp_m1632 or Code.Jmp_m1664 => true,
        Code.Call_m1616 or Code.Call_m1632 or Code.Call_m1664 => true,
        _ => ChangesSegment(instruction),
    };

    // fs holds the host's thread and gs ours; a driver reads through gs and never moves it.
    private static bool ChangesSegment(in Instruction instruction) => instruction.Mnemonic switch
    {
        Mnemonic.Lfs or Mnemonic.Lgs or Mnemonic.Lss or Mnemonic.Wrfsbase or Mnemonic.Wrgsbase => true,
        Mnemonic.Mov or Mnemonic.Pop => instruction.Op0Register is Register.FS or Register.GS,
        _ => false,
    };

    private void Forbid(PatchNote note, bool isCertain)
    {
        if (isCertain)
            _plan.Refused ??= note;
        else
            _plan.NotedSites.Add(note);
    }

    private void PlanIrqlSites()
    {
        if (_irqlSites.Count == 0)
            return;
        var places = new HashSet<uint>();
        foreach (var site in _irqlSites)
        {
            places.Add(RvaOf(site.Site));
            places.Add(RvaOf(site.Site) + (uint)site.Site.Length);
        }
        DecodeAll();
        var image = new ReadOnlySpan<byte>(_image, (int)_imageBytes);
        var targets = new BranchTargets(image, _base, _layout, places, _uncertain);
        targets.Add(_branches);
        var plannedEnd = 0u;
        foreach (var site in _irqlSites)
        {
            if (RvaOf(site.Site) < plannedEnd)
                continue;
            if (Plan(site, targets, plannedEnd) is { } planned)
            {
                _plan.IrqlSites.Add(planned);
                plannedEnd = planned.Rva + planned.LengthBytes;
            }
            else
            {
                _plan.TrappedSites.Add(new PatchNote(
                    RvaOf(site.Site), "mov with cr8: no neighbour can make room for a jump"));
            }
        }
    }

    // All code, because a jump to a site may come from anywhere.
    private void DecodeAll()
    {
        foreach (var section in _layout.Sections)
        {
            if (!IsCode(_layout, section))
                continue;
            var end = Math.Min(section.EndRva, _imageBytes);
            for (var rva = section.Rva; rva < end;)
                rva = Math.Max(Decode(section, rva).End, rva + 1);
        }
    }

    // The instruction itself has four bytes and a jump five. A call cannot move: its return address would
    // lie outside the image, where no unwind information is.
    private IrqlSite? Plan(in Neighbours site, BranchTargets targets, uint plannedEnd)
    {
        var rva = RvaOf(site.Site);
        var end = rva + (uint)site.Site.Length;
        if (CanMove(site.After) && !targets.Contains(end))
            return Make(site.Site, site.After);
        if (CanMove(site.Before) && !targets.Contains(rva) && RvaOf(site.Before) >= plannedEnd)
            return Make(site.Before, site.Site);
        return null;
    }

    private static bool CanMove(in Instruction instruction) =>
        instruction.Length != 0 && !instruction.IsInvalid
        && instruction.FlowControl is not (FlowControl.Call or FlowControl.IndirectCall
            or FlowControl.Interrupt or FlowControl.Exception or FlowControl.XbeginXabortXend)
        && !IsForbidden(instruction);

    private IrqlSite? Make(in Instruction first, in Instruction second)
    {
        var length = (uint)(first.Length + second.Length);
        return length >= JumpBytes ? new IrqlSite(RvaOf(first), length, [first, second]) : null;
    }

    private uint RvaOf(in Instruction instruction) => (uint)(instruction.IP - _base);
}
