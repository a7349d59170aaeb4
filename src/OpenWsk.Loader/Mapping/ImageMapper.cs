// Puts a checked image into the arena: headers and sections, relocations, the security cookie, the pointers
// of Control Flow Guard, the import table, stubs for what is missing, privileged instructions and fixed
// addresses (Patching/), and last what each page allows.
// Nothing of the image is executed. It knows nothing about threads or DRIVER_OBJECTs; see Drivers/.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Maps images of one world.</summary>
internal sealed unsafe class ImageMapper(NativeCode native, Executive executive, DriverExports drivers)
{
    private const ulong DefaultCookie = 0x2B99_2DDF_A232;
    private readonly MachineCode _machine = MachineCode.Shared;

    /// <summary>Maps an image; the caller unmaps it when nothing can run in it any more.</summary>
    public MappedImage Map(DriverImage image, IReadOnlyDictionary<string, NTSTATUS> answers)
    {
        var resolutions = ImportResolver.Resolve(image, executive.Routines, drivers);
        var missing = resolutions.Count(r => r.Kind == ImportKind.Missing);
        var imageBytes = Arena.PageUp(image.SizeBytes);
        var stubBytes = Arena.PageUp((nuint)(missing * MissingImport.StubBytes));
        var trampolineBytes = Arena.PageUp(ImagePatcher.TrampolineBytesFor(CountIrqlCandidates(image)));
        var totalBytes = imageBytes + stubBytes + trampolineBytes;
        var start = _machine.Arena.Reserve(totalBytes);
        try
        {
            _machine.Arena.Commit(start, totalBytes);
            var mapped = new MappedImage(image, start, start + imageBytes, stubBytes, trampolineBytes);
            Copy(mapped);
            Relocate(mapped);
            SetCookie(mapped);
            SetGuardPointers(mapped);
            Bind(mapped, resolutions, answers);
            Patch(mapped);
            Protect(mapped);
            return mapped;
        }
        catch
        {
            _machine.Arena.Release(start);
            throw;
        }
    }

    /// <summary>Drops an image's memory.</summary>
    public void Unmap(MappedImage mapped) => _machine.Arena.Release(mapped.Start);

    /// <summary>
    /// Takes the right to execute from an image whose driver is gone; it can still be looked at.
    /// </summary>
    public static void ForbidExecution(MappedImage mapped)
    {
        const int ReadWrite = Interop.ProtRead | Interop.ProtWrite;
        if (mapped.Image.IsFlat)
            Interop.Protect(mapped.Start, Arena.PageUp(mapped.Image.SizeBytes), ReadWrite);
        else
            ProtectSections(mapped, SectionAccess.Execute);
    }

    /// <summary>Takes what only DriverEntry needed out of memory; every access to it faults.</summary>
    public static void Discard(MappedImage mapped)
    {
        foreach (var section in mapped.Image.Sections)
        {
            if (!section.IsDiscardable)
                continue;
            var start = mapped.Start + section.Rva;
            var length = Math.Min(section.ExtentBytes, Arena.PageUp(mapped.Image.SizeBytes) - section.Rva);
            Interop.Protect(start, length, 0);
            Interop.TryAdvise(start, length, Interop.AdviceDontNeed);
        }
    }

    // The file's own bytes, relocations aside, which no instruction of interest holds.
    private static int CountIrqlCandidates(DriverImage image)
    {
        var count = 0;
        foreach (var section in image.Sections)
        {
            if (PatchScanner.IsCode(image, section))
                count += CandidateBytes.CountIrql(
                    image.File.Span.Slice((int)section.FileOffset, (int)section.FileBytes));
        }
        return count;
    }

    private void Patch(MappedImage mapped)
    {
        mapped.Plan = new ImagePatcher(mapped, native.Page).Patch();
        if (CandidateBytes.HasPage(mapped.Image.File.Span))
            native.Page.KeepTime();
    }

    // The parser has checked that every range below lies in the file and in the image.
    private static void Copy(MappedImage mapped)
    {
        var image = mapped.Image;
        var file = image.File.Span;
        file[..(int)image.HeaderBytes].CopyTo(new Span<byte>((void*)mapped.Start, (int)image.HeaderBytes));
        foreach (var section in image.Sections)
        {
            var limit = Arena.PageUp(image.SizeBytes) - section.Rva;
            var length = (int)Math.Min(section.FileBytes, limit);
            var destination = new Span<byte>((void*)(mapped.Start + section.Rva), length);
            file.Slice((int)section.FileOffset, length).CopyTo(destination);
        }
    }

    private static void Relocate(MappedImage mapped)
    {
        var delta = (ulong)mapped.Start - mapped.Image.PreferredBase;
        foreach (var rva in mapped.Image.Relocations)
            GuestMemory.Write(mapped.Start + rva, GuestMemory.Read<ulong>(mapped.Start + rva) + delta);
    }

    // A driver built with /GS ends itself when its cookie is 0 or the linker's default at its entry.
    private void SetCookie(MappedImage mapped)
    {
        var rva = mapped.Image.LoadConfiguration.CookieRva;
        if (rva == 0)
            return;
        Span<byte> random = stackalloc byte[8];
        executive.Entropy.Fill(random);
        var cookie = BitConverter.ToUInt64(random) & 0xFFFF_FFFF_FFFF;
        GuestMemory.Write(mapped.Start + rva, cookie is 0 or DefaultCookie ? DefaultCookie + 1 : cookie);
    }

    // The linker points both at functions of the image's own that accept everything; those may stay.
    private void SetGuardPointers(MappedImage mapped)
    {
        var configuration = mapped.Image.LoadConfiguration;
        SetGuardPointer(mapped, configuration.GuardCheckRva, _machine.GuardCheck);
        SetGuardPointer(mapped, configuration.GuardDispatchRva, _machine.GuardDispatch);
    }

    private static void SetGuardPointer(MappedImage mapped, uint slotRva, nuint routine)
    {
        if (slotRva != 0 && !mapped.IsCode(GuestMemory.Read<nuint>(mapped.Start + slotRva)))
            GuestMemory.Write(mapped.Start + slotRva, routine);
    }

    private void Bind(
        MappedImage mapped, IReadOnlyList<ImportResolution> resolutions,
        IReadOnlyDictionary<string, NTSTATUS> answers)
    {
        var missing = new List<MissingImport>();
        foreach (var resolution in resolutions)
        {
            var address = resolution.Kind switch
            {
                ImportKind.Routine => executive.Code.AddressOf(resolution.Routine!),
                ImportKind.Driver => resolution.Address,
                ImportKind.Variable => VariableAddress(resolution.Import),
                ImportKind.MachineCode => _machine.CheckStack,
                _ => MakeStub(mapped, resolution.Import, answers, missing),
            };
            GuestMemory.Write(mapped.Start + resolution.Import.SlotRva, address);
        }
        mapped.Missing = missing;
    }

    private nuint VariableAddress(ImageImport import)
    {
        var isFound = executive.Routines.TryFindVariable(import.Library, import.Name, out var address);
        Invariant.That(isFound);
        return address;
    }

    private nuint MakeStub(
        MappedImage mapped, ImageImport import, IReadOnlyDictionary<string, NTSTATUS> answers,
        List<MissingImport> missing)
    {
        var stub = mapped.StubStart + (nuint)(missing.Count * MissingImport.StubBytes);
        var item = new MissingImport(
            import, answers.TryGetValue(import.Name, out var answer) ? answer : null);
        missing.Add(item);
        var destination = new Span<byte>((void*)stub, MissingImport.StubBytes);
        MissingImport.WriteStub(destination, native.Remember(item), NativeCode.MissingThunk);
        return stub;
    }

    private static void Protect(MappedImage mapped)
    {
        const int ReadExecute = Interop.ProtRead | Interop.ProtExecute;
        var ownBytes = mapped.StubBytes + mapped.TrampolineBytes;
        if (ownBytes != 0)
            Interop.Protect(mapped.StubStart, ownBytes, ReadExecute);
        var imageBytes = Arena.PageUp(mapped.Image.SizeBytes);
        if (mapped.Image.IsFlat)
        {
            // Sections share pages, so each page allows what any of them needs; Windows maps such images so
            // too.
            const int All = Interop.ProtRead | Interop.ProtWrite | Interop.ProtExecute;
            Interop.Protect(mapped.Start, imageBytes, All);
            return;
        }
        Interop.Protect(mapped.Start, Arena.PageUp(mapped.Image.HeaderBytes), Interop.ProtRead);
        ProtectSections(mapped, default);
    }

    private static void ProtectSections(MappedImage mapped, SectionAccess taken)
    {
        var imageBytes = Arena.PageUp(mapped.Image.SizeBytes);
        foreach (var section in mapped.Image.Sections)
        {
            if (mapped.IsInitialized && section.IsDiscardable)
                continue;
            var length = Math.Min(section.ExtentBytes, imageBytes - section.Rva);
            // What was executable stays readable, for stack walks.
            var read = taken == default ? 0 : Interop.ProtRead;
            Interop.Protect(
                mapped.Start + section.Rva, length, Protection(section.Access & ~taken) | read);
        }
    }

    private static int Protection(SectionAccess access) =>
        ((access & SectionAccess.Read) != 0 ? Interop.ProtRead : 0)
        | ((access & SectionAccess.Write) != 0 ? Interop.ProtRead | Interop.ProtWrite : 0)
        | ((access & SectionAccess.Execute) != 0 ? Interop.ProtRead | Interop.ProtExecute : 0);
}
