// The small structures that everything in wdm.h builds on: lists, strings, times, status blocks, identifiers.
// x64 layout; checked against the C headers in include/ by the layout test. It knows nothing about behaviour.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>A doubly linked list link or head. 16 bytes.</summary>
public struct LIST_ENTRY
{
    public GuestPtr<LIST_ENTRY> Flink;
    public GuestPtr<LIST_ENTRY> Blink;
}

/// <summary>A singly linked list link. 8 bytes.</summary>
public struct SINGLE_LIST_ENTRY
{
    public GuestPtr<SINGLE_LIST_ENTRY> Next;
}

/// <summary>One entry of an interlocked list; 16-byte aligned in the guest. 16 bytes.</summary>
[GuestAlignment(16)]
public struct SLIST_ENTRY
{
    public nuint Next;
    public nuint Reserved;
}

/// <summary>Head of an interlocked list: depth and sequence in the first word, the first entry in the
/// second.</summary>
[GuestAlignment(16)]
public struct SLIST_HEADER
{
    public ulong Alignment;
    public ulong Region;
}

/// <summary>A counted UTF-16 string; lengths in bytes, no terminator counted. 16 bytes.</summary>
public struct UNICODE_STRING
{
    public ushort Length;
    public ushort MaximumLength;
    public nuint Buffer;
}

/// <summary>A counted 8-bit string; lengths in bytes. 16 bytes. ANSI_STRING is the same structure.</summary>
public struct STRING
{
    public ushort Length;
    public ushort MaximumLength;
    public nuint Buffer;
}

/// <summary>A 64-bit integer with named halves. 8 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct LARGE_INTEGER
{
    [FieldOffset(0)] public uint LowPart;
    [FieldOffset(4)] public int HighPart;
    [FieldOffset(0)] public long QuadPart;
}

/// <summary>An unsigned 64-bit integer with named halves. 8 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct ULARGE_INTEGER
{
    [FieldOffset(0)] public uint LowPart;
    [FieldOffset(4)] public uint HighPart;
    [FieldOffset(0)] public ulong QuadPart;
}

/// <summary>A locally unique identifier. 8 bytes.</summary>
public struct LUID
{
    public uint LowPart;
    public int HighPart;
}

/// <summary>The outcome of an I/O request. 16 bytes; Status shares its word with a pointer.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct IO_STATUS_BLOCK
{
    [FieldOffset(0)] public NTSTATUS Status;
    [FieldOffset(0)] public nuint Pointer;
    [FieldOffset(8)] public nuint Information;
}

/// <summary>Names an object to open or create. 48 bytes.</summary>
public struct OBJECT_ATTRIBUTES
{
    public uint Length;
    public nuint RootDirectory;
    public GuestPtr<UNICODE_STRING> ObjectName;
    public uint Attributes;
    public nuint SecurityDescriptor;
    public nuint SecurityQualityOfService;
}

/// <summary>Process and thread identifier. 16 bytes.</summary>
public struct CLIENT_ID
{
    public nuint UniqueProcess;
    public nuint UniqueThread;
}
