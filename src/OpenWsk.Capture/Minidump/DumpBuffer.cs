// A file that is written from its start to its end, with places that are filled in later. Everything is
// little-endian. It knows nothing about minidumps; see MinidumpWriter.cs.
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OpenWsk.Capture;

/// <summary>Grows while a dump is written.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A MemoryStream holds nothing but memory.")]
internal sealed class DumpBuffer
{
    private readonly MemoryStream _stream = new();

    /// <summary>Where the next byte goes.</summary>
    public uint Position => (uint)_stream.Position;

    public DumpBuffer U16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public DumpBuffer U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public DumpBuffer U64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public DumpBuffer Bytes(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        return this;
    }

    public DumpBuffer Zeros(int count)
    {
        for (var i = 0; i < count; i++)
            _stream.WriteByte(0);
        return this;
    }

    /// <summary>Goes on at a multiple of 16, where contexts have to lie.</summary>
    public DumpBuffer Align() => Zeros((16 - (int)(Position % 16)) % 16);

    /// <summary>A MINIDUMP_STRING; returns where it lies.</summary>
    public uint Text(string text)
    {
        Zeros((4 - (int)(Position % 4)) % 4);
        var start = Position;
        var bytes = Encoding.Unicode.GetBytes(text);
        U32((uint)bytes.Length).Bytes(bytes).U16(0);
        return start;
    }

    /// <summary>Fills in a place that was left before.</summary>
    public void Patch(uint position, ReadOnlySpan<byte> bytes)
    {
        var end = _stream.Position;
        _stream.Position = position;
        _stream.Write(bytes);
        _stream.Position = end;
    }

    public byte[] ToArray() => _stream.ToArray();
}
