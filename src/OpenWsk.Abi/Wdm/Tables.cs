// Bitmaps and hash tables of the run-time library at their x64 layout; the generic tables are in Runtime.cs.
// It knows nothing about searching or hashing: that is the kernel's Tables folder.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>A bitmap; Buffer points to ULONGs. 16 bytes.</summary>
public struct RTL_BITMAP
{
    public uint SizeOfBitMap;
    public nuint Buffer;
}

/// <summary>A run of bits. 8 bytes.</summary>
public struct RTL_BITMAP_RUN
{
    public uint StartingIndex;
    public uint NumberOfBits;
}

/// <summary>An entry of a hash table, inside a driver's structure. 24 bytes.</summary>
public struct RTL_DYNAMIC_HASH_TABLE_ENTRY
{
    public LIST_ENTRY Linkage;
    public nuint Signature;
}

/// <summary>A place in a hash table. 24 bytes.</summary>
public struct RTL_DYNAMIC_HASH_TABLE_CONTEXT
{
    public nuint ChainHead;
    public nuint PrevLinkage;
    public nuint Signature;
}

/// <summary>A walk through a hash table. 40 bytes.</summary>
public struct RTL_DYNAMIC_HASH_TABLE_ENUMERATOR
{
    public RTL_DYNAMIC_HASH_TABLE_ENTRY HashEntry;
    public nuint ChainHead;
    public uint BucketIndex;
}

/// <summary>A hash table. 40 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
public struct RTL_DYNAMIC_HASH_TABLE
{
    [FieldOffset(0)] public uint Flags;
    [FieldOffset(4)] public uint Shift;
    [FieldOffset(8)] public uint TableSize;
    [FieldOffset(12)] public uint Pivot;
    [FieldOffset(16)] public uint DivisorMask;
    [FieldOffset(20)] public uint NumEntries;
    [FieldOffset(24)] public uint NonEmptyBuckets;
    [FieldOffset(28)] public uint NumEnumerators;
    [FieldOffset(32)] public nuint Directory;
}
