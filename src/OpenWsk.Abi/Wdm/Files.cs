// What ZwQueryValueKey, ZwQueryInformationFile and ZwQueryVirtualMemory answer, at their x64 layout.
// Variable parts follow the fixed ones; the offset of the first variable member is a constant where C# has no
// place for it. It knows nothing about keys, files or mappings.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>Which structure ZwQueryValueKey fills.</summary>
public enum KEY_VALUE_INFORMATION_CLASS
{
    KeyValueBasicInformation = 0,
    KeyValueFullInformation = 1,
    KeyValuePartialInformation = 2,
    KeyValueFullInformationAlign64 = 3,
    KeyValuePartialInformationAlign64 = 4,
}

/// <summary>Which structure ZwQueryInformationFile fills.</summary>
public enum FILE_INFORMATION_CLASS
{
    FileDirectoryInformation = 1,
    FileBasicInformation = 4,
    FileStandardInformation = 5,
    FileNameInformation = 9,
    FileDispositionInformation = 13,
    FilePositionInformation = 14,
    FileEndOfFileInformation = 20,
}

/// <summary>Name and type of a registry value; the name follows at 12. 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct KEY_VALUE_BASIC_INFORMATION
{
    /// <summary>Offset of the name.</summary>
    public const int NameOffset = 12;

    [FieldOffset(0)] public uint TitleIndex;
    [FieldOffset(4)] public uint Type;
    [FieldOffset(8)] public uint NameLength;
    [FieldOffset(12)] public char Name;
}

/// <summary>Name, type and data of a registry value; the name follows at 20, the data at DataOffset. 24
/// bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
public struct KEY_VALUE_FULL_INFORMATION
{
    /// <summary>Offset of the name.</summary>
    public const int NameOffset = 20;

    [FieldOffset(0)] public uint TitleIndex;
    [FieldOffset(4)] public uint Type;
    [FieldOffset(8)] public uint DataOffset;
    [FieldOffset(12)] public uint DataLength;
    [FieldOffset(16)] public uint NameLength;
    [FieldOffset(20)] public char Name;
}

/// <summary>Type and data of a registry value; the data follows at 12. 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct KEY_VALUE_PARTIAL_INFORMATION
{
    /// <summary>Offset of the data.</summary>
    public const int DataOffset = 12;

    [FieldOffset(0)] public uint TitleIndex;
    [FieldOffset(4)] public uint Type;
    [FieldOffset(8)] public uint DataLength;
    [FieldOffset(12)] public byte Data;
}

/// <summary>Times and attributes of a file. 40 bytes.</summary>
public struct FILE_BASIC_INFORMATION
{
    public LARGE_INTEGER CreationTime;
    public LARGE_INTEGER LastAccessTime;
    public LARGE_INTEGER LastWriteTime;
    public LARGE_INTEGER ChangeTime;
    public uint FileAttributes;
}

/// <summary>Size and state of a file. 24 bytes.</summary>
public struct FILE_STANDARD_INFORMATION
{
    public LARGE_INTEGER AllocationSize;
    public LARGE_INTEGER EndOfFile;
    public uint NumberOfLinks;
    public byte DeletePending;
    public byte Directory;
}

/// <summary>Where the next read or write begins. 8 bytes.</summary>
public struct FILE_POSITION_INFORMATION
{
    public LARGE_INTEGER CurrentByteOffset;
}

/// <summary>A range of pages with the same state. 48 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
public struct MEMORY_BASIC_INFORMATION
{
    [FieldOffset(0)] public nuint BaseAddress;
    [FieldOffset(8)] public nuint AllocationBase;
    [FieldOffset(16)] public uint AllocationProtect;
    [FieldOffset(20)] public ushort PartitionId;
    [FieldOffset(24)] public nuint RegionSize;
    [FieldOffset(32)] public uint State;
    [FieldOffset(36)] public uint Protect;
    [FieldOffset(40)] public uint Type;
}

/// <summary>A source address of MmCopyMemory, virtual or physical. 8 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct MM_COPY_ADDRESS
{
    [FieldOffset(0)] public nuint VirtualAddress;
    [FieldOffset(0)] public LARGE_INTEGER PhysicalAddress;
}
