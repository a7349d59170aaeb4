// The image as it will lie in memory, read from the file: sections at their RVAs, zeros where the file has
// none. Nothing is allocated for the zeros, so a hostile image costs no memory to look at. It knows nothing
// about headers' meaning; see ImageParser.cs.
using System.Buffers.Binary;
using System.Text;

namespace OpenWsk.Loader;

/// <summary>Bounds-checked reads by RVA.</summary>
internal sealed class ImageView(
    ReadOnlyMemory<byte> file, uint headerBytes, IReadOnlyList<ImageSection> sections)
{
    private ImageSection? _last;

    /// <summary>Whether the range lies inside one section.</summary>
    public bool ContainsInSection(ulong rva, ulong lengthBytes) =>
        rva <= uint.MaxValue && Find((uint)rva) is { } section && rva + lengthBytes <= section.EndRva;

    /// <summary>Whether the range lies inside the headers or one section.</summary>
    public bool Contains(ulong rva, ulong lengthBytes) =>
        (rva <= headerBytes && lengthBytes <= headerBytes - rva) || ContainsInSection(rva, lengthBytes);

    public ImageSection? Find(uint rva)
    {
        if (_last is { } last && last.Contains(rva))
            return last;
        foreach (var section in sections)
        {
            if (section.Contains(rva))
                return _last = section;
        }
        return null;
    }

    /// <summary>Reads a range that <see cref="Contains"/> has confirmed.</summary>
    public void Copy(uint rva, Span<byte> destination)
    {
        destination.Clear();
        if (Find(rva) is not { } section)
        {
            file.Span.Slice((int)rva, destination.Length).CopyTo(destination);
            return;
        }
        var offset = rva - section.Rva;
        if (offset >= section.FileBytes)
            return;
        var length = (int)Math.Min((uint)destination.Length, section.FileBytes - offset);
        file.Span.Slice((int)(section.FileOffset + offset), length).CopyTo(destination);
    }

    public bool TryRead(ulong rva, out ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        var isInside = TryCopy(rva, bytes);
        value = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return isInside;
    }

    public bool TryRead(ulong rva, out uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        var isInside = TryCopy(rva, bytes);
        value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return isInside;
    }

    public bool TryRead(ulong rva, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        var isInside = TryCopy(rva, bytes);
        value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return isInside;
    }

    /// <summary>A null-terminated name of printable ASCII; false when it is anything else.</summary>
    public bool TryReadName(ulong rva, int lengthMax, out string name)
    {
        var text = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        name = "";
        for (var i = 0; i <= lengthMax; i++)
        {
            if (!TryCopy(rva + (ulong)i, one))
                return false;
            if (one[0] == 0)
            {
                name = text.ToString();
                return text.Length != 0;
            }
            if (one[0] is <= 0x20 or >= 0x7F)
                return false;
            text.Append((char)one[0]);
        }
        return false;
    }

    /// <summary>Reads a range; false when it lies outside.</summary>
    public bool TryCopy(ulong rva, Span<byte> destination)
    {
        if (Contains(rva, (ulong)destination.Length))
        {
            Copy((uint)rva, destination);
            return true;
        }
        destination.Clear();
        return false;
    }
}
