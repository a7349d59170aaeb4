// Where linear decoding of an image's code may begin: at the functions that .pdata names, at what lies
// between them (leaf functions need no entry there), and at each section's start. It reads the table in the
// mapped image, trusting no number. It knows nothing about instructions; see PatchScanner.cs.
using System.Buffers.Binary;

namespace OpenWsk.Loader;

/// <summary>A stretch of code; <paramref name="IsFunction"/> when .pdata names its start.</summary>
internal readonly record struct CodeRegion(uint Start, uint End, bool IsFunction);

/// <summary>The stretches of code of one image.</summary>
internal sealed class CodeRegions
{
    private const int ExceptionDirectory = 3;
    private const int EntryBytes = 12;

    // Far above any driver; bounds what a hostile table makes us remember.
    private const int FunctionsMax = 1 << 20;
    private readonly List<(uint Start, uint End)> _functions = [];

    public CodeRegions(ReadOnlySpan<byte> image)
    {
        var table = Directory(image);
        for (var i = 0; i + EntryBytes <= table.Length && _functions.Count < FunctionsMax; i += EntryBytes)
        {
            var start = BinaryPrimitives.ReadUInt32LittleEndian(table[i..]);
            var end = BinaryPrimitives.ReadUInt32LittleEndian(table[(i + 4)..]);
            if (start < end && end <= (uint)image.Length)
                _functions.Add((start, end));
        }
        _functions.Sort();
    }

    /// <summary>The stretch of a section that holds an RVA.</summary>
    public CodeRegion Find(ImageSection section, uint rva, uint imageBytes)
    {
        var index = IndexAtOrBefore(rva);
        var start = section.Rva;
        if (index >= 0 && _functions[index].Start >= section.Rva)
        {
            var (functionStart, functionEnd) = _functions[index];
            if (rva < functionEnd)
                return new CodeRegion(functionStart, Math.Min(functionEnd, section.EndRva), true);
            start = functionEnd;
        }
        var end = Math.Min(section.EndRva, imageBytes);
        if (index + 1 < _functions.Count)
            end = Math.Min(end, _functions[index + 1].Start);
        return new CodeRegion(start, end, false);
    }

    private int IndexAtOrBefore(uint rva)
    {
        var (low, high) = (0, _functions.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_functions[middle].Start <= rva)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return high;
    }

    // The parser has checked the optional header in the file; the mapped headers may be shorter.
    private static ReadOnlySpan<byte> Directory(ReadOnlySpan<byte> image)
    {
        if (image.Length < 0x40)
            return default;
        var header = BinaryPrimitives.ReadUInt32LittleEndian(image[0x3C..]);
        var entry = (ulong)header + 24 + 112 + 8 * ExceptionDirectory;
        if (entry + 8 > (ulong)image.Length)
            return default;
        var countAt = (int)header + 24 + 108;
        if (BinaryPrimitives.ReadUInt32LittleEndian(image[countAt..]) <= ExceptionDirectory)
            return default;
        var rva = BinaryPrimitives.ReadUInt32LittleEndian(image[(int)entry..]);
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(image[((int)entry + 4)..]);
        var isInside = rva != 0 && (ulong)rva + bytes <= (ulong)image.Length;
        return isInside ? image.Slice((int)rva, (int)bytes) : default;
    }
}
