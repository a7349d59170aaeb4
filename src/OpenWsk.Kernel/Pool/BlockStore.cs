// Where all blocks of guest memory of one world come from: driver pool, IRPs, MDLs and our own structures.
// A block lies in a slot with a guard behind it, or loose between two patterns, never in the host's heap; the
// mode says which. Freed slots keep their record and, in special pool, fault. It knows nothing about tags,
// quotas or bug checks: see PoolService.cs. Next: SlotClass.cs, BlockStore.Find.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>What a block is to be.</summary>
internal readonly record struct BlockWish(
    nuint SizeBytes, BlockUse Use, uint Tag, POOL_TYPE PoolType, nuint Alignment, bool IsZeroed,
    bool IsExecutable);

/// <summary>The blocks of one world.</summary>
internal sealed partial class BlockStore : IDisposable
{
    public const nuint PageBytes = SlotArea.PageBytes;
    public const nuint Alignment = 16;
    public const nuint CacheAlignment = 64;
    public const byte Canary = 0xFB;
    public const byte FreshFill = 0xA5;
    public const byte FreedFill = 0xDD;
    private const nuint CanaryBytes = 16;

    // Each costs a page of memory although the block is small: 2 MB for all of them. A driver that has more
    // blocks at a time has them for connections, and a page for each block of each would be most of what a
    // connection costs.
    private const int DefaultSlotsMax = 512;

    // Code is in large blocks, and there are few.
    private const int ExecutableSlotsMax = 16384;
    private const int DefaultQuarantine = 32;

    // What is reserved of address space for one size, and how much of it waits before it is used again.
    private const long SpecialBytesMax = 2L << 30;
    private const long SpecialQuarantineBytes = 512L << 20;
    private const int SpecialPagesMax = 1 << 14;

    // Loose memory is not executable, so what may be executed lies in slots also when it is
    // larger; beyond this it is not executable.
    private const int ExecutablePagesMax = 16;

    // Windows gives a share of its memory to the pools. More in one piece is an error of the driver's, and
    // filling it would take the host's memory and seconds.
    private const uint LargestBytes = 1u << 30;
    private readonly IGuardPages? _pages;
    private readonly PoolMode _mode;
    private readonly SlotClass?[] _classes = new SlotClass?[32];
    private readonly AddressLedger<PoolRecord> _loose = new();
    private readonly LooseMemory _looseMemory;
    private long _lastSequence;

    public BlockStore(IGuardPages? pages, PoolMode mode)
    {
        _pages = pages;
        _looseMemory = new LooseMemory(pages);
        _mode = pages is null ? PoolMode.Patterns : mode;
    }

    /// <summary>What this store does in fact: Patterns when the host has no guards.</summary>
    public PoolMode Mode => _mode;

    public bool IsSpecial => _mode is PoolMode.Special or PoolMode.SpecialUnderrun;

    /// <summary>Raised when freed memory was written to before it was used again.</summary>
    public event Action<PoolRecord, nuint>? FoundWrittenAfterFree;

    /// <summary>Makes a block; 0 when there is no memory.</summary>
    public nuint Allocate(in BlockWish wish, int threadId, int stack)
    {
        if (wish.SizeBytes > LargestBytes)
            return 0;
        var record = new PoolRecord
        {
            SizeBytes = wish.SizeBytes,
            Tag = wish.Tag,
            PoolType = wish.PoolType,
            Use = wish.Use,
            State = BlockState.Live,
            ThreadId = threadId,
            MadeStack = stack,
            Sequence = Interlocked.Increment(ref _lastSequence),
        };
        if (!TryPlaceInSlot(wish, ref record) && !TryPlaceLoose(wish, ref record))
            return 0;
        HostMemory.Fill(record.Base, record.Address - record.Base, Canary);
        HostMemory.Fill(record.Address, wish.SizeBytes, wish.IsZeroed ? (byte)0 : FreshFill);
        var end = record.Address + wish.SizeBytes;
        HostMemory.Fill(end, record.End - end, Canary);
        return record.Address;
    }

    /// <summary>
    /// Frees the block that a record is of; false when another thread has done so meanwhile.
    /// </summary>
    public bool TryFree(in PoolRecord record, int threadId, int stack)
    {
        if (FindArea(record.Address) is not { } area)
            return TryFreeLoose(record, threadId, stack);
        var slot = new Slot(area, area.IndexOf(record.Address));
        lock (area.Owner.Gate)
        {
            ref var now = ref slot.Record;
            if (now.Sequence != record.Sequence || now.State != BlockState.Live)
                return false;
            now.State = BlockState.Freed;
            now.FreedThreadId = threadId;
            now.FreedStack = stack;
            if (!IsSpecial)
            {
                HostMemory.Fill(record.Address, record.SizeBytes, FreedFill);
                area.Owner.Give(slot);
                return true;
            }
        }
        var start = PageDown(record.Base);
        _pages!.Guard(start, slot.Guard - start);
        lock (area.Owner.Gate)
            area.Owner.Give(slot);
        return true;
    }

    /// <summary>Where a block was written outside what its owner asked for; 0 when nowhere.</summary>
    public static nuint FindDamage(in PoolRecord record)
    {
        var end = record.Address + record.SizeBytes;
        var over = HostMemory.FindOther(end, record.End - end, Canary);
        return over != 0 ? over
            : HostMemory.FindLastOther(record.Base, (int)(record.Address - record.Base), Canary);
    }

    public void Dispose()
    {
        foreach (var (_, record) in _loose.Snapshot())
        {
            if (_loose.TryRemove(record.Address, out var loose))
                _looseMemory.Free(loose.Host, loose.HostBytes);
        }
        DropQuarantine();
        _looseMemory.Dispose();
        foreach (var area in Interlocked.Exchange(ref _areas, []))
            _pages!.Release(area.Start, area.LengthBytes);
    }

    private static nuint PageDown(nuint address) => address & ~(PageBytes - 1);

    private static nuint RoundUp(nuint size, nuint alignment) => (size + alignment - 1) & ~(alignment - 1);

    private bool TryPlaceInSlot(in BlockWish wish, ref PoolRecord record)
    {
        if (ClassFor(wish) is not { } slots)
            return false;
        Slot slot;
        PoolRecord previous;
        lock (slots.Gate)
        {
            if (!slots.TryTake(out slot))
                return false;
            previous = slot.Record;
            Place(slot, wish, ref record);
            slot.Record = record;
        }
        if (Open(slot, record, previous))
            return true;
        lock (slots.Gate)
        {
            slot.Record = previous;
            slots.Give(slot);
        }
        return false;
    }

    // A block ends at the guard, as far as its alignment lets it; from a page on it begins at a page.
    private void Place(Slot slot, in BlockWish wish, ref PoolRecord record)
    {
        var room = nuint.Max(RoundUp(wish.SizeBytes, wish.Alignment), Alignment);
        var first = slot.Guard - RoundUp(room, PageBytes);
        var isAtPage = wish.SizeBytes >= PageBytes || wish.Alignment >= PageBytes
            || _mode == PoolMode.SpecialUnderrun;
        record.Address = isAtPage ? first : slot.Guard - room;
        record.Base = IsSpecial ? first : nuint.Max(first, record.Address - CanaryBytes);
        record.End = slot.Guard;
    }

    private bool Open(Slot slot, in PoolRecord record, in PoolRecord previous)
    {
        if (IsSpecial)
        {
            var start = PageDown(record.Base);
            return _pages!.TryOpen(start, slot.Guard - start);
        }
        if (previous.State == BlockState.Never)
        {
            var start = slot.Guard - slot.Area.Owner.DataBytes;
            return _pages!.TryOpen(start, slot.Guard - start);
        }
        var written = HostMemory.FindOther(previous.Address, previous.SizeBytes, FreedFill);
        if (written != 0)
            FoundWrittenAfterFree?.Invoke(previous, written);
        return true;
    }

    private SlotClass? ClassFor(in BlockWish wish)
    {
        if (_pages is null)
            return null;
        var pages = (RoundUp(wish.SizeBytes, wish.Alignment) + PageBytes - 1) / PageBytes;
        var pagesMax = IsSpecial ? SpecialPagesMax : wish.IsExecutable ? ExecutablePagesMax : 1;
        if (pages > (nuint)pagesMax || (!IsSpecial && wish.Use == BlockUse.Object))
            return null;
        var power = pages <= 1 ? 0 : System.Numerics.BitOperations.Log2((uint)pages - 1) + 1;
        var index = (2 * power) + (wish.IsExecutable ? 1 : 0);
        return _classes[index] ?? MakeClass(index, 1 << power, wish.IsExecutable);
    }

    private SlotClass MakeClass(int index, int pages, bool isExecutable)
    {
        var bytes = (pages + 1) * (long)PageBytes;
        var plan = IsSpecial
            ? new SlotPlan(pages, (int)(SpecialBytesMax / bytes), (int)(SpecialQuarantineBytes / bytes),
                isExecutable)
            : new SlotPlan(
                pages, Math.Max(1, (isExecutable ? ExecutableSlotsMax : DefaultSlotsMax) / pages),
                DefaultQuarantine, isExecutable);
        var made = new SlotClass(this, _pages!, plan);
        return Interlocked.CompareExchange(ref _classes[index], made, null) ?? made;
    }
}
