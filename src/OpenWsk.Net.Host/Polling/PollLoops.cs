// The loops of a world's dispatchers, and which of them serves a new socket. They are made before the
// scheduler whose dispatchers rest in them and before the transport whose sockets they watch, which belong
// together. It knows nothing about either.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Polling;

/// <summary>A loop over epoll for each dispatcher.</summary>
/// <remarks>Owns: each dispatcher disposes of its own.</remarks>
public sealed class PollLoops
{
    private readonly PollLoop[] _loops;
    private uint _last;

    private PollLoops(PollLoop[] loops)
    {
        _loops = loops;
    }

    /// <summary>The loop of a dispatcher, by its index.</summary>
    public IProcessorLoop this[int processor] => _loops[processor];

    /// <summary>Makes the loops; null where the system has no epoll, or no room for more of it.</summary>
    public static PollLoops? TryCreate(IClock clock, int processors)
    {
        if (!HostSocketOptions.IsLinux)
        {
            return null;
        }
        var loops = new PollLoop[processors];
        try
        {
            for (var i = 0; i < processors; i++)
            {
                loops[i] = new PollLoop(clock, i);
            }
        }
        catch (NotSupportedException)
        {
            foreach (var loop in loops)
            {
                loop?.Dispose();
            }
            return null;
        }
        return new PollLoops(loops);
    }

    /// <summary>Says where the loops have memory from that guests may see.</summary>
    internal void UseMemory(IGuestBlocks memory)
    {
        foreach (var loop in _loops)
        {
            loop.Blocks.UseMemory(memory);
        }
    }

    /// <summary>The loop for a socket that somebody makes: the caller's own, or each in its turn.</summary>
    internal PollLoop ForCaller() =>
        PollLoop.Current is { } current && _loops[current.Index % _loops.Length] == current
            ? current
            : Next();

    /// <summary>The loop for a connection that has been accepted: each in its turn.</summary>
    internal PollLoop Next() => _loops.Length == 1
        ? _loops[0]
        : _loops[(int)((Interlocked.Increment(ref _last) - 1) % (uint)_loops.Length)];
}
