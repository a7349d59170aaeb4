// Reads and checks the export table. A forwarder is an entry whose address lies in the table itself, where
// its text is. Counts are bounded by what a driver can have, so that a hostile table costs nothing.
namespace OpenWsk.Loader;

internal sealed partial class ImageParser
{
    private const int ExportDirectory = 0;
    private const int ExportsMax = 65536;
    private const uint ExportDirectoryBytes = 40;

    private ImageExports ReadExports(ImageView view)
    {
        var (rva, bytes) = Directory(ExportDirectory);
        if (rva == 0 || bytes == 0)
            return ImageExports.None;
        if (bytes < ExportDirectoryBytes || !view.Contains(rva, bytes))
            throw _errors.BadDirectory("export table", rva, "it lies outside the sections");
        view.TryRead((ulong)rva + 16, out uint firstOrdinal);
        view.TryRead((ulong)rva + 20, out uint functionCount);
        view.TryRead((ulong)rva + 28, out uint functions);
        if (functionCount > ExportsMax || firstOrdinal > ExportsMax
            || !view.Contains(functions, 4ul * functionCount))
            throw _errors.BadDirectory("export table", rva, $"it announces {functionCount} addresses");
        var all = new Dictionary<uint, ImageExport>();
        for (uint i = 0; i < functionCount; i++)
        {
            view.TryRead(functions + 4ul * i, out uint target);
            if (target != 0)
                all.Add(i, ReadExport(view, firstOrdinal + i, target, rva, bytes));
        }
        return new ImageExports(all.Values, ReadExportNames(view, rva, all));
    }

    private ImageExport ReadExport(ImageView view, uint ordinal, uint target, uint rva, uint bytes)
    {
        if (target - rva < bytes)
        {
            return view.TryReadName(target, NameLengthMax, out var forwarder)
                && forwarder.IndexOf('.') is > 0 and var dot && dot < forwarder.Length - 1
                ? new ImageExport(ordinal, 0, forwarder)
                : throw _errors.BadDirectory("export table", target, "a forwarder is damaged");
        }
        return view.ContainsInSection(target, 1)
            ? new ImageExport(ordinal, target, null)
            : throw _errors.BadDirectory(
                "export table", target, $"number {ordinal} lies outside the sections");
    }

    private Dictionary<string, ImageExport> ReadExportNames(
        ImageView view, uint rva, Dictionary<uint, ImageExport> all)
    {
        view.TryRead((ulong)rva + 24, out uint count);
        view.TryRead((ulong)rva + 32, out uint names);
        view.TryRead((ulong)rva + 36, out uint indices);
        if (count > ExportsMax || (count != 0
            && (!view.Contains(names, 4ul * count) || !view.Contains(indices, 2ul * count))))
            throw _errors.BadDirectory("export table", rva, $"it announces {count} names");
        var byName = new Dictionary<string, ImageExport>(StringComparer.Ordinal);
        for (uint i = 0; i < count; i++)
        {
            view.TryRead(names + 4ul * i, out uint nameRva);
            view.TryRead(indices + 2ul * i, out ushort index);
            if (!view.TryReadName(nameRva, NameLengthMax, out var name)
                || !all.TryGetValue(index, out var export))
                throw _errors.BadDirectory("export table", names, $"name number {i} is damaged");
            byName[name] = export;
        }
        return byName;
    }
}
