// The functions of a PDB: procedures of its modules, with lengths, and public symbols for what was compiled
// without debug information. Layout: LLVM's documentation of CodeView symbol records. It knows nothing about
// finding PDB files; see ../PdbFinder.cs.
namespace OpenWsk.Loader;

/// <summary>Reads functions and lines of a PDB.</summary>
internal static class PdbSymbols
{
    private const ushort Public = 0x110E;
    private const ushort LocalProcedure = 0x110F, GlobalProcedure = 0x1110;
    private const ushort LocalProcedureId = 0x1146, GlobalProcedureId = 0x1147;
    private const uint PublicIsCode = 1 | 2;
    private const uint ModuleSignature = 4;

    public static SymbolTable Read(SymbolImage image, PdbFile pdb, SymbolBudget budget)
    {
        var builder = new SymbolTable.Builder(budget);
        foreach (var module in pdb.Modules)
            ReadModule(image, pdb, module, builder);
        // After the procedures, because the first name at an address stays.
        var records = new SymbolReader(pdb.PublicRecords);
        while (TryNext(ref records, budget, out var kind, out var record))
        {
            if (kind == Public)
                AddPublic(image, record, builder);
        }
        return builder.Build();
    }

    private static void ReadModule(
        SymbolImage image, PdbFile pdb, PdbModule module, SymbolTable.Builder builder)
    {
        var stream = new SymbolReader(pdb.Stream(module));
        if (module.SymbolBytes >= 4)
        {
            var records = new SymbolReader(stream.Take(module.SymbolBytes));
            var isCurrent = records.U32() == ModuleSignature;
            while (isCurrent && TryNext(ref records, builder.Budget, out var kind, out var record))
            {
                if (kind is LocalProcedure or GlobalProcedure or LocalProcedureId or GlobalProcedureId)
                    AddProcedure(image, record, builder);
            }
        }
        stream.Skip(module.OldLineBytes);
        if (module.LineBytes != 0)
            PdbLines.Read(image, pdb, stream.Take(module.LineBytes), builder);
    }

    private static bool TryNext(
        ref SymbolReader records, SymbolBudget budget, out ushort kind, out SymbolReader record)
    {
        budget.Spend();
        kind = 0;
        record = default;
        if (records.Remaining < 4)
            return false;
        var length = records.U16();
        record = new SymbolReader(records.Take(length));
        if (length < 2)
            throw new SymbolFormatException("it has a symbol record without a kind");
        kind = record.U16();
        return true;
    }

    private static void AddProcedure(SymbolImage image, SymbolReader record, SymbolTable.Builder builder)
    {
        record.Skip(12);
        var length = record.U32();
        record.Skip(12);
        var (offset, section) = (record.U32(), record.U16());
        record.Skip(1);
        if (image.TryRva(section, offset, out var rva))
            builder.AddFunction(rva, length, record.Text(builder.Budget));
    }

    private static void AddPublic(SymbolImage image, SymbolReader record, SymbolTable.Builder builder)
    {
        var flags = record.U32();
        var (offset, section) = (record.U32(), record.U16());
        if ((flags & PublicIsCode) != 0 && image.TryRva(section, offset, out var rva))
            builder.AddFunction(rva, 0, record.Text(builder.Budget));
    }
}
