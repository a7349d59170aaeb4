// The receive buffers of a loop: made when the first connection of the loop wants to receive, in memory that
// guests may see, and given out as pieces. When few are left with the kernel, what arrives is copied to a
// block of its own, so that connections whose owners take nothing, or keep what was lent to them, never stop
// the others. It knows nothing about streams. Next: Ring/ProvidedBuffers.cs.
using System.Runtime.InteropServices;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring;

internal sealed unsafe partial class UringLoop
{
    // 2 MiB for each dispatcher. With incremental consumption the size is what one receive can bring, and
    // bulk data wants it large; without, every message takes a buffer.
    private const int LargeBytes = 64 * 1024;
    private const int LargeCount = 32;
    private const int SmallBytes = 8 * 1024;
    private const int SmallCount = 256;

    private readonly List<IStarvedTarget> _starved = [];
    private ProvidedBuffers? _buffers;
    private IGuestBlocks? _memory;
    private nuint _bufferMemory;

    /// <summary>A target whose receive ended because the kernel had no buffer.</summary>
    public interface IStarvedTarget
    {
        /// <summary>There are buffers again.</summary>
        void OnFed();
    }

    /// <summary>Whether what is received lies where guests may see it.</summary>
    public bool CanLend => _memory is not null;

    /// <summary>Says where buffers come from; before the first socket.</summary>
    public void UseMemory(IGuestBlocks memory) => _memory ??= memory;

    /// <summary>Makes the buffers if there are none yet; on the loop's thread.</summary>
    public void NeedBuffers()
    {
        if (_buffers is not null)
        {
            return;
        }
        var isLarge = Features.HasIncrementalBuffers;
        var (bytes, count) = isLarge ? (LargeBytes, LargeCount) : (SmallBytes, SmallCount);
        _bufferMemory = Allocate((nuint)bytes * (nuint)count);
        _buffers = ProvidedBuffers.TryRegister(
            _ring, (byte*)_bufferMemory, bytes, count, isLarge, out var errno)
            ?? throw new InvalidOperationException($"IORING_REGISTER_PBUF_RING: errno {errno}.");
    }

    /// <summary>The bytes that a receive has left; on the loop's thread, once for each.</summary>
    public RingPiece TakePiece(int result, uint flags)
    {
        var address = _buffers!.Take(result, flags, out var buffer);
        if (_buffers.Free >= _buffers.Count / 4)
        {
            return new RingPiece((nuint)address, result, buffer);
        }
        var copy = Allocate((nuint)result);
        NativeMemory.Copy(address, (void*)copy, (nuint)result);
        _buffers.ReturnHere(buffer);
        return new RingPiece(copy, result, RingPiece.OwnBlock);
    }

    /// <summary>Gives a piece back; any thread, also after the loop has ended.</summary>
    /// <param name="address">Where the piece began, as it was given out.</param>
    public void ReturnPiece(int buffer, nuint address)
    {
        if (buffer == RingPiece.OwnBlock)
        {
            Free(address);
        }
        else if (IsHere)
        {
            _buffers!.ReturnHere(buffer);
        }
        else
        {
            _buffers!.Return(buffer);
        }
    }

    /// <summary>Tells a target at the end of the batch that there are buffers.</summary>
    public void AddStarved(IStarvedTarget target) => _starved.Add(target);

    private void RearmStarved()
    {
        if (_starved.Count == 0 || IsEnding)
        {
            return;
        }
        _buffers!.TakeReturned();
        foreach (var target in _starved)
        {
            target.OnFed();
        }
        _starved.Clear();
    }

    private void FreeBuffers()
    {
        FreeDatagrams();
        _buffers?.Dispose();
        if (_bufferMemory != 0)
        {
            Free(_bufferMemory);
        }
    }

    private nuint Allocate(nuint bytes) =>
        _memory?.Allocate(bytes) ?? (nuint)NativeMemory.AlignedAlloc(bytes, 64);

    private void Free(nuint address)
    {
        if (_memory is null)
        {
            NativeMemory.AlignedFree((void*)address);
        }
        else
        {
            _memory.Free(address);
        }
    }
}
