// Writes small driver images byte by byte, right or wrong in exactly the way that a test wants: every header
// field is a property. It knows nothing about what the loader makes of them.
using System.Buffers.Binary;
using System.Text;

namespace OpenWsk.Loader.Tests;

/// <summary>One section of a test image.</summary>
public sealed class TestSection
{
    public required string Name { get; set; }

    public uint Rva { get; set; }

    public uint VirtualBytes { get; set; }

    public uint FileOffset { get; set; }

    public uint? FileBytes { get; set; }

    public uint Characteristics { get; set; }

    public byte[] Contents { get; set; } = [];
}

/// <summary>An image to be.</summary>
public sealed class TestImage
{
    public const uint Code = 0x6000_0020;
    public const uint Data = 0xC000_0040;
    public const uint ReadOnlyData = 0x4000_0040;
    private const int HeaderOffset = 0x80;
    private const int OptionalOffset = HeaderOffset + 24;

    // Behind the four sections of a right image.
    private const uint EndRva = 0x5000;

    public ushort Machine { get; set; } = 0x8664;

    public ushort Magic { get; set; } = 0x20B;

    public ushort Characteristics { get; set; } = 0x22;

    public ushort Subsystem { get; set; } = 1;

    public ushort OptionalBytes { get; set; } = 240;

    public ulong Base { get; set; } = 0x1_4000_0000;

    public uint EntryRva { get; set; } = 0x1000;

    public uint SectionAlignment { get; set; } = 0x1000;

    public uint FileAlignment { get; set; } = 0x200;

    public uint ImageBytes { get; set; } = 0x5000;

    public uint HeaderBytes { get; set; } = 0x400;

    public uint DirectoryCount { get; set; } = 16;

    public uint HeaderAt { get; set; } = HeaderOffset;

    /// <summary>What the header says; null for the truth.</summary>
    public ushort? SectionCount { get; set; }

    public (uint Rva, uint Bytes)[] Directories { get; } = new (uint, uint)[16];

    public List<TestSection> Sections { get; } = [];

    public TestSection this[string name] => Sections.Single(s => s.Name == name);

    /// <summary>A right image: code, a pointer to be relocated, two imports, a cookie, BSS.</summary>
    public static TestImage Right()
    {
        var image = new TestImage();
        // mov eax, 0C00000BBh (STATUS_NOT_SUPPORTED); ret
        image.Add(".text", 0x1000, 0x400, Code, [0xB8, 0xBB, 0, 0, 0xC0, 0xC3]);
        image.Add(".rdata", 0x2000, 0x600, ReadOnlyData, ImportTable(0x2000));
        image.Add(".data", 0x3000, 0x800, Data, BitConverter.GetBytes(0x1_4000_1000ul), virtualBytes: 0x1000);
        image.Add(".reloc", 0x4000, 0xA00, ReadOnlyData, Relocations(0x3000, 0xA000));
        image.Directories[1] = (0x2000, 40);
        image.Directories[5] = (0x4000, 12);
        return image;
    }

    /// <summary>A right image whose sections lie closer than pages, in memory as in the file.</summary>
    public static TestImage Flat()
    {
        var image = new TestImage { SectionAlignment = 0x40, FileAlignment = 0x40, ImageBytes = 0x1000 };
        image.EntryRva = 0x400;
        // mov rax, [rip + data]; mov dword ptr [rip + data], 1; ret
        byte[] code = [0x48, 0x8B, 0x05, 0xF9, 1, 0, 0, 0xC7, 0x05, 0xEF, 1, 0, 0, 1, 0, 0, 0, 0xC3];
        image.Add("all", 0x400, 0x400, Code, code, virtualBytes: 0x200);
        image.Add("data", 0x600, 0x600, Data, BitConverter.GetBytes(0x1_4000_0400ul), virtualBytes: 0x200);
        image.Add(".reloc", 0x800, 0x800, ReadOnlyData, Relocations(0, 0xA600), virtualBytes: 0x200);
        image.Directories[5] = (0x800, 12);
        return image;
    }

    /// <summary>A right image with a load configuration, whose cookie is the first word of its BSS.</summary>
    public static TestImage WithCookie()
    {
        var image = Right();
        image.AddConfiguration(0x1_4000_3010);
        return image;
    }

    public void AddConfiguration(ulong cookie, uint sizeBytes = 0x80)
    {
        var last = this[".reloc"];
        last.Contents = [.. last.Contents, .. LoadConfiguration(cookie, sizeBytes)];
        last.VirtualBytes = (uint)last.Contents.Length;
        Directories[10] = (last.Rva + 12, 0x80);
    }

    /// <summary>An import table that names the same library again and again, and nothing of it.</summary>
    public void AddLibraries(int count)
    {
        var table = new byte[20 * count];
        for (var at = 0; at < table.Length; at += 20)
        {
            Put(table, at + 12, 0x2080u);
            Put(table, at + 16, 0x3100u);
        }
        AddLast("libs", Data, table);
        Directories[1] = (EndRva, 40);
    }

    /// <summary>That many times the same name from the one library.</summary>
    public void AddImports(int count)
    {
        var names = new byte[8 * (count + 1)];
        for (var at = 0; at < 8 * count; at += 8)
            Put(names, at, 0x20A0ul);
        AddLast("names", Data, names);
        Put(this[".rdata"].Contents, 0, EndRva);
        Put(this[".rdata"].Contents, 16, EndRva);
    }

    /// <summary>Adds a section at the image's end.</summary>
    public void AddLast(string name, uint characteristics, byte[] contents)
    {
        Add(name, EndRva, 0xC00, characteristics, contents);
        ImageBytes = EndRva + (uint)((contents.Length + 0xFFF) & ~0xFFF);
    }

    public void Add(
        string name, uint rva, uint fileOffset, uint characteristics, byte[] contents,
        uint virtualBytes = 0) =>
        Sections.Add(new TestSection
        {
            Name = name,
            Rva = rva,
            VirtualBytes = virtualBytes != 0 ? virtualBytes : (uint)contents.Length,
            FileOffset = fileOffset,
            Characteristics = characteristics,
            Contents = contents,
        });

    /// <summary>A block of relocations; each entry is type and offset.</summary>
    public static byte[] Relocations(uint page, params ushort[] entries)
    {
        var padded = entries.Length % 2 == 0 ? entries : [.. entries, 0];
        var block = new byte[8 + 2 * padded.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(block, page);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), (uint)block.Length);
        for (var i = 0; i < padded.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(8 + 2 * i), padded[i]);
        return block;
    }

    /// <summary>A load configuration of 0x80 bytes, whose cookie is at that address.</summary>
    private static byte[] LoadConfiguration(ulong cookie, uint sizeBytes)
    {
        var bytes = new byte[0x80];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, sizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(0x58), cookie);
        return bytes;
    }

    public byte[] Write()
    {
        var length = Sections.Count == 0
            ? (int)HeaderBytes
            : Sections.Max(s => (int)s.FileOffset + Padded(s.Contents.Length));
        var file = new byte[Math.Max(length, 0x400)];
        file[0] = (byte)'M';
        file[1] = (byte)'Z';
        Put(file, 0x3C, HeaderAt);
        Put(file, HeaderOffset, 0x00004550);
        Put(file, HeaderOffset + 4, Machine);
        Put(file, HeaderOffset + 6, SectionCount ?? (ushort)Sections.Count);
        Put(file, HeaderOffset + 20, OptionalBytes);
        Put(file, HeaderOffset + 22, Characteristics);
        WriteOptional(file);
        for (var i = 0; i < Sections.Count; i++)
            WriteSection(file, Sections[i], OptionalOffset + 240 + 40 * i);
        return file;
    }

    private static byte[] ImportTable(uint rva)
    {
        // Two descriptors, then names by two tables of the same contents, then the strings.
        var bytes = new byte[0x100];
        Put(bytes, 0, rva + 0x40);
        Put(bytes, 12, rva + 0x80);
        Put(bytes, 16, rva + 0x60);
        foreach (var table in (int[])[0x40, 0x60])
        {
            Put(bytes, table, (ulong)rva + 0xA0);
            Put(bytes, table + 8, (ulong)rva + 0xC0);
        }
        Encoding.ASCII.GetBytes("ntoskrnl.exe").CopyTo(bytes, 0x80);
        Encoding.ASCII.GetBytes("TestSum0").CopyTo(bytes, 0xA2);
        Encoding.ASCII.GetBytes("TestMissing").CopyTo(bytes, 0xC2);
        return bytes;
    }

    private void WriteOptional(byte[] file)
    {
        Put(file, OptionalOffset, Magic);
        Put(file, OptionalOffset + 16, EntryRva);
        Put(file, OptionalOffset + 24, Base);
        Put(file, OptionalOffset + 32, SectionAlignment);
        Put(file, OptionalOffset + 36, FileAlignment);
        Put(file, OptionalOffset + 56, ImageBytes);
        Put(file, OptionalOffset + 60, HeaderBytes);
        Put(file, OptionalOffset + 68, Subsystem);
        Put(file, OptionalOffset + 108, DirectoryCount);
        for (var i = 0; i < 16; i++)
        {
            Put(file, OptionalOffset + 112 + 8 * i, Directories[i].Rva);
            Put(file, OptionalOffset + 116 + 8 * i, Directories[i].Bytes);
        }
    }

    private static void WriteSection(byte[] file, TestSection section, int offset)
    {
        Encoding.ASCII.GetBytes(section.Name).CopyTo(file, offset);
        Put(file, offset + 8, section.VirtualBytes);
        Put(file, offset + 12, section.Rva);
        Put(file, offset + 16, section.FileBytes ?? (uint)Padded(section.Contents.Length));
        Put(file, offset + 20, section.FileOffset);
        Put(file, offset + 36, section.Characteristics);
        section.Contents.CopyTo(file, section.FileOffset);
    }

    private static int Padded(int length) => (length + 0x1FF) & ~0x1FF;

    private static void Put(byte[] file, int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(offset), value);

    private static void Put(byte[] file, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(offset), value);

    private static void Put(byte[] file, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(offset), value);
}
