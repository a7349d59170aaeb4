// Guest memory that belongs to us, not to a driver's pool: dispatch tables, ETHREADs, objects, IRPs on loan.
// Zeroed, 16-byte aligned, freed when the world ends at the latest. It knows nothing about tags or guards:
// see Pool/.
using System.Runtime.InteropServices;

namespace OpenWsk.Kernel;

/// <summary>Allocates structures that guest code may read.</summary>
public sealed class GuestHeap : IDisposable
{
    private const nuint Alignment = 16;
    private readonly AddressLedger<nuint> _blocks = new();

    /// <summary>Number of live blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>Zeroed memory. Units: bytes.</summary>
    public unsafe nuint Allocate(int lengthBytes)
    {
        var size = (nuint)Math.Max(lengthBytes, 1);
        var block = NativeMemory.AlignedAlloc(size, Alignment);
        NativeMemory.Clear(block, size);
        Invariant.That(_blocks.TryAdd((nuint)block, size));
        return (nuint)block;
    }

    /// <summary>Frees a block of this heap; any other address is a bug of ours.</summary>
    public void Free(nuint address)
    {
        if (!TryFree(address))
            throw new InvalidOperationException($"0x{(ulong)address:x} is no block of the guest heap");
    }

    /// <summary>
    /// Frees a block unless the heap has let go of it: for those who may come after the world's end.
    /// </summary>
    public unsafe bool TryFree(nuint address)
    {
        if (!_blocks.TryRemove(address, out _))
            return false;
        NativeMemory.AlignedFree((void*)address);
        return true;
    }

    /// <summary>Whether the address is the start of a live block.</summary>
    public bool Owns(nuint address) => _blocks.Contains(address);

    public unsafe void Dispose()
    {
        foreach (var (block, _) in _blocks.Snapshot())
        {
            if (_blocks.TryRemove(block, out _))
                NativeMemory.AlignedFree((void*)block);
        }
    }
}
