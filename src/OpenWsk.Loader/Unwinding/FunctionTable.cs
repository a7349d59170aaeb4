// The functions of one image, from .pdata, with their unwind information as it is asked for. What an image
// claims is kept only where it makes sense, so a damaged table loses functions and harms nobody.
// It knows nothing about addresses: everything is an RVA. See UnwindReader.cs for what it reads.
namespace OpenWsk.Loader;

/// <summary>Finds functions of one image.</summary>
internal sealed class FunctionTable
{
    private const int EntryBytes = 12;

    // Windows' own largest images have about a hundred thousand functions; a hostile header can claim more.
    private const uint EntriesMax = 1 << 20;

    // A RUNTIME_FUNCTION that names another one instead of unwind information.
    private const uint IsIndirect = 1;
    private readonly uint[] _begins;
    private readonly FunctionEntry[] _entries;
    private readonly uint[] _rvas;

    // Stands for information that cannot be read, so that nobody tries again.
    private readonly UnwindInfo _damaged = new()
    {
        Version = 0,
        Flags = 0,
        PrologBytes = 0,
        FrameRegister = 0,
        FrameOffset = 0,
        Codes = [],
        Epilogs = [],
    };

    private readonly UnwindInfo?[] _infos;
    private readonly UnwindReader _reader;

    public FunctionTable(DriverImage image)
    {
        View = new ImageView(image.File, image.HeaderBytes, image.Sections);
        _reader = new UnwindReader(View, image.SizeBytes);
        var functions = Read(image.FunctionTableRva, image.FunctionTableBytes);
        functions.Sort((a, b) => a.Entry.Begin.CompareTo(b.Entry.Begin));
        _entries = [.. functions.Select(f => f.Entry)];
        _begins = [.. functions.Select(f => f.Entry.Begin)];
        _rvas = [.. functions.Select(f => f.Rva)];
        _infos = new UnwindInfo?[_entries.Length];
    }

    /// <summary>The image's bytes as they were in the file.</summary>
    public ImageView View { get; }

    public IReadOnlyList<FunctionEntry> Entries => _entries;

    /// <summary>Number of the function that holds the RVA, or -1.</summary>
    public int Find(uint rva)
    {
        var index = Array.BinarySearch(_begins, rva);
        if (index < 0)
            index = ~index - 1;
        return index >= 0 && _entries[index].Contains(rva) ? index : -1;
    }

    public FunctionEntry EntryAt(int index) => _entries[index];

    /// <summary>Where the image itself has the function's entry.</summary>
    public uint RvaOfEntry(int index) => _rvas[index];

    /// <summary>The function's unwind information; null when it is damaged.</summary>
    public UnwindInfo? InfoAt(int index)
    {
        // Two threads may read the same one; both get the same contents.
        var info = _infos[index] ??= _reader.Read(_entries[index]) ?? _damaged;
        return ReferenceEquals(info, _damaged) ? null : info;
    }

    /// <summary>Unwind information of an entry that is not from the table, such as a chained one.</summary>
    public UnwindInfo? InfoOf(FunctionEntry entry)
    {
        var index = Array.BinarySearch(_begins, entry.Begin);
        return index >= 0 && _entries[index] == entry ? InfoAt(index) : _reader.Read(entry);
    }

    private List<(FunctionEntry Entry, uint Rva)> Read(uint tableRva, uint tableBytes)
    {
        var functions = new List<(FunctionEntry, uint)>();
        var count = Math.Min(tableBytes / EntryBytes, EntriesMax);
        for (uint i = 0; i < count; i++)
        {
            var rva = (ulong)tableRva + EntryBytes * i;
            if (rva > uint.MaxValue || !View.Contains(rva, EntryBytes))
                break;
            if (!_reader.TryReadEntry(rva, out var entry))
                continue;
            if ((entry.Unwind & IsIndirect) != 0)
            {
                if (!_reader.TryReadEntry(entry.Unwind & ~IsIndirect, out var master))
                    continue;
                entry = entry with { Unwind = master.Unwind };
            }
            functions.Add((entry, (uint)rva));
        }
        return functions;
    }
}
