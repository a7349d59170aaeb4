// The RSDS record of an image's debug directory: which PDB belongs to it. Layout: PE/COFF specification,
// section 5.1, and the CodeView record that linkers write. It knows nothing about PDB files.
using System.Text;

namespace OpenWsk.Loader;

/// <summary>Names a PDB.</summary>
internal sealed record PdbIdentity(Guid Guid, uint Age, string Path)
{
    private const uint Rsds = 0x53445352;
    private const uint CodeView = 2;
    private const int EntriesMax = 32;

    /// <summary>The file's name without the folders of the machine that linked the driver.</summary>
    public string FileName => Path[(Path.LastIndexOfAny(['/', '\\']) + 1)..];

    /// <summary>The folder that symbol stores use: the GUID without dashes, then the age.</summary>
    public string StoreKey => $"{Guid:N}{Age:X}".ToUpperInvariant();

    /// <summary>The record as it stands in the file, for minidumps.</summary>
    public byte[] Record() =>
        [.. BitConverter.GetBytes(Rsds), .. Guid.ToByteArray(), .. BitConverter.GetBytes(Age),
            .. Encoding.UTF8.GetBytes(Path), 0];

    /// <summary>The identity that an image names; null when it names none.</summary>
    public static PdbIdentity? Read(SymbolImage image, SymbolBudget budget)
    {
        var (rva, bytes) = image.Debug;
        if (rva == 0)
            return null;
        var entries = new SymbolReader(image.At(rva).Span);
        for (var i = 0; i < Math.Min(bytes / 28, EntriesMax); i++)
        {
            entries.Skip(12);
            var (type, _, dataRva, _) = (entries.U32(), entries.U32(), entries.U32(), entries.U32());
            var data = new SymbolReader(image.At(dataRva).Span);
            if (type != CodeView || data.Remaining < 24 || data.U32() != Rsds)
                continue;
            return new PdbIdentity(new Guid(data.Take(16)), data.U32(), data.Text(budget));
        }
        return null;
    }
}
