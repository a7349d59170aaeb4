// Reads the headers of a driver file, trusting nothing: each number is checked before it is used, and the
// first thing that is wrong becomes an ImageFormatException. Offsets are those of the PE/COFF specification.
// The sections are in ImageParser.Sections.cs, imports, relocations and the rest in
// ImageParser.Directories.cs, exports in ImageParser.Exports.cs.
using System.Buffers.Binary;

namespace OpenWsk.Loader;

/// <summary>Reads one file.</summary>
internal sealed partial class ImageParser(ReadOnlyMemory<byte> file, string name)
{
    /// <summary>What Windows allows an image (PE/COFF specification, section 3.3). </summary>
    public const int SectionsMax = 96;

    /// <summary>Far above any driver measured; bounds what a hostile header can make us reserve.</summary>
    public const uint ImageBytesMax = 128 << 20;

    private const int PageBytes = 0x1000;
    private const int FileHeaderBytes = 24;
    private const int OptionalHeaderBytes = 112;
    private const ushort Pe32 = 0x10B;
    private const ushort Pe32Plus = 0x20B;
    private const ushort SubsystemNative = 1;
    private const ushort IsExecutableImage = 0x0002;
    private const ushort AreRelocationsStripped = 0x0001;
    private readonly ImageErrors _errors = new(name);
    private uint _headerOffset;
    private uint _optionalOffset;
    private ushort _optionalBytes;
    private uint _sectionAlignment;
    private uint _fileAlignment;
    private uint _sizeBytes;
    private uint _headerBytes;
    private ulong _preferredBase;
    private int _directoryCount;

    private bool IsFlat => _sectionAlignment < PageBytes;

    public DriverImage Parse()
    {
        FindHeader();
        CheckMachine();
        ReadOptionalHeader();
        var sections = ReadSections();
        var view = new ImageView(file, _headerBytes, sections);
        CheckManaged();
        var image = new DriverImage(file, name, [.. sections])
        {
            PreferredBase = _preferredBase,
            SizeBytes = (uint)AlignUp(_sizeBytes),
            HeaderBytes = _headerBytes,
            EntryRva = ReadEntry(view),
            IsFlat = IsFlat,
        };
        image.Relocations = ReadRelocations(view);
        image.Imports = ReadImports(view);
        image.Exports = ReadExports(view);
        image.LoadConfiguration = ReadLoadConfiguration(view);
        (image.FunctionTableRva, image.FunctionTableBytes) = Directory(FunctionDirectory);
        return image;
    }

    private void FindHeader()
    {
        var bytes = file.Span;
        if (bytes.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(bytes) == 0x7F454C46)
            throw _errors.NotPe("it is an ELF file");
        if (bytes.Length < 2 || bytes[0] != 'M' || bytes[1] != 'Z')
            throw _errors.NotPe("it does not begin with MZ");
        _headerOffset = UInt32(0x3C, "the DOS header");
        if (_headerOffset % 4 != 0)
            throw _errors.BadHeader($"the PE header's offset 0x{_headerOffset:x} is not a multiple of 4");
        if (UInt32(_headerOffset, "the PE signature") != 0x00004550)
            throw _errors.NotPe($"there is no PE signature at 0x{_headerOffset:x}");
    }

    private void CheckMachine()
    {
        var machine = UInt16(_headerOffset + 4, "the machine");
        if (machine == 0x8664)
            return;
        if (machine == 0x014C && IsManaged32())
            throw _errors.Managed();
        throw _errors.WrongMachine(machine switch
        {
            0x014C => "32-bit x86",
            0xAA64 => "ARM64",
            0x01C4 or 0x01C0 or 0x01C2 => "32-bit ARM",
            0x0200 => "Itanium",
            _ => $"an unknown machine (0x{machine:x4})",
        });
    }

    // A .NET assembly for any processor says that it is for x86; to call it that would mislead.
    private bool IsManaged32()
    {
        var optional = _headerOffset + FileHeaderBytes;
        const int ManagedDirectory = 96 + 8 * 14;
        return UInt16(optional, "the optional header") == Pe32
            && UInt32(optional + ManagedDirectory, "a data directory") != 0;
    }

    private void ReadOptionalHeader()
    {
        _optionalOffset = _headerOffset + FileHeaderBytes;
        _optionalBytes = UInt16(_headerOffset + 20, "the optional header's size");
        if (_optionalBytes < OptionalHeaderBytes)
            throw _errors.BadHeader(
                $"its optional header has {_optionalBytes} bytes, fewer than {OptionalHeaderBytes}");
        if (UInt16(_optionalOffset, "the optional header") != Pe32Plus)
            throw _errors.BadHeader("its optional header is not that of a 64-bit image");
        var characteristics = UInt16(_headerOffset + 22, "the characteristics");
        if ((characteristics & IsExecutableImage) == 0)
            throw _errors.BadHeader("the linker did not mark it as executable, so it did not link");
        CheckSubsystem(UInt16(_optionalOffset + 68, "the subsystem"), (characteristics & 0x2000) != 0);
        _preferredBase = UInt64(_optionalOffset + 24, "the image base");
        ReadSizes();
        var directories = UInt32(_optionalOffset + 108, "the number of directories");
        if (directories > 16 || OptionalHeaderBytes + 8 * directories > _optionalBytes)
            throw _errors.BadHeader($"it announces {directories} data directories");
        _directoryCount = (int)directories;
    }

    private void CheckSubsystem(ushort subsystem, bool isLibrary)
    {
        if (subsystem == SubsystemNative)
            return;
        throw _errors.NotNative((subsystem, isLibrary) switch
        {
            (2, false) => "a Windows desktop program (subsystem 2)",
            (3, false) => "a Windows console program (subsystem 3)",
            (2 or 3, true) => $"a user-mode DLL (subsystem {subsystem})",
            (10 or 11 or 12 or 13, _) => $"an EFI image (subsystem {subsystem})",
            _ => $"an image of subsystem {subsystem}",
        });
    }

    private void ReadSizes()
    {
        _sectionAlignment = UInt32(_optionalOffset + 32, "the section alignment");
        _fileAlignment = UInt32(_optionalOffset + 36, "the file alignment");
        _sizeBytes = UInt32(_optionalOffset + 56, "the image size");
        _headerBytes = UInt32(_optionalOffset + 60, "the headers' size");
        // Below a page the file is mapped as it lies, so both alignments must be the same (PE/COFF, 3.4.2).
        var arePowers = uint.IsPow2(_sectionAlignment) && uint.IsPow2(_fileAlignment);
        if (!arePowers || _fileAlignment > _sectionAlignment
            || (IsFlat && _sectionAlignment != _fileAlignment)
            || _sectionAlignment > 1 << 21)
            throw _errors.BadAlignment(_sectionAlignment, _fileAlignment);
        if (_sizeBytes > ImageBytesMax)
            throw _errors.TooLarge(_sizeBytes);
        if (_sizeBytes == 0 || _headerBytes == 0 || _headerBytes > _sizeBytes)
            throw _errors.BadHeader(
                $"it has headers of 0x{_headerBytes:x} bytes in an image of 0x{_sizeBytes:x}");
        if (_headerBytes > file.Length)
            throw _errors.Truncated("the headers", 0, _headerBytes, file.Length);
    }

    private void CheckManaged()
    {
        if (Directory(14).Rva != 0)
            throw _errors.Managed();
    }

    private uint ReadEntry(ImageView view)
    {
        var entry = UInt32(_optionalOffset + 16, "the entry point");
        if (entry == 0)
            throw _errors.BadEntry(entry, "so it has no DriverEntry");
        if (view.Find(entry) is not { } section)
            throw _errors.BadEntry(entry, "outside its sections");
        if (!IsFlat && (section.Access & SectionAccess.Execute) == 0)
            throw _errors.BadEntry(entry, $"in section {section.Name}, which is not code");
        return entry;
    }

    private (uint Rva, uint Bytes) Directory(int index)
    {
        if (index >= _directoryCount)
            return (0, 0);
        var offset = _optionalOffset + OptionalHeaderBytes + (uint)(8 * index);
        return (UInt32(offset, "a data directory"), UInt32(offset + 4, "a data directory"));
    }

    private ushort UInt16(uint offset, string what) =>
        BinaryPrimitives.ReadUInt16LittleEndian(Bytes(offset, 2, what));

    private uint UInt32(uint offset, string what) =>
        BinaryPrimitives.ReadUInt32LittleEndian(Bytes(offset, 4, what));

    private ulong UInt64(uint offset, string what) =>
        BinaryPrimitives.ReadUInt64LittleEndian(Bytes(offset, 8, what));

    private ReadOnlySpan<byte> Bytes(ulong offset, int lengthBytes, string what)
    {
        var end = offset + (ulong)lengthBytes;
        if (end > (ulong)file.Length)
            throw _errors.Truncated(what, offset, end, file.Length);
        return file.Span.Slice((int)offset, lengthBytes);
    }
}
