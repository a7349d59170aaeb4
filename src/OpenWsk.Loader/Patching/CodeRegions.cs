// Where linear decoding of an image's code may begin: at the functions that .pdata names, at what lies
// between them (leaf functions need no entry there), and at each section's start.
// It knows nothing about instructions; see PatchScanner.cs.
namespace OpenWsk.Loader;

/// <summary>A stretch of code; <paramref name="IsFunction"/> when .pdata names its start.</summary>
internal readonly record struct CodeRegion(uint Start, uint End, bool IsFunction);

/// <summary>The stretches of code of one image.</summary>
internal sealed class CodeRegions(DriverImage image)
{
    private readonly IReadOnlyList<FunctionEntry> _functions = image.Functions.Entries;

    /// <summary>The stretch of a section that holds an RVA.</summary>
    public CodeRegion Find(ImageSection section, uint rva)
    {
        var index = IndexAtOrBefore(rva);
        var start = section.Rva;
        var sectionEnd = Math.Min(section.EndRva, image.SizeBytes);
        if (index >= 0 && _functions[index].Begin >= section.Rva)
        {
            var function = _functions[index];
            if (rva < function.End)
                return new CodeRegion(function.Begin, Math.Min(function.End, sectionEnd), true);
            start = function.End;
        }
        var end = index + 1 < _functions.Count
            ? Math.Min(sectionEnd, _functions[index + 1].Begin)
            : sectionEnd;
        return new CodeRegion(start, end, false);
    }

    private int IndexAtOrBefore(uint rva)
    {
        var (low, high) = (0, _functions.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_functions[middle].Begin <= rva)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return high;
    }
}
