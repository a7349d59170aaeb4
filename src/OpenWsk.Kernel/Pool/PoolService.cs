// The pool: memory that drivers ask for by tag, with what Windows checks when they free it. Limits, tags and
// the verdicts are here; where a block lies and what guards it is BlockStore's. It knows nothing about flags
// and routines: see PoolRoutines.cs. Next: PoolService.Describe.cs.
using System.Text;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>What the blocks of one tag hold.</summary>
public readonly record struct PoolUse(uint Tag, int Count, ulong Bytes)
{
    /// <summary>The tag as drivers write it: four characters.</summary>
    public string TagText => PoolService.TagName(Tag);
}

/// <summary>The pool of one world.</summary>
public sealed partial class PoolService
{
    public const nuint PageBytes = BlockStore.PageBytes;

    // The bit with which a driver marks a tag as one to free with (PROTECTED_POOL_TAG).
    private const uint ProtectedTag = 0x8000_0000;

    private readonly Executive _executive;
    private readonly BlockStore _store;
    private long _usedBytes;

    internal PoolService(Executive executive, BlockStore store)
    {
        _executive = executive;
        _store = store;
        store.FoundWrittenAfterFree += ReportWrittenAfterFree;
    }

    /// <summary>How blocks are guarded in this world.</summary>
    public PoolMode Mode => _store.Mode;

    /// <summary>Allocations fail beyond this. Units: bytes.</summary>
    public long LimitBytes { get; set; } = 4L << 30;

    /// <summary>What drivers hold. Units: bytes.</summary>
    public long UsedBytes => Interlocked.Read(ref _usedBytes);

    public int Count => Snapshot().Count;

    /// <summary>Makes a block, zeroed or with the pattern of fresh memory; 0 when there is no room.</summary>
    public nuint Allocate(
        nuint sizeBytes, uint tag, bool isPaged, bool isZeroed, bool isCacheAligned = false) =>
        Allocate(sizeBytes, tag, isPaged ? POOL_TYPE.PagedPool : POOL_TYPE.NonPagedPoolNx, isZeroed,
            isCacheAligned);

    /// <summary>Makes a block of a type of pool.</summary>
    public nuint Allocate(
        nuint sizeBytes, uint tag, POOL_TYPE type, bool isZeroed, bool isCacheAligned = false)
    {
        if (sizeBytes > (nuint)LimitBytes || !TryCharge((long)sizeBytes))
            return 0;
        const POOL_TYPE notExecutable = POOL_TYPE.PagedPool | POOL_TYPE.NonPagedPoolNx;
        var wish = new BlockWish(sizeBytes, BlockUse.Pool, tag, type,
            isCacheAligned ? BlockStore.CacheAlignment : BlockStore.Alignment,
            isZeroed, (type & notExecutable) == 0);
        var block = _store.Allocate(wish, _executive.CurrentThread.Id, CaptureStack());
        if (block == 0)
            Interlocked.Add(ref _usedBytes, -(long)sizeBytes);
        return block;
    }

    /// <summary>Frees a block whose tag is checked unless it is 0.</summary>
    /// <remarks>
    /// Errors: GuestStoppedException for bug check 0xC2 (no block, freed before, another tag), 0x19 and 0xC1
    /// (written outside the block).
    /// </remarks>
    public void Free(nuint address, uint tag)
    {
        var record = FindToFree(address, BlockUse.Pool, nameof(PoolRoutines.ExFreePool));
        CheckTag(record, tag);
        CheckIrql(record);
        CheckDamage(record);
        _executive.NotifyFreeing(address, record.SizeBytes);
        Release(record);
        Interlocked.Add(ref _usedBytes, -(long)record.SizeBytes);
    }

    /// <summary>The live pool block that begins at an address.</summary>
    public bool TryGet(nuint address, out PoolRecord record) =>
        _store.TryFindLive(address, out record) && record.Use == BlockUse.Pool;

    /// <summary>Whether an address lies in a block of paged pool; slow, for findings.</summary>
    public bool IsPaged(nuint address) => _store.TryLocate(address, out var block)
        && block is { Use: BlockUse.Pool, State: BlockState.Live, IsPaged: true }
        && new GuestRange(block.Address, block.SizeBytes).Contains(address);

    /// <summary>Every block, in the order of addresses.</summary>
    public IReadOnlyList<KeyValuePair<nuint, PoolRecord>> Snapshot() => _store.Snapshot(BlockUse.Pool);

    /// <summary>What each tag holds, in the order of tags.</summary>
    public IReadOnlyList<PoolUse> UseByTag() =>
        [.. Snapshot()
            .GroupBy(block => block.Value.Tag)
            .Select(group =>
                new PoolUse(group.Key, group.Count(), (ulong)group.Sum(b => (long)b.Value.SizeBytes)))
            .OrderBy(use => use.TagText, StringComparer.Ordinal)];

    /// <summary>The blocks of each tag, in the order of tags.</summary>
    internal IEnumerable<(string Tag, IReadOnlyList<PoolRecord> Blocks)> BlocksByTag() =>
        Snapshot().Select(block => block.Value)
            .GroupBy(block => TagName(block.Tag))
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, (IReadOnlyList<PoolRecord>)[.. group]));

    /// <summary>The number of the stack that made the block at an address; 0 when there is none.</summary>
    internal int MakerOf(nuint address) =>
        _store.TryFindLive(address, out var record) ? record.MadeStack : 0;

    /// <summary>
    /// A tag as its four characters, which lie in memory in that order, or as a number when some are none.
    /// </summary>
    public static string TagName(uint tag)
    {
        var text = new StringBuilder("'");
        for (var i = 0; i < 4; i++)
        {
            var c = (char)(((tag & ~ProtectedTag) >> (8 * i)) & 0xFF);
            if (c is not (>= ' ' and < (char)0x7F or '\0'))
                return $"0x{tag:x8}";
            text.Append(c == '\0' ? '.' : c);
        }
        return text.Append('\'').ToString();
    }

    /// <summary>Makes the memory of an IRP, an MDL or a structure of ours, zeroed.</summary>
    internal nuint AllocateFor(BlockUse use, uint tag, int sizeBytes) =>
        _store.Allocate(
            new BlockWish((nuint)sizeBytes, use, tag, POOL_TYPE.NonPagedPoolNx, BlockStore.Alignment,
                IsZeroed: true, IsExecutable: false),
            _executive.CurrentThread.Id, CaptureStack());

    /// <summary>Frees what <see cref="AllocateFor"/> made.</summary>
    /// <remarks>Errors: as <see cref="Free"/>.</remarks>
    internal void FreeFor(BlockUse use, nuint address, string routine)
    {
        var record = FindToFree(address, use, routine);
        CheckDamage(record);
        Release(record);
    }

    /// <summary>The number of the calling guest stack, as deep as the mode asks for.</summary>
    internal int CaptureStack() =>
        _store.IsSpecial ? _executive.Stacks.Capture() : _executive.Stacks.CaptureCaller();

    private void Release(in PoolRecord record)
    {
        if (!_store.TryFree(record, _executive.CurrentThread.Id, CaptureStack()))
            throw Stop(BugCheckCode.BAD_POOL_CALLER, 7, 0, record.Tag, record.Address,
                $"0x{(ulong)record.Address:x} is freed by two threads");
    }

    private bool TryCharge(long sizeBytes)
    {
        if (Interlocked.Add(ref _usedBytes, sizeBytes) <= LimitBytes)
            return true;
        Interlocked.Add(ref _usedBytes, -sizeBytes);
        return false;
    }
}
