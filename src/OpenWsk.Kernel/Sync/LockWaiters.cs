// Threads that wait for a lock which is only a word in the driver's memory. A thread parks until the lock's
// holder wakes everybody who waits at that address; who was woken looks at the word again. It knows nothing
// about what the word means: see ReaderWriterLocks.cs.
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Parks and wakes threads by the address of a lock.</summary>
internal sealed class LockWaiters
{
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly List<Waiting> _waiting = [];

    public LockWaiters(Executive executive)
    {
        _executive = executive;
        executive.Stopped += () => Wake(null);
    }

    /// <summary>Parks the calling thread unless none of the word's bits of a mask is set any more.</summary>
    /// <remarks>
    /// The holder clears those bits before it calls <see cref="WakeAll"/>, so nobody is forgotten. Errors:
    /// GuestStoppedException when the guest is stopped, or for bug check 0x133: see <see cref="Spin"/>.
    /// </remarks>
    public void ParkWhile(
        nuint address, KernelThread thread, ref uint word, uint mask, Func<string> what)
    {
        var waiting = new Waiting(address, thread.Parker);
        lock (_gate)
        {
            _executive.ThrowIfStopped();
            if ((Volatile.Read(ref word) & mask) == 0)
                return;
            _waiting.Add(waiting);
        }
        thread.Spin.Park(address, ref waiting.IsWoken, what);
        _executive.ThrowIfStopped();
    }

    /// <summary>Wakes everybody who waits at an address, in the order of their coming.</summary>
    public void WakeAll(nuint address) => Wake(address);

    private void Wake(nuint? address)
    {
        lock (_gate)
        {
            foreach (var waiting in _waiting)
            {
                if (address is { } one && waiting.Address != one)
                    continue;
                Volatile.Write(ref waiting.IsWoken, true);
                waiting.Parker.Unpark();
            }
            _waiting.RemoveAll(static waiting => waiting.IsWoken);
        }
    }

    // Made only when a thread parks, which costs far more than the allocation.
    private sealed class Waiting(nuint address, IParker parker)
    {
        public bool IsWoken;

        public nuint Address { get; } = address;

        public IParker Parker { get; } = parker;
    }
}
