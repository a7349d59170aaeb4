// Reads and checks the section table. What Windows refuses is refused: sections out of order, overlapping or
// with gaps between them, outside the file or outside the image.
using System.Text;

namespace OpenWsk.Loader;

internal sealed partial class ImageParser
{
    private const int SectionHeaderBytes = 40;

    private List<ImageSection> ReadSections()
    {
        var count = UInt16(_headerOffset + 6, "the number of sections");
        if (count is 0 or > SectionsMax)
            throw _errors.SectionCount(count);
        var sections = new List<ImageSection>(count);
        var end = AlignUp(_headerBytes);
        for (var i = 0; i < count; i++)
        {
            var section = ReadSection(_optionalOffset + _optionalBytes + (uint)(SectionHeaderBytes * i));
            CheckPlace(section, end, isFirst: i == 0);
            sections.Add(section);
            end = section.EndRva;
        }
        return sections;
    }

    private ImageSection ReadSection(uint offset)
    {
        var header = Bytes(offset, SectionHeaderBytes, "a section header");
        var sectionName = SectionName(header[..8]);
        var virtualBytes = UInt32(offset + 8, sectionName);
        var rva = UInt32(offset + 12, sectionName);
        var fileBytes = UInt32(offset + 16, sectionName);
        var fileOffset = UInt32(offset + 20, sectionName);
        var characteristics = UInt32(offset + 36, sectionName);
        if (fileBytes != 0 && (ulong)fileOffset + fileBytes > (ulong)file.Length)
            throw _errors.SectionOutsideFile(sectionName, (ulong)fileOffset + fileBytes, file.Length);
        if (rva % _sectionAlignment != 0)
            throw _errors.SectionOrder(sectionName, rva, "which the section alignment does not allow");
        ulong size = virtualBytes != 0 ? virtualBytes : fileBytes;
        var end = rva + ((size + _sectionAlignment - 1) & ~((ulong)_sectionAlignment - 1));
        var limit = ((ulong)_sizeBytes + _sectionAlignment - 1) & ~((ulong)_sectionAlignment - 1);
        if (end > limit || size == 0)
            throw _errors.SectionOutsideImage(sectionName, end, _sizeBytes);
        var extent = (uint)(end - rva);
        return new ImageSection(
            sectionName,
            rva,
            extent,
            fileBytes != 0 ? fileOffset : 0,
            Math.Min(fileBytes, extent),
            Access(characteristics),
            (characteristics & 0x0200_0000) != 0);
    }

    private void CheckPlace(ImageSection section, ulong previousEnd, bool isFirst)
    {
        if (section.Rva < previousEnd)
            throw _errors.SectionOrder(section.Name, section.Rva, "overlapping what comes before it");
        if (section.Rva > previousEnd && !isFirst && !IsFlat)
            throw _errors.SectionOrder(section.Name, section.Rva, "leaving a gap after what comes before it");
        if (IsFlat && section.FileBytes != 0 && section.FileOffset != section.Rva)
            throw _errors.SectionOrder(
                section.Name, section.Rva, "but elsewhere in a file that is aligned below a page");
    }

    private static SectionAccess Access(uint characteristics) =>
        ((characteristics & 0x4000_0000) != 0 ? SectionAccess.Read : 0)
        | ((characteristics & 0x8000_0000) != 0 ? SectionAccess.Write : 0)
        | ((characteristics & 0x2000_0000) != 0 ? SectionAccess.Execute : 0);

    // The name only serves people, so what cannot be printed is replaced.
    private static string SectionName(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes)
        {
            if (b == 0)
                break;
            text.Append(b is > 0x20 and < 0x7F ? (char)b : '?');
        }
        return text.Length == 0 ? "(unnamed)" : text.ToString();
    }

    private ulong AlignUp(uint value) =>
        ((ulong)value + _sectionAlignment - 1) & ~((ulong)_sectionAlignment - 1);
}
