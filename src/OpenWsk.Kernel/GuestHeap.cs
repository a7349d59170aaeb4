// Guest memory that belongs to us, not to a driver's pool: dispatch tables, ETHREADs, objects. Zeroed,
// 16-byte aligned, freed when the world ends at the latest; in special pool it faults when it is used after
// that. It knows nothing about guards: see Pool/BlockStore.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Allocates structures that guest code may read.</summary>
public sealed class GuestHeap : IGuestBlocks, IDisposable
{
    // 'OWsk', for reports.
    private const uint Tag = 0x6B73574F;
    private readonly BlockStore _store;
    private readonly Func<int> _captureStack;
    private int _count;

    /// <summary>A heap of its own, without guards and without a world.</summary>
    public GuestHeap() : this(new BlockStore(null, PoolMode.Patterns), static () => 0)
    {
    }

    internal GuestHeap(BlockStore store, Func<int> captureStack)
    {
        _store = store;
        _captureStack = captureStack;
    }

    /// <summary>Number of live blocks.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether a block faults when it is used after it was freed.</summary>
    public bool IsSpecial => _store.IsSpecial;

    /// <summary>Zeroed memory. Units: bytes.</summary>
    public nuint Allocate(int lengthBytes)
    {
        var wish = new BlockWish((nuint)lengthBytes, BlockUse.Object, Tag, POOL_TYPE.NonPagedPoolNx,
            BlockStore.Alignment, IsZeroed: true, IsExecutable: false);
        var block = _store.Allocate(wish, KernelThread.Current?.Id ?? 0, Stack());
        if (block == 0)
            throw new OutOfMemoryException($"{lengthBytes} bytes of guest memory");
        Interlocked.Increment(ref _count);
        return block;
    }

    nuint IGuestBlocks.Allocate(nuint bytes) => Allocate(checked((int)bytes));

    /// <summary>Frees a block of this heap; any other address is a bug of ours.</summary>
    public void Free(nuint address)
    {
        if (!TryFree(address))
            throw new InvalidOperationException($"0x{(ulong)address:x} is no block of the guest heap");
    }

    /// <summary>
    /// Frees a block unless the heap has let go of it: for those who may come after the world's end.
    /// </summary>
    public bool TryFree(nuint address)
    {
        if (!_store.TryFindLive(address, out var record) || record.Use != BlockUse.Object
            || !_store.TryFree(record, KernelThread.Current?.Id ?? 0, Stack()))
            return false;
        Interlocked.Decrement(ref _count);
        return true;
    }

    public void Dispose() => _store.Dispose();

    // Ours come and go with every call; who made them matters only where their misuse is looked for.
    private int Stack() => _store.IsSpecial ? _captureStack() : 0;
}
