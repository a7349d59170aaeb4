// The header of one line table: opcode lengths, folders and files. Formats: DWARF 5, section 6.2.4; DWARF 4
// has lists of names instead of described ones. It knows nothing about the program behind it.
namespace OpenWsk.Loader;

/// <summary>What a line program starts from.</summary>
internal sealed class DwarfLineHeader
{
    private const int FilesMax = 1 << 16;
    private readonly List<string> _folders = [];
    private readonly List<(string Name, ulong Folder)> _files = [];
    private readonly string _compiledIn;

    private DwarfLineHeader(string compiledIn) => _compiledIn = compiledIn;

    public int Version { get; private set; }

    public int AddressBytes { get; private set; } = 8;

    public byte MinimumInstructionBytes { get; private set; }

    public sbyte LineBase { get; private set; }

    public byte LineRange { get; private set; }

    public byte OpcodeBase { get; private set; }

    public byte[] OpcodeLengths { get; private set; } = [];

    /// <summary>Reads a header and leaves the reader at the program; null for an unknown version.</summary>
    public static DwarfLineHeader? Read(
        DwarfSections sections, ref SymbolReader reader, int offsetBytes, string compiledIn)
    {
        var header = new DwarfLineHeader(compiledIn) { Version = reader.U16() };
        if (header.Version is < 2 or > 5)
            return null;
        if (header.Version >= 5)
        {
            header.AddressBytes = reader.U8();
            reader.Skip(1);
        }
        var length = reader.Unsigned(offsetBytes);
        var program = (ulong)reader.Position + length;
        header.MinimumInstructionBytes = reader.U8();
        reader.Skip(header.Version >= 4 ? 2u : 1u);
        header.LineBase = (sbyte)reader.U8();
        header.LineRange = reader.U8();
        header.OpcodeBase = reader.U8();
        header.OpcodeLengths = reader.Take(Math.Max(header.OpcodeBase - 1, 0)).ToArray();
        if (header.Version >= 5)
            header.ReadDescribedNames(sections, ref reader, offsetBytes);
        else
            header.ReadNames(sections, ref reader);
        if (length > (ulong)reader.Length)
            throw new SymbolFormatException("the header of a line table is longer than its section");
        reader.Seek(program);
        return header;
    }

    /// <summary>Defines a file inside the program (DW_LNE_define_file).</summary>
    public void AddFile(string name, ulong folder)
    {
        if (_files.Count < FilesMax)
            _files.Add((name, folder));
    }

    /// <summary>The path of a file by its number; null when there is none.</summary>
    public string? PathOf(ulong number)
    {
        // Files count from 1 up to version 4.
        var index = Version >= 5 ? number : number - 1;
        if (index >= (ulong)_files.Count)
            return null;
        var (name, folderNumber) = _files[(int)index];
        var folder = Version >= 5 ? FolderAt(folderNumber)
            : folderNumber == 0 ? "" : FolderAt(folderNumber - 1);
        return Join(Join(_compiledIn, folder), name);
    }

    private string FolderAt(ulong index) => index < (ulong)_folders.Count ? _folders[(int)index] : "";

    private static string Join(string folder, string name)
    {
        var isWhole = folder.Length == 0 || name.StartsWith('/') || name.StartsWith('\\')
            || (name.Length > 1 && name[1] == ':');
        return isWhole ? name : name.Length == 0 ? folder : $"{folder.TrimEnd('/', '\\')}/{name}";
    }

    private void ReadNames(DwarfSections sections, ref SymbolReader reader)
    {
        while (reader.Text(sections.Budget) is { Length: > 0 } folder)
            AddFolder(folder);
        while (reader.Text(sections.Budget) is { Length: > 0 } file)
        {
            AddFile(file, reader.Uleb());
            reader.Uleb();
            reader.Uleb();
        }
    }

    private void AddFolder(string folder)
    {
        if (_folders.Count < FilesMax)
            _folders.Add(folder);
    }

    private void ReadDescribedNames(DwarfSections sections, ref SymbolReader reader, int offsetBytes)
    {
        var unit = DwarfUnit.ForLines(offsetBytes, AddressBytes);
        foreach (var (name, _) in ReadList(sections, ref reader, unit))
            AddFolder(name);
        foreach (var (name, folder) in ReadList(sections, ref reader, unit))
            AddFile(name, folder);
    }

    private static List<(string Name, ulong Folder)> ReadList(
        DwarfSections sections, ref SymbolReader reader, DwarfUnit unit)
    {
        const ulong Path = 1, FolderIndex = 2;
        var formats = new List<(ulong Content, DwarfAttribute Attribute)>();
        for (int i = reader.U8(); i > 0; i--)
            formats.Add((reader.Uleb(), new DwarfAttribute(0, (uint)reader.Uleb(), 0)));
        var list = new List<(string, ulong)>();
        var count = reader.Uleb();
        for (ulong i = 0; i < count && i < FilesMax; i++)
        {
            sections.Budget.Spend(20);
            var (name, folder) = ("", 0ul);
            foreach (var (content, attribute) in formats)
            {
                // A string inside the line table itself lies in another section than .debug_info's would.
                if (content == Path && attribute.Form == 0x08)
                {
                    name = reader.Text(sections.Budget);
                    continue;
                }
                var value = DwarfValue.Read(ref reader, attribute, unit);
                if (content == Path)
                    name = value.Text(sections, unit) ?? "";
                else if (content == FolderIndex)
                    folder = value.Number;
            }
            list.Add((name, folder));
        }
        return list;
    }
}
