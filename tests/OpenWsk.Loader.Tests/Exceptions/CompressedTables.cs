// Rewrites a driver that was compiled with the C++ tables of __CxxFrameHandler3 so that it has those of
// __CxxFrameHandler4: no compiler here writes them. Each function and each catch block gets compressed tables
// in the section .fh4 and the other handler. Numbers are written in all lengths in turn. It knows nothing
// about running them; see ThrowTests.cs.
using System.Buffers.Binary;

namespace OpenWsk.Loader.Tests;

/// <summary>One rewritten file.</summary>
internal sealed class CompressedTables
{
    private const uint Magic = 0x19930522;
    private readonly byte[] _file;
    private readonly DriverImage _image;
    private readonly ImageSection _room;
    private readonly Dictionary<uint, uint> _statesOf = [];
    private readonly Dictionary<uint, uint> _triesOf = [];
    private readonly List<byte> _new = [];
    private int _turn;

    private CompressedTables(byte[] file)
    {
        _file = file;
        _image = DriverImage.Read(file.ToArray(), "compressed.sys");
        _room = _image.Sections.Single(s => s.Name == ".fh4");
        _new.AddRange(file.AsSpan((int)_room.FileOffset, 4));
    }

    /// <summary>Rewrites the file; returns how many functions and catch blocks have new tables.</summary>
    public static int Rewrite(byte[] file)
    {
        var tables = new CompressedTables(file);
        var count = 0;
        foreach (var function in tables._image.Functions.Entries)
        {
            if (tables._image.Functions.InfoOf(function) is { HandlerRva: not 0 } info
                && tables.Word(tables.Word(info.HandlerDataRva)) == Magic)
            {
                tables.Rewrite(function, info);
                count++;
            }
        }
        Assert.True(tables._new.Count <= tables._room.FileBytes);
        tables._new.CopyTo(file, (int)tables._room.FileOffset);
        return count;
    }

    /// <summary>Writes one number in at least so many bytes.</summary>
    public static byte[] Compress(uint value, int lengthMin)
    {
        var length = Math.Max(lengthMin, 1);
        while (length < 5 && value >> (7 * length) != 0)
            length++;
        var bytes = new byte[8];
        if (length == 5)
        {
            bytes[0] = 0x0F;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), value);
        }
        else
        {
            // Ones tell the length, a zero ends them, and the number follows.
            var mark = (1u << (length - 1)) - 1;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value << length | mark);
        }
        return bytes[..length];
    }

    private void Rewrite(FunctionEntry function, UnwindInfo info)
    {
        var old = Word(info.HandlerDataRva);
        var frame = FrameOffsetOf(old, function.Begin);
        var states = StatesOf(old);
        var tries = TriesOf(old);
        var addresses = AddressesOf(old, function);
        var isOnlyCxx = (Word(old + 36) & 1) != 0;
        var isNoexcept = (Word(old + 36) & 4) != 0;
        var rva = Here;
        var flags = 0x04 | (frame is null ? 0 : 0x01) | (states == 0 ? 0 : 0x08) | (tries == 0 ? 0 : 0x10)
            | (isOnlyCxx ? 0x20 : 0) | (isNoexcept ? 0x40 : 0);
        _new.Add((byte)flags);
        Number(77);
        if (states != 0)
            Rva(states);
        if (tries != 0)
            Rva(tries);
        Rva(addresses);
        if (frame is { } offset)
            Number((uint)offset);
        Patch(info.HandlerDataRva, rva);
        Patch(info.HandlerDataRva - 4, BinaryPrimitives.ReadUInt32LittleEndian(_new.ToArray()));
    }

    private uint Here => _room.Rva + (uint)_new.Count;

    private uint StatesOf(uint old)
    {
        var count = Word(old + 4);
        if (count == 0 || _statesOf.ContainsKey(old))
            return _statesOf.GetValueOrDefault(old);
        var rva = _statesOf[old] = Here;
        Number(count);
        var begins = new List<uint>();
        for (uint i = 0; i < count; i++)
        {
            var (outer, action) = ((int)Word(Word(old + 8) + 8 * i), Word(Word(old + 8) + 8 * i + 4));
            begins.Add(Here);
            // None lies one byte before the first, which is where its own count is.
            var distance = outer < 0 ? Here - begins[0] + 1 : Here - begins[outer];
            Number(distance << 2 | (action == 0 ? 0u : 3));
            if (action != 0)
                Rva(action);
        }
        return rva;
    }

    private uint TriesOf(uint old)
    {
        var (count, map) = (Word(old + 12), Word(old + 16));
        if (count == 0 || _triesOf.ContainsKey(old))
            return _triesOf.GetValueOrDefault(old);
        var handlers = new uint[count];
        for (uint i = 0; i < count; i++)
            handlers[i] = CatchesOf(Word(map + 20 * i + 12), Word(map + 20 * i + 16));
        var rva = _triesOf[old] = Here;
        Number(count);
        for (uint i = 0; i < count; i++)
        {
            for (uint word = 0; word < 3; word++)
                Number(Word(map + 20 * i + 4 * word));
            Rva(handlers[i]);
        }
        return rva;
    }

    private uint CatchesOf(uint count, uint map)
    {
        var rva = Here;
        Number(count);
        for (uint i = 0; i < count; i++)
        {
            var words = Enumerable.Range(0, 4).Select(w => Word(map + 20 * i + 4 * (uint)w)).ToArray();
            _new.Add((byte)((words[0] == 0 ? 0 : 1) | (words[1] == 0 ? 0 : 2) | (words[2] == 0 ? 0 : 4)));
            if (words[0] != 0)
                Number(words[0]);
            if (words[1] != 0)
                Rva(words[1]);
            if (words[2] != 0)
                Number(words[2]);
            Rva(words[3]);
        }
        return rva;
    }

    // What one function of the code has of the whole map, from its own beginning on.
    private uint AddressesOf(uint old, FunctionEntry function)
    {
        var entries = new List<(uint Rva, int State)> { (function.Begin, -1) };
        for (uint i = 0; i < Word(old + 20); i++)
        {
            var (at, state) = (Word(Word(old + 24) + 8 * i), (int)Word(Word(old + 24) + 8 * i + 4));
            if (at <= function.Begin)
                entries[0] = (function.Begin, state);
            else if (at < function.End)
                entries.Add((at, state));
        }
        var rva = Here;
        Number((uint)entries.Count);
        var last = function.Begin;
        foreach (var (at, state) in entries)
        {
            Number(at - last);
            Number((uint)(state + 1));
            last = at;
        }
        return rva;
    }

    // Null for what is no catch block.
    private int? FrameOffsetOf(uint old, uint begin)
    {
        for (uint i = 0; i < Word(old + 12); i++)
        {
            var tried = Word(old + 16) + 20 * i;
            for (uint j = 0; j < Word(tried + 12); j++)
            {
                var caught = Word(tried + 16) + 20 * j;
                if (Word(caught + 12) == begin)
                    return (int)Word(caught + 16);
            }
        }
        return null;
    }

    private void Number(uint value) => _new.AddRange(Compress(value, 1 + _turn++ % 5));

    private void Rva(uint value) => _new.AddRange(BitConverter.GetBytes(value));

    private uint Word(uint rva) => _image.Functions.View.TryRead(rva, out uint word) ? word : 0;

    private void Patch(uint rva, uint value)
    {
        var section = _image.SectionAt(rva)!;
        BitConverter.TryWriteBytes(_file.AsSpan((int)(section.FileOffset + rva - section.Rva)), value);
    }
}
