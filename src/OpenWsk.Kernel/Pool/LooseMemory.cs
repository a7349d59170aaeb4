// Memory for blocks without a guard of their own, apart from the host's allocator: a driver that writes past
// such a block hits other guest memory, never the bookkeeping of the runtime's heap, and what is known of a
// block lies where no guest pointer leads. Sizes are powers of two; freed memory is used again last-freed
// first. It knows nothing about blocks and their patterns: see BlockStore.Loose.cs.
using System.Numerics;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>An allocator in areas of its own.</summary>
internal sealed class LooseMemory(IGuardPages? pages) : IDisposable
{
    private const int SmallestPower = 5;
    private const int LargestPower = 17;
    private const nuint PageBytes = SlotArea.PageBytes;
    private const nuint AreaBytes = 1 << 20;
    private readonly SizeClass?[] _classes = new SizeClass?[LargestPower + 1];
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, nuint> _ranges = [];
    private readonly HashSet<nuint> _hosted = [];
    private bool _hasHosted;

    // Around all ranges that there ever were: blocks that lay in one that is gone are remembered.
    private nuint _first = nuint.MaxValue;
    private nuint _end;

    /// <summary>Memory of at least that size, aligned; 0 when there is none. Units: bytes.</summary>
    public nuint TryAllocate(nuint lengthBytes, nuint alignment)
    {
        if (pages is null)
            return HostMemory.TryAllocate(lengthBytes, alignment);
        var power = PowerOf(lengthBytes, alignment);
        var memory = power > LargestPower ? TryReserve(lengthBytes) : ClassOf(power).TryTake(this);
        return memory != 0 ? memory : TryAllocateHosted(lengthBytes, alignment);
    }

    /// <summary>Frees what was got for that length, or for an alignment that is greater.</summary>
    public void Free(nuint address, nuint lengthBytes)
    {
        if (pages is null || TryForgetHosted(address))
            HostMemory.Free(address);
        else if (PowerOf(lengthBytes, 1) is var power && power > LargestPower)
            Release(address);
        else
            ClassOf(power).Give(address);
    }

    /// <summary>
    /// Whether the address can lie in a block that is or was here, or within a page of one;
    /// says so too often.
    /// </summary>
    public bool MayBeNear(nuint address) =>
        pages is null || Volatile.Read(ref _hasHosted)
        || (address >= Volatile.Read(ref _first) && address < Volatile.Read(ref _end));

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (start, length) in _ranges)
                pages!.Release(start, length);
            _ranges.Clear();
            foreach (var address in _hosted)
                HostMemory.Free(address);
            _hosted.Clear();
        }
    }

    // A range is page-aligned, so a power of two of up to a page is a multiple of every alignment asked for.
    private static int PowerOf(nuint lengthBytes, nuint alignment) =>
        Math.Max(SmallestPower, BitOperations.Log2(nuint.Max(nuint.Max(lengthBytes, alignment), 2) - 1) + 1);

    private SizeClass ClassOf(int power) =>
        _classes[power] ?? Interlocked.CompareExchange(ref _classes[power], new SizeClass(power), null)
        ?? _classes[power]!;

    // A host that allows no more mappings still has memory; better a block beside the runtime's than none.
    private nuint TryAllocateHosted(nuint lengthBytes, nuint alignment)
    {
        var memory = HostMemory.TryAllocate(lengthBytes, alignment);
        lock (_gate)
        {
            if (memory != 0)
            {
                _hosted.Add(memory);
                Volatile.Write(ref _hasHosted, true);
            }
        }
        return memory;
    }

    private bool TryForgetHosted(nuint address)
    {
        if (_hosted.Count == 0)
            return false;
        lock (_gate)
            return _hosted.Remove(address);
    }

    // Open memory with a guard behind it.
    private nuint TryReserve(nuint lengthBytes)
    {
        var open = (lengthBytes + PageBytes - 1) & ~(PageBytes - 1);
        var start = pages!.TryReserve(open + PageBytes, isExecutable: false);
        if (start == 0)
            return 0;
        if (!pages.TryOpen(start, open))
        {
            pages.Release(start, open + PageBytes);
            return 0;
        }
        lock (_gate)
        {
            _ranges.Add(start, open + PageBytes);
            _first = nuint.Min(_first, start - PageBytes);
            _end = nuint.Max(_end, start + open + 2 * PageBytes);
        }
        return start;
    }

    private void Release(nuint address)
    {
        lock (_gate)
        {
            // After the world's end everything has been released.
            if (_ranges.Remove(address, out var length))
                pages!.Release(address, length);
        }
    }

    private sealed class SizeClass(int power)
    {
        private readonly Lock _gate = new();
        private readonly Stack<nuint> _free = new();
        private nuint _next;
        private nuint _end;

        public nuint TryTake(LooseMemory memory)
        {
            lock (_gate)
            {
                if (_free.TryPop(out var freed))
                    return freed;
                if (_next == _end)
                {
                    _next = memory.TryReserve(AreaBytes);
                    _end = _next == 0 ? 0 : _next + AreaBytes;
                    if (_next == 0)
                        return 0;
                }
                var taken = _next;
                _next += (nuint)1 << power;
                return taken;
            }
        }

        public void Give(nuint address)
        {
            lock (_gate)
                _free.Push(address);
        }
    }
}
