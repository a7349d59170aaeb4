// Runs the line programs of .debug_line, one after the other: each is a small machine that makes rows of
// address, file and line (DWARF 5, section 6.2). It knows nothing about functions; the folders that files are
// relative to come from DwarfFunctions.cs.
namespace OpenWsk.Loader;

/// <summary>Finds lines.</summary>
internal sealed class DwarfLines(
    DwarfSections sections, SymbolTable.Builder builder, IReadOnlyDictionary<ulong, string> folders)
{
    private ulong _address;
    private ulong _file;
    private long _line;
    private bool _isInSequence;
    private readonly Dictionary<ulong, int> _fileNumbers = [];

    public void Read()
    {
        var reader = new SymbolReader(sections.Lines.Span);
        while (reader.Remaining != 0)
        {
            sections.Budget.Spend();
            var start = (ulong)reader.Position;
            var length = DwarfUnit.ReadLength(ref reader, out var offsetBytes);
            var end = (ulong)reader.Position + length;
            var program = new SymbolReader(sections.Lines.Span[..(int)end]);
            program.Seek((ulong)reader.Position);
            var folder = folders.GetValueOrDefault(start) ?? "";
            if (DwarfLineHeader.Read(sections, ref program, offsetBytes, folder) is { } header)
                Run(header, ref program);
            reader.Seek(end);
        }
    }

    private void Run(DwarfLineHeader header, ref SymbolReader program)
    {
        _fileNumbers.Clear();
        Reset();
        while (program.Remaining != 0)
        {
            sections.Budget.Spend();
            var opcode = program.U8();
            if (opcode >= header.OpcodeBase)
                Special(header, opcode);
            else if (opcode == 0)
                Extended(header, ref program);
            else
                Standard(header, opcode, ref program);
        }
    }

    private void Special(DwarfLineHeader header, byte opcode)
    {
        if (header.LineRange == 0)
            throw new SymbolFormatException("a line table has a line range of 0");
        var adjusted = opcode - header.OpcodeBase;
        _address += (ulong)(adjusted / header.LineRange) * header.MinimumInstructionBytes;
        _line += header.LineBase + adjusted % header.LineRange;
        AddRow(header);
    }

    private void Standard(DwarfLineHeader header, byte opcode, ref SymbolReader program)
    {
        switch (opcode)
        {
            case 1:
                AddRow(header);
                break;
            case 2:
                _address += program.Uleb() * header.MinimumInstructionBytes;
                break;
            case 3:
                _line += program.Sleb();
                break;
            case 4:
                _file = program.Uleb();
                break;
            case 8 when header.LineRange != 0:
                _address += (ulong)((255 - header.OpcodeBase) / header.LineRange)
                    * header.MinimumInstructionBytes;
                break;
            case 9:
                _address += program.U16();
                break;
            default:
                for (var i = header.OpcodeLengths[opcode - 1]; i > 0; i--)
                    program.Uleb();
                break;
        }
    }

    private void Extended(DwarfLineHeader header, ref SymbolReader program)
    {
        const byte EndSequence = 1, SetAddress = 2, DefineFile = 3;
        var length = program.Uleb();
        if (length == 0)
            return;
        if (length > (ulong)program.Remaining)
            throw new SymbolFormatException("a line opcode is longer than its table");
        var body = new SymbolReader(program.Take((long)length));
        switch (body.U8())
        {
            case EndSequence:
                if (_isInSequence && sections.TryRva(_address, out var rva))
                    builder.EndLines(rva);
                Reset();
                break;
            case SetAddress when body.Remaining is 4 or 8:
                _address = body.Unsigned(body.Remaining);
                break;
            case DefineFile:
                header.AddFile(body.Text(sections.Budget), body.Uleb());
                break;
        }
    }

    private void AddRow(DwarfLineHeader header)
    {
        // Line 0 is code that belongs to no line; the line before it says more.
        if (_line is <= 0 or > int.MaxValue || !sections.TryRva(_address, out var rva))
            return;
        if (!_fileNumbers.TryGetValue(_file, out var number))
        {
            number = header.PathOf(_file) is { } path ? builder.FileNumber(path) : -1;
            _fileNumbers[_file] = number;
        }
        _isInSequence = true;
        builder.AddLine(rva, number, (int)_line);
    }

    private void Reset()
    {
        _address = 0;
        _file = 1;
        _line = 1;
        _isInSequence = false;
    }
}
