// A driver file as the readers of symbols see it: section headers with their long names, ranges of the file,
// and RVAs. The headers have been checked when the image was read; this looks at what that did not need. It
// knows nothing about what sections hold.
namespace OpenWsk.Loader;

/// <summary>A section header with its full name.</summary>
internal sealed record SymbolSection(
    string Name, uint Rva, uint VirtualBytes, uint FileOffset, uint FileBytes, bool IsCode);

/// <summary>Headers of one file.</summary>
internal sealed class SymbolImage
{
    private const int SectionHeaderBytes = 40;
    private const uint HasCode = 0x2000_0020;
    private readonly DriverImage _image;

    public SymbolImage(DriverImage image)
    {
        _image = image;
        var reader = new SymbolReader(image.File.Span);
        reader.Seek(0x3C);
        var header = reader.U32();
        reader.Seek(header + 6ul);
        var sections = reader.U16();
        TimeStamp = reader.U32();
        SymbolTableOffset = reader.U32();
        SymbolCount = reader.U32();
        var optionalBytes = reader.U16();
        reader.Seek(header + 24ul + 64);
        CheckSum = reader.U32();
        ReadDirectories(header + 24ul);
        StringTableOffset = SymbolTableOffset + 18ul * SymbolCount;
        Sections = ReadSections(header + 24ul + optionalBytes, sections);
    }

    public ReadOnlyMemory<byte> File => _image.File;

    public ulong PreferredBase => _image.PreferredBase;

    public uint SizeBytes => _image.SizeBytes;

    public uint TimeStamp { get; }

    public uint CheckSum { get; }

    /// <summary>Where the COFF symbol table lies in the file; 0 for none.</summary>
    public uint SymbolTableOffset { get; }

    public uint SymbolCount { get; }

    public ulong StringTableOffset { get; }

    public IReadOnlyList<SymbolSection> Sections { get; }

    /// <summary>RVA and size of the export directory.</summary>
    public (uint Rva, uint Bytes) Exports { get; private set; }

    /// <summary>RVA and size of the debug directory.</summary>
    public (uint Rva, uint Bytes) Debug { get; private set; }

    /// <summary>A section's bytes in the file by name; empty when it has none.</summary>
    public ReadOnlyMemory<byte> Section(string name)
    {
        var section = Sections.FirstOrDefault(s => s.Name == name);
        if (section is null)
            return default;
        var length = section.VirtualBytes == 0 ? section.FileBytes
            : Math.Min(section.FileBytes, section.VirtualBytes);
        return Slice(section.FileOffset, length);
    }

    /// <summary>The file's bytes from an RVA to the end of its section; empty when it has none.</summary>
    public ReadOnlyMemory<byte> At(uint rva)
    {
        foreach (var section in Sections)
        {
            if (rva < section.Rva || rva - section.Rva >= section.FileBytes)
                continue;
            var inside = rva - section.Rva;
            return Slice(section.FileOffset + (ulong)inside, section.FileBytes - inside);
        }
        return default;
    }

    /// <summary>The RVA of an offset in a section counted from 1; false outside them.</summary>
    public bool TryRva(uint sectionNumber, ulong offset, out uint rva)
    {
        rva = 0;
        if (sectionNumber == 0 || sectionNumber > Sections.Count)
            return false;
        var address = Sections[(int)sectionNumber - 1].Rva + offset;
        if (address >= SizeBytes)
            return false;
        rva = (uint)address;
        return true;
    }

    /// <summary>A name of the string table behind the symbols.</summary>
    public string LongName(ulong offset, SymbolBudget budget)
    {
        var reader = new SymbolReader(File.Span);
        reader.Seek(StringTableOffset + offset);
        return reader.Text(budget);
    }

    private ReadOnlyMemory<byte> Slice(ulong offset, uint length)
    {
        if (offset >= (ulong)File.Length)
            return default;
        return File.Slice((int)offset, (int)Math.Min(length, (ulong)File.Length - offset));
    }

    private void ReadDirectories(ulong optional)
    {
        var reader = new SymbolReader(File.Span);
        reader.Seek(optional + 108);
        var count = reader.U32();
        if (count > 0)
            Exports = (reader.U32(), reader.U32());
        reader.Seek(optional + 112 + 6 * 8);
        if (count > 6)
            Debug = (reader.U32(), reader.U32());
    }

    private List<SymbolSection> ReadSections(ulong offset, int count)
    {
        var budget = new SymbolBudget();
        var sections = new List<SymbolSection>();
        for (var i = 0; i < Math.Min(count, ImageParser.SectionsMax); i++)
        {
            var reader = new SymbolReader(File.Span);
            reader.Seek(offset + (ulong)(i * SectionHeaderBytes));
            var name = SymbolReader.Printable(reader.Take(8));
            var (size, rva) = (reader.U32(), reader.U32());
            var (fileBytes, fileOffset) = (reader.U32(), reader.U32());
            reader.Skip(12);
            var isCode = (reader.U32() & HasCode) != 0;
            sections.Add(new SymbolSection(FullName(name, budget), rva, size, fileOffset, fileBytes, isCode));
        }
        return sections;
    }

    // A name of more than 8 bytes is "/" and its decimal offset in the string table.
    private string FullName(string name, SymbolBudget budget)
    {
        if (!name.StartsWith('/') || SymbolTableOffset == 0 || !uint.TryParse(name.AsSpan(1), out var offset))
            return name;
        try
        {
            return LongName(offset, budget);
        }
        catch (SymbolFormatException)
        {
            return name;
        }
    }
}
