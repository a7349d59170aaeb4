// A PDB's index: whose it is (GUID and age), its table of names, its modules and its public symbols. Layout:
// LLVM's documentation of the PDB info and DBI streams. It knows nothing about symbols or lines; see
// PdbSymbols.cs and PdbLines.cs.
namespace OpenWsk.Loader;

/// <summary>One compiled file of the driver.</summary>
internal readonly record struct PdbModule(int Stream, uint SymbolBytes, uint OldLineBytes, uint LineBytes);

/// <summary>Streams of a PDB by their meaning.</summary>
internal sealed class PdbFile
{
    private const int InfoStream = 1;
    private const int DebugStream = 3;
    private const int ModulesMax = 1 << 16;
    private const ushort NoStream = 0xFFFF;
    private readonly MsfFile _msf;
    private readonly SymbolBudget _budget;

    public PdbFile(ReadOnlyMemory<byte> file, SymbolBudget budget)
    {
        _msf = new MsfFile(file);
        _budget = budget;
        var names = ReadInfo();
        Names = names < 0 ? [] : ReadNames(names);
        ReadDebug();
    }

    public Guid Guid { get; private set; }

    public uint Age { get; private set; }

    /// <summary>The age that the linker counts; images name this one or the other.</summary>
    public uint DebugAge { get; private set; }

    public List<PdbModule> Modules { get; } = [];

    /// <summary>Names of source files, by their offsets.</summary>
    public byte[] Names { get; }

    public byte[] PublicRecords { get; private set; } = [];

    public byte[] Stream(PdbModule module) => _msf.Stream(module.Stream);

    /// <summary>Whether the PDB was made together with the image that names this identity.</summary>
    public bool Belongs(PdbIdentity identity) =>
        Guid == identity.Guid && (Age == identity.Age || DebugAge == identity.Age);

    // Returns the number of the stream with the names of files, or -1.
    private int ReadInfo()
    {
        var reader = new SymbolReader(_msf.Stream(InfoStream));
        reader.Skip(8);
        Age = reader.U32();
        Guid = new Guid(reader.Take(16));
        var textBytes = reader.U32();
        var text = new SymbolReader(reader.Take(textBytes));
        // A hash table: size, capacity, two bit sets, then pairs of name offset and stream.
        var count = reader.U32();
        reader.Skip(4);
        reader.Skip(4ul * reader.U32());
        reader.Skip(4ul * reader.U32());
        for (uint i = 0; i < count; i++)
        {
            var (name, stream) = (reader.U32(), reader.U32());
            text.Seek(name);
            if (text.Text(_budget) == "/names")
                return (int)Math.Min(stream, int.MaxValue);
        }
        return -1;
    }

    private byte[] ReadNames(int stream)
    {
        const uint Signature = 0xEFFE_EFFE;
        var reader = new SymbolReader(_msf.Stream(stream));
        if (reader.Remaining < 12 || reader.U32() != Signature)
            return [];
        reader.Skip(4);
        return reader.Take(reader.U32()).ToArray();
    }

    private void ReadDebug()
    {
        var reader = new SymbolReader(_msf.Stream(DebugStream));
        if (reader.Remaining == 0)
            return;
        reader.Skip(8);
        DebugAge = reader.U32();
        reader.Skip(4);
        var publics = reader.U16();
        reader.Skip(2);
        // The stream with the records of public symbols follows the index of publics; both are streams.
        PublicRecords = publics == NoStream ? [] : ReadRecords(reader);
        reader.Skip(4);
        var moduleBytes = reader.U32();
        reader.Seek(64);
        ReadModules(new SymbolReader(reader.Take(moduleBytes)));
    }

    private byte[] ReadRecords(SymbolReader reader)
    {
        var stream = reader.U16();
        return stream == NoStream ? [] : _msf.Stream(stream);
    }

    private void ReadModules(SymbolReader reader)
    {
        while (reader.Remaining > 64 && Modules.Count < ModulesMax)
        {
            _budget.Spend(10);
            // An unused pointer, one section contribution, flags.
            reader.Skip(4 + 28 + 2);
            var stream = reader.U16();
            var (symbols, old, lines) = (reader.U32(), reader.U32(), reader.U32());
            reader.Skip(2 + 2 + 4 + 4 + 4);
            reader.SkipText();
            reader.SkipText();
            reader.Align4();
            if (stream != NoStream)
                Modules.Add(new PdbModule(stream, symbols, old, lines));
        }
    }
}
