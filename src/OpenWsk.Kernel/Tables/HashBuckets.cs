// The buckets of an RTL_DYNAMIC_HASH_TABLE: list heads in segments that double, so that a table grows and
// shrinks by one bucket at a time (linear hashing) and no head ever moves. A directory of segments hangs at
// the table. It knows nothing about look-ups: see HashTableRoutines.cs.
using System.Numerics;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Finds, makes and frees buckets.</summary>
internal static class HashBuckets
{
    /// <summary>Buckets of a new table, and of the first two segments each.</summary>
    public const uint CountAtBegin = 128;

    private const int Segments = 20;
    private const int HeadBytes = 16;

    // Tag of buckets; four characters in memory order.
    private const uint Tag = 0x6C745448; // 'HTtl'

    /// <summary>The most buckets that a table can have.</summary>
    public const uint CountMax = CountAtBegin << (Segments - 1);

    /// <summary>Makes a table's buckets; false when there is no memory.</summary>
    public static bool TryMake(Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE> table, uint count)
    {
        var directory = Allocate(executive, Segments * 8);
        table.Value.Directory = directory;
        if (directory == 0)
            return false;
        for (var segment = 0; segment <= SegmentOf(count - 1); segment++)
        {
            if (TryMakeSegment(executive, directory, segment))
                continue;
            Free(executive, table);
            return false;
        }
        return true;
    }

    public static void Free(Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE> table)
    {
        var directory = table.Value.Directory;
        for (var segment = 0; segment < Segments; segment++)
        {
            var address = GuestMemory.Read<nuint>(directory + (nuint)(segment * 8));
            if (address != 0)
                executive.Pool.Free(address, Tag);
        }
        executive.Pool.Free(directory, Tag);
        table.Value.Directory = 0;
    }

    /// <summary>Makes sure that the bucket behind the last one has memory.</summary>
    public static bool TryExtend(Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE> table)
    {
        var segment = SegmentOf(table.Value.TableSize);
        var directory = table.Value.Directory;
        return GuestMemory.Read<nuint>(directory + (nuint)(segment * 8)) != 0
            || TryMakeSegment(executive, directory, segment);
    }

    /// <summary>The list head of a bucket.</summary>
    public static nuint Head(GuestPtr<RTL_DYNAMIC_HASH_TABLE> table, uint bucket)
    {
        var segment = SegmentOf(bucket);
        var first = segment == 0 ? 0 : CountAtBegin << (segment - 1);
        var address = GuestMemory.Read<nuint>(table.Value.Directory + (nuint)(segment * 8));
        return address + ((nuint)(bucket - first) * HeadBytes);
    }

    /// <summary>The bucket of a signature.</summary>
    public static uint BucketOf(in RTL_DYNAMIC_HASH_TABLE table, nuint signature)
    {
        // Fibonacci hashing, so that signatures that differ in their upper bits only are spread as well.
        var hash = (uint)(((ulong)signature >> (int)(table.Shift & 63)) * 0x9E37_79B9_7F4A_7C15 >> 32);
        var bucket = hash & table.DivisorMask;
        return bucket < table.Pivot ? hash & ((table.DivisorMask << 1) | 1) : bucket;
    }

    private static int SegmentOf(uint bucket) =>
        bucket < CountAtBegin ? 0 : BitOperations.Log2(bucket / CountAtBegin) + 1;

    private static bool TryMakeSegment(Executive executive, nuint directory, int segment)
    {
        var count = segment == 0 ? CountAtBegin : CountAtBegin << (segment - 1);
        var address = Allocate(executive, count * HeadBytes);
        GuestMemory.Write(directory + (nuint)(segment * 8), address);
        for (var i = 0u; address != 0 && i < count; i++)
            GuestLists.Initialize(address + ((nuint)i * HeadBytes));
        return address != 0;
    }

    private static nuint Allocate(Executive executive, uint bytes) =>
        executive.Pool.Allocate(bytes, Tag, isPaged: false, isZeroed: true);
}
