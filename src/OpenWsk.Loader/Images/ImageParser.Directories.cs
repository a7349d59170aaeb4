// Reads and checks what the data directories point to: relocations, imports and the load configuration.
// Counts are bounded, so that a hostile table cannot make us work or allocate without end.
namespace OpenWsk.Loader;

internal sealed partial class ImageParser
{
    private static readonly HashSet<string> s_systemLibraries = new(
        ["ntoskrnl.exe", "hal.dll", "netio.sys", "ndis.sys", "fwpkclnt.sys", "cng.sys", "ksecdd.sys",
            "wdfldr.sys", "tdi.sys", "wmilib.sys"],
        StringComparer.OrdinalIgnoreCase);

    private const int ImportDirectory = 1;
    private const int FunctionDirectory = 3;
    private const int RelocationDirectory = 5;
    private const int LoadConfigurationDirectory = 10;
    private const int LibrariesMax = 256;
    private const int ImportsMax = 16384;

    // C++ names of real drivers reach a few hundred characters; Windows' own linker stops at 4096.
    private const int NameLengthMax = 4096;
    private const int ImportDescriptorBytes = 20;
    private const int Dir64 = 10;

    private List<uint> ReadRelocations(ImageView view)
    {
        var (rva, bytes) = Directory(RelocationDirectory);
        var relocations = new List<uint>();
        if (rva == 0 || bytes == 0)
        {
            var characteristics = UInt16(_headerOffset + 22, "the characteristics");
            return (characteristics & AreRelocationsStripped) == 0
                ? relocations
                : throw _errors.NotRelocatable();
        }
        if (!view.Contains(rva, bytes))
            throw _errors.BadDirectory("relocation table", rva, "it lies outside the sections");
        for (uint position = 0; bytes - position >= 8;)
        {
            view.TryRead((ulong)rva + position, out uint page);
            view.TryRead((ulong)rva + position + 4, out uint blockBytes);
            if (page == 0 && blockBytes == 0)
                break;
            if (blockBytes < 8 || blockBytes > bytes - position || blockBytes % 2 != 0)
                throw _errors.BadDirectory(
                    "relocation table", rva + position, $"a block of {blockBytes} bytes");
            for (uint i = 8; i < blockBytes; i += 2)
                ReadRelocation(view, page, (ulong)rva + position + i, relocations);
            position += blockBytes;
        }
        return relocations;
    }

    private void ReadRelocation(ImageView view, uint page, ulong entryRva, List<uint> relocations)
    {
        view.TryRead(entryRva, out ushort entry);
        var target = (ulong)page + (uint)(entry & 0xFFF);
        switch (entry >> 12)
        {
            case 0:
                return;
            case Dir64 when view.ContainsInSection(target, 8):
                relocations.Add((uint)target);
                return;
            case Dir64:
                throw _errors.RelocationOutside(target);
            case 3:
                throw _errors.RelocationKind((uint)entryRva, "HIGHLOW");
            default:
                throw _errors.RelocationKind((uint)entryRva, (entry >> 12).ToString());
        }
    }

    private List<ImageImport> ReadImports(ImageView view)
    {
        var imports = new List<ImageImport>();
        var (rva, bytes) = Directory(ImportDirectory);
        if (rva == 0 || bytes == 0)
            return imports;
        for (var i = 0; ; i++)
        {
            var descriptor = (ulong)rva + (ulong)(ImportDescriptorBytes * i);
            if (i == LibrariesMax || !view.Contains(descriptor, ImportDescriptorBytes))
                throw _errors.BadDirectory("import table", (uint)descriptor, "it has no end");
            view.TryRead(descriptor, out uint lookup);
            view.TryRead(descriptor + 12, out uint nameRva);
            view.TryRead(descriptor + 16, out uint slots);
            if (nameRva == 0 && slots == 0)
                return imports;
            if (!view.TryReadName(nameRva, NameLengthMax, out var library))
                throw _errors.BadDirectory("import table", nameRva, "there is no library name");
            ReadLibrary(view, library, lookup != 0 ? lookup : slots, slots, imports);
        }
    }

    private void ReadLibrary(
        ImageView view, string library, uint lookup, uint slots, List<ImageImport> imports)
    {
        for (uint i = 0; ; i++)
        {
            var slot = slots + 8ul * i;
            if (!view.TryRead(lookup + 8ul * i, out ulong entry))
                throw _errors.BadDirectory("import table", lookup, $"the names of {library} have no end");
            if (entry == 0)
                return;
            if (imports.Count == ImportsMax)
                throw _errors.BadDirectory("import table", lookup, $"it has more than {ImportsMax} names");
            if (!view.ContainsInSection(slot, 8))
                throw _errors.BadDirectory(
                    "import table", slots, $"the addresses of {library} lie outside the sections");
            if (entry >> 63 != 0)
            {
                imports.Add(ByOrdinal(library, (uint)(entry & 0xFFFF), (uint)slot));
                continue;
            }
            if (!view.TryReadName(entry + 2, NameLengthMax, out var routine))
                throw _errors.BadDirectory("import table", (uint)entry, $"a name from {library} is damaged");
            imports.Add(new ImageImport(library, routine, (uint)slot));
        }
    }

    // Numbers are a matter between drivers that were built together; those of Windows' own files change.
    private ImageImport ByOrdinal(string library, uint ordinal, uint slot) =>
        s_systemLibraries.Contains(library)
            ? throw _errors.ImportByOrdinal(library, ordinal)
            : new ImageImport(library, $"#{ordinal}", slot) { Ordinal = ordinal };

    // IMAGE_LOAD_CONFIG_DIRECTORY64: its own Size tells which members there are; the directory's is not
    // reliable.
    private LoadConfiguration ReadLoadConfiguration(ImageView view)
    {
        var (rva, bytes) = Directory(LoadConfigurationDirectory);
        if (rva == 0 || bytes == 0)
            return default;
        if (!view.TryRead(rva, out uint size) || !view.Contains(rva, size))
            throw _errors.BadDirectory("load configuration", rva, "it lies outside the sections");
        return new LoadConfiguration(
            Slot(view, rva, size, 0x58, "security cookie"),
            Slot(view, rva, size, 0x70, "guard check pointer"),
            Slot(view, rva, size, 0x78, "guard dispatch pointer"));
    }

    private uint Slot(ImageView view, uint rva, uint size, uint offset, string what)
    {
        if (offset + 8 > size)
            return 0;
        view.TryRead((ulong)rva + offset, out ulong address);
        if (address == 0)
            return 0;
        var slot = address - _preferredBase;
        if (!view.ContainsInSection(slot, 8))
            throw _errors.BadDirectory("load configuration", rva, $"its {what} lies outside the sections");
        return (uint)slot;
    }
}
