// Line numbers of one module of a PDB: the C13 subsections. Layout: CodeView's DEBUG_S_LINES and
// DEBUG_S_FILECHKSMS, as LLVM's documentation describes them. It knows nothing about functions.
namespace OpenWsk.Loader;

/// <summary>Reads C13 line information.</summary>
internal static class PdbLines
{
    private const uint Lines = 0xF2, FileChecksums = 0xF4, Ignored = 0x8000_0000;

    // Lines that a debugger shall step over or into, not places in a source (CodeView's special numbers).
    private const uint FirstSpecialLine = 0xF0_0000;

    public static void Read(
        SymbolImage image, PdbFile pdb, ReadOnlySpan<byte> data, SymbolTable.Builder builder)
    {
        var checksums = Find(data, FileChecksums);
        var files = new Dictionary<uint, int>();
        var reader = new SymbolReader(data);
        while (TryNext(ref reader, builder.Budget, out var kind, out var body))
        {
            if (kind == Lines)
                ReadFunction(image, body, builder, id => FileNumber(pdb, checksums, id, files, builder));
        }
    }

    private static bool TryNext(
        ref SymbolReader reader, SymbolBudget budget, out uint kind, out ReadOnlySpan<byte> body)
    {
        budget.Spend();
        kind = 0;
        body = default;
        if (reader.Remaining < 8)
            return false;
        kind = reader.U32();
        body = reader.Take(reader.U32());
        reader.Seek(Math.Min(((ulong)reader.Position + 3) & ~3ul, (ulong)reader.Length));
        kind = (kind & Ignored) != 0 ? 0 : kind;
        return true;
    }

    private static byte[] Find(ReadOnlySpan<byte> data, uint wanted)
    {
        var reader = new SymbolReader(data);
        while (reader.Remaining >= 8)
        {
            var kind = reader.U32();
            var body = reader.Take(reader.U32());
            if (kind == wanted)
                return body.ToArray();
            reader.Seek(Math.Min(((ulong)reader.Position + 3) & ~3ul, (ulong)reader.Length));
        }
        return [];
    }

    private static void ReadFunction(
        SymbolImage image, ReadOnlySpan<byte> body, SymbolTable.Builder builder, Func<uint, int> fileOf)
    {
        var reader = new SymbolReader(body);
        var (offset, section) = (reader.U32(), reader.U16());
        // Flags: columns may follow the rows of a block; its length tells where the next block begins.
        reader.Skip(2);
        var codeBytes = reader.U32();
        if (!image.TryRva(section, offset, out var start))
            return;
        while (reader.Remaining >= 12)
        {
            var (file, count, blockBytes) = (fileOf(reader.U32()), reader.U32(), reader.U32());
            if (blockBytes < 12)
                throw new SymbolFormatException("it has a block of lines without a header");
            var rows = new SymbolReader(reader.Take(blockBytes - 12L));
            for (uint i = 0; i < count; i++)
                AddRow(start, rows.U32(), rows.U32() & 0xFF_FFFF, file, builder);
        }
        if (image.TryRva(section, (ulong)offset + codeBytes, out var end))
            builder.EndLines(end);
    }

    private static void AddRow(uint start, uint offset, uint line, int file, SymbolTable.Builder builder)
    {
        if (line is not 0 and < FirstSpecialLine && offset <= int.MaxValue)
            builder.AddLine(start + offset, file, (int)line);
    }

    private static int FileNumber(
        PdbFile pdb, byte[] checksums, uint id, Dictionary<uint, int> known, SymbolTable.Builder builder)
    {
        if (known.TryGetValue(id, out var number))
            return number;
        var entry = new SymbolReader(checksums);
        entry.Seek(id);
        var name = new SymbolReader(pdb.Names);
        name.Seek(entry.U32());
        return known[id] = builder.FileNumber(name.Text(builder.Budget));
    }
}
