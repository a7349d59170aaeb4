// The container of a PDB: a file of blocks, in which numbered streams are lists of blocks. Layout: LLVM's
// documentation of the MSF file format. It knows nothing about what streams hold.
namespace OpenWsk.Loader;

/// <summary>Streams of an MSF 7.00 file.</summary>
internal sealed class MsfFile
{
    private const int StreamsMax = 1 << 17;
    private const uint Absent = 0xFFFF_FFFF;
    private readonly ReadOnlyMemory<byte> _file;
    private readonly int _blockBytes;
    private readonly List<(uint LengthBytes, uint[] Blocks)> _streams = [];
    private long _readBytesLeft;

    public MsfFile(ReadOnlyMemory<byte> file)
    {
        _file = file;
        // No stream needs to be read twice; a file whose streams share blocks is no compiler's.
        _readBytesLeft = 4L * file.Length;
        var reader = new SymbolReader(file.Span);
        if (!reader.Take(32).StartsWith("Microsoft C/C++ MSF 7.00\r\n\x1a"u8))
            throw new SymbolFormatException("it is no PDB of version 7");
        var blockBytes = reader.U32();
        if (blockBytes is < 512 or > 65536 || !uint.IsPow2(blockBytes))
            throw new SymbolFormatException($"it has blocks of {blockBytes} bytes");
        _blockBytes = (int)blockBytes;
        reader.Skip(8);
        var directoryBytes = reader.U32();
        reader.Skip(4);
        var map = reader.U32();
        var count = BlockCount(directoryBytes);
        var blocks = ReadBlockNumbers(Join([map], (uint)Math.Min(4L * count, _blockBytes)), count);
        ReadDirectory(Join(blocks, directoryBytes));
    }

    public int StreamCount => _streams.Count;

    /// <summary>A stream's bytes; empty when there is no such stream.</summary>
    public byte[] Stream(int number)
    {
        if (number < 0 || number >= _streams.Count)
            return [];
        var (length, blocks) = _streams[number];
        return Join(blocks, length);
    }

    private int BlockCount(uint lengthBytes) => (int)(((long)lengthBytes + _blockBytes - 1) / _blockBytes);

    private static uint[] ReadBlockNumbers(byte[] bytes, int count)
    {
        var reader = new SymbolReader(bytes);
        if (reader.Remaining / 4 < count)
            throw new SymbolFormatException("its directory is longer than its map");
        var blocks = new uint[count];
        for (var i = 0; i < count; i++)
            blocks[i] = reader.U32();
        return blocks;
    }

    private void ReadDirectory(byte[] directory)
    {
        var reader = new SymbolReader(directory);
        var count = reader.U32();
        if (count > StreamsMax || count > reader.Remaining / 4)
            throw new SymbolFormatException($"it announces {count} streams");
        var lengths = new uint[count];
        for (var i = 0; i < count; i++)
            lengths[i] = reader.U32();
        foreach (var length in lengths)
        {
            var actual = length == Absent ? 0 : length;
            var blocks = new uint[Math.Min(BlockCount(actual), reader.Remaining / 4 + 1)];
            for (var i = 0; i < blocks.Length; i++)
                blocks[i] = reader.U32();
            _streams.Add((actual, blocks));
        }
    }

    private byte[] Join(uint[] blocks, uint lengthBytes)
    {
        _readBytesLeft -= lengthBytes;
        if (lengthBytes > _file.Length || _readBytesLeft < 0)
            throw new SymbolFormatException("its streams are larger than the file");
        var bytes = new byte[lengthBytes];
        var position = 0;
        foreach (var block in blocks)
        {
            var offset = (long)block * _blockBytes;
            var length = Math.Min(_blockBytes, bytes.Length - position);
            if (offset + length > _file.Length)
                throw new SymbolFormatException("it has a block behind its end");
            _file.Span.Slice((int)offset, length).CopyTo(bytes.AsSpan(position));
            position += length;
        }
        if (position < bytes.Length)
            throw new SymbolFormatException("it has a stream with too few blocks");
        return bytes;
    }
}
