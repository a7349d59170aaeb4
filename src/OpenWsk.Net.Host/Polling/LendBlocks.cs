// Memory that guests may see, for much data at once: a connection whose bytes come faster than they are taken
// receives into such a block and lends it, so they are neither cut small nor copied. There are few of them;
// whoever finds none receives as ever. It knows nothing about sockets.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Polling;

/// <summary>The blocks of one loop. Any thread.</summary>
internal sealed class LendBlocks
{
    /// <summary>Units: bytes. As much as a ring's buffer has: docs/internals/io-uring.md.</summary>
    public const int BlockBytes = 64 * 1024;

    private const int BlocksMax = 32;

    private readonly Lock _gate = new();
    private readonly Stack<nuint> _free = new(BlocksMax);
    private IGuestBlocks? _memory;
    private int _made;
    private bool _isEnded;

    /// <summary>Says where blocks come from; without it there are none.</summary>
    public void UseMemory(IGuestBlocks memory) => _memory ??= memory;

    /// <summary>Takes a block; false when there is none.</summary>
    public bool TryTake(out nuint address)
    {
        lock (_gate)
        {
            if (_free.TryPop(out address))
            {
                return true;
            }
            if (_memory is null || _isEnded || _made == BlocksMax)
            {
                return false;
            }
            address = _memory.Allocate(BlockBytes);
            _made++;
            return true;
        }
    }

    /// <summary>Gives a block back, also after the end.</summary>
    public void Return(nuint address)
    {
        lock (_gate)
        {
            if (_isEnded)
            {
                _memory!.Free(address);
            }
            else
            {
                _free.Push(address);
            }
        }
    }

    /// <summary>Gives the memory back that nobody uses; what is lent follows.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isEnded = true;
            while (_free.TryPop(out var address))
            {
                _memory!.Free(address);
            }
        }
    }
}
