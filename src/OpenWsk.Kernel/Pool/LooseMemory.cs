// Memory for blocks without a guard of their own, apart from the host's allocator: a driver that writes past
// such a block hits other guest memory, never the bookkeeping of the runtime's heap, and what is known of a
// block lies where no guest pointer leads. Sizes are powers of two and three steps between each two; freed
// memory is used again last-freed first. It knows nothing about blocks and their patterns: see
// BlockStore.Loose.cs.
using System.Numerics;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>An allocator in areas of its own.</summary>
internal sealed class LooseMemory(IGuardPages? pages) : IDisposable
{
    private const nuint SmallestBytes = 32;
    private const int LargestPower = 17;
    private const nuint LargestBytes = 1 << LargestPower;
    private const nuint PageBytes = SlotArea.PageBytes;
    private const nuint AreaBytes = 1 << 20;

    // Sizes of a power: the power itself and what is 5, 6 and 7 eighths of it, as far as these are aligned. A
    // power alone would leave a third of an IRP's memory unused.
    private const int StepsOfPower = 4;
    private const nuint StepBytesMin = BlockStore.Alignment;
    private readonly SizeClass?[] _classes = new SizeClass?[(LargestPower + 1) * StepsOfPower];
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, nuint> _ranges = [];
    private readonly HashSet<nuint> _hosted = [];
    private bool _hasHosted;

    // Around all ranges that there ever were: blocks that lay in one that is gone are remembered.
    private nuint _first = nuint.MaxValue;
    private nuint _end;

    /// <summary>
    /// What to ask for, and to free, so that the memory has the alignment: a power of two is a multiple of
    /// every alignment up to a page. Units: bytes.
    /// </summary>
    public static nuint RoomFor(nuint lengthBytes, nuint alignment)
    {
        var least = nuint.Max(lengthBytes, alignment);
        return alignment <= BlockStore.Alignment || least > LargestBytes ? least
            : BitOperations.RoundUpToPowerOf2(least);
    }

    /// <summary>
    /// Memory of at least that size, which <see cref="RoomFor"/> has told; 0 when there is none.
    /// Units: bytes.
    /// </summary>
    public nuint TryAllocate(nuint lengthBytes, nuint alignment)
    {
        if (pages is null)
            return HostMemory.TryAllocate(lengthBytes, alignment);
        var memory = lengthBytes > LargestBytes ? TryReserve(lengthBytes)
            : ClassOf(lengthBytes).TryTake(this);
        return memory != 0 ? memory : TryAllocateHosted(lengthBytes, alignment);
    }

    /// <summary>Frees what was got for that length.</summary>
    public void Free(nuint address, nuint lengthBytes)
    {
        if (pages is null || TryForgetHosted(address))
            HostMemory.Free(address);
        else if (lengthBytes > LargestBytes)
            Release(address);
        else
            ClassOf(lengthBytes).Give(address);
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

    private SizeClass ClassOf(nuint lengthBytes)
    {
        var length = nuint.Max(lengthBytes, SmallestBytes);
        var power = BitOperations.Log2(length - 1) + 1;
        var half = (nuint)1 << (power - 1);
        var step = half / StepsOfPower;
        var grain = nuint.Max(step, StepBytesMin);
        var size = (length + grain - 1) & ~(grain - 1);
        var index = (power * StepsOfPower) + (int)((size - half) / step) - 1;
        return _classes[index]
            ?? Interlocked.CompareExchange(ref _classes[index], new SizeClass(size), null)
            ?? _classes[index]!;
    }

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

    private sealed class SizeClass(nuint bytes)
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
                if (_end - _next < bytes)
                {
                    _next = memory.TryReserve(AreaBytes);
                    _end = _next == 0 ? 0 : _next + AreaBytes;
                    if (_next == 0)
                        return 0;
                }
                var taken = _next;
                _next += bytes;
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
