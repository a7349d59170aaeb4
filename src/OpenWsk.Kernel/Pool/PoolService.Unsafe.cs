// The pool: memory that drivers ask for by tag. Every block lies between two canaries, which are checked when
// it is freed; fresh and freed memory have fill patterns, so that a driver that reads either sees no
// plausible data. Blocks of a page and more begin at a page. It knows nothing about flags and routines: see
// PoolRoutines.cs.
using System.Runtime.InteropServices;
using System.Text;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>What is known of one block.</summary>
public struct PoolRecord
{
    public uint Tag;
    public bool IsPaged;

    /// <summary>What the driver asked for. Units: bytes.</summary>
    public nuint SizeBytes;

    /// <summary>Where the host's allocation begins.</summary>
    public nuint Base;

    public int ThreadId;
}

/// <summary>What the blocks of one tag hold.</summary>
public readonly record struct PoolUse(uint Tag, int Count, ulong Bytes)
{
    /// <summary>The tag as drivers write it: four characters.</summary>
    public string TagText => PoolService.TagName(Tag);
}

/// <summary>The pool of one world.</summary>
public sealed class PoolService : IDisposable
{
    public const nuint PageBytes = 4096;
    private const nuint Alignment = 16;
    private const nuint CacheAlignment = 64;
    private const nuint CanaryBytes = 16;
    private const byte Canary = 0xFB;
    private const byte FreshFill = 0xA5;
    private const byte FreedFill = 0xDD;
    private readonly Executive _executive;
    private readonly AddressLedger<PoolRecord> _blocks = new();
    private long _usedBytes;

    internal PoolService(Executive executive) => _executive = executive;

    /// <summary>Allocations fail beyond this. Units: bytes.</summary>
    public long LimitBytes { get; set; } = 4L << 30;

    /// <summary>What drivers hold. Units: bytes.</summary>
    public long UsedBytes => Interlocked.Read(ref _usedBytes);

    public int Count => _blocks.Count;

    /// <summary>Makes a block, zeroed or with the pattern of fresh memory; 0 when there is no room.</summary>
    public unsafe nuint Allocate(
        nuint sizeBytes, uint tag, bool isPaged, bool isZeroed, bool isCacheAligned = false)
    {
        if (sizeBytes > (nuint)LimitBytes || !TryCharge((long)sizeBytes))
            return 0;
        var alignment = sizeBytes >= PageBytes ? PageBytes : isCacheAligned ? CacheAlignment : Alignment;
        var front = nuint.Max(alignment, CanaryBytes);
        var rounded = (sizeBytes + Alignment - 1) & ~(Alignment - 1);
        void* memory;
        try
        {
            memory = NativeMemory.AlignedAlloc(front + rounded + CanaryBytes, alignment);
        }
        catch (OutOfMemoryException)
        {
            Interlocked.Add(ref _usedBytes, -(long)sizeBytes);
            return 0;
        }
        var block = (nuint)memory + front;
        NativeMemory.Fill((void*)(block - CanaryBytes), CanaryBytes, Canary);
        NativeMemory.Fill((void*)block, sizeBytes, isZeroed ? (byte)0 : FreshFill);
        NativeMemory.Fill((void*)(block + sizeBytes), rounded - sizeBytes + CanaryBytes, Canary);
        var isNew = _blocks.TryAdd(block, new PoolRecord
        {
            Tag = tag,
            IsPaged = isPaged,
            SizeBytes = sizeBytes,
            Base = (nuint)memory,
            ThreadId = _executive.CurrentThread.Id,
        });
        Invariant.That(isNew);
        return block;
    }

    /// <summary>Frees a block whose tag is checked unless it is 0.</summary>
    /// <remarks>
    /// Errors: GuestStoppedException for bug check 0xC2 (no block, freed before, another tag) and 0x19
    /// (written outside the block).
    /// </remarks>
    public unsafe void Free(nuint address, uint tag)
    {
        if (!_blocks.TryGet(address, out var record))
            throw _executive.BugCheck(
                BugCheckCode.BAD_POOL_CALLER,
                $"0x{(ulong)address:x} is freed, but is no pool block or was freed before");
        // The upper bit of a tag only asks for this check, in drivers for old releases.
        const uint protectedBit = 0x8000_0000;
        if (tag != 0 && ((tag ^ record.Tag) & ~protectedBit) != 0)
            throw _executive.BugCheck(
                BugCheckCode.BAD_POOL_CALLER,
                $"the block at 0x{(ulong)address:x} has tag {TagName(record.Tag)} "
                + $"and is freed with {TagName(tag)}");
        CheckCanaries(address, record);
        _executive.NotifyFreeing(address, record.SizeBytes);
        if (!_blocks.TryRemove(address, out _))
            throw _executive.BugCheck(BugCheckCode.BAD_POOL_CALLER,
                $"0x{(ulong)address:x} is freed by two threads");
        NativeMemory.Fill((void*)address, record.SizeBytes, FreedFill);
        NativeMemory.AlignedFree((void*)record.Base);
        Interlocked.Add(ref _usedBytes, -(long)record.SizeBytes);
    }

    public bool TryGet(nuint address, out PoolRecord record) => _blocks.TryGet(address, out record);

    /// <summary>Whether an address lies in a block of paged pool; slow, for findings.</summary>
    public bool IsPaged(nuint address) => _blocks.Snapshot().Any(
        b => b.Value.IsPaged && new GuestRange(b.Key, b.Value.SizeBytes).Contains(address));

    /// <summary>Every block, in the order of addresses.</summary>
    public IReadOnlyList<KeyValuePair<nuint, PoolRecord>> Snapshot() => _blocks.Snapshot();

    /// <summary>What each tag holds, in the order of tags.</summary>
    public IReadOnlyList<PoolUse> UseByTag() =>
        [.. _blocks.Snapshot()
            .GroupBy(block => block.Value.Tag)
            .Select(group =>
                new PoolUse(group.Key, group.Count(), (ulong)group.Sum(b => (long)b.Value.SizeBytes)))
            .OrderBy(use => use.TagText, StringComparer.Ordinal)];

    /// <summary>A tag as its four characters, which lie in memory in that order.</summary>
    public static string TagName(uint tag)
    {
        var text = new StringBuilder("'");
        for (var i = 0; i < 4; i++)
        {
            var c = (char)((tag >> (8 * i)) & 0x7F);
            text.Append(c is >= ' ' and < (char)0x7F ? c : '.');
        }
        return text.Append('\'').ToString();
    }

    public unsafe void Dispose()
    {
        foreach (var (address, _) in _blocks.Snapshot())
        {
            if (_blocks.TryRemove(address, out var record))
                NativeMemory.AlignedFree((void*)record.Base);
        }
    }

    private bool TryCharge(long sizeBytes)
    {
        if (Interlocked.Add(ref _usedBytes, sizeBytes) <= LimitBytes)
            return true;
        Interlocked.Add(ref _usedBytes, -sizeBytes);
        return false;
    }

    private void CheckCanaries(nuint address, in PoolRecord record)
    {
        var rounded = (record.SizeBytes + Alignment - 1) & ~(Alignment - 1);
        var end = address + record.SizeBytes;
        var after = GuestMemory.Span(end, (int)(rounded - record.SizeBytes + CanaryBytes));
        var over = after.IndexOfAnyExcept(Canary);
        if (over >= 0)
            throw Damaged(address, record, $"{over} bytes past its end");
        var under = GuestMemory.Span(address - CanaryBytes, (int)CanaryBytes).LastIndexOfAnyExcept(Canary);
        if (under >= 0)
            throw Damaged(address, record, $"{(int)CanaryBytes - under} bytes before its begin");
    }

    private GuestStoppedException Damaged(nuint address, in PoolRecord record, string where) =>
        _executive.BugCheck(
            BugCheckCode.BAD_POOL_HEADER,
            $"the {record.SizeBytes}-byte block at 0x{(ulong)address:x}, tag {TagName(record.Tag)}, "
            + $"was written {where}; found when it was freed");
}
