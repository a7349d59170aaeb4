// The loop of one dispatcher over epoll: it rests there, and whoever waits for a descriptor is told on the
// dispatcher's own thread, so that nothing changes threads between the kernel and the driver. Descriptors are
// watched once and edge-triggered: each change is told once, and who is told takes until nothing is left. It
// knows nothing about sockets: they are targets. Next: PollStream.cs, PollTargets.cs.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Polling;

/// <summary>What one dispatcher rests in, over epoll.</summary>
internal sealed class PollLoop : IProcessorLoop
{
    // More than one call fetches come with the next; the kernel hands them out in turn.
    private const int EventsMax = 256;
    private const long NsPerMs = 1_000_000;
    private const int Forever = -1;
    private const int TurnsWithoutLook = 4;

    [ThreadStatic]
    private static PollLoop? t_current;

    private readonly IClock _clock;
    private readonly PollTargets _targets = new();
    private readonly byte[] _events = GC.AllocateArray<byte>(EventsMax * LinuxEpoll.EventBytes, pinned: true);
    private readonly int _epoll;
    private readonly int _wakeEvent;

    // Of what was fetched, how much there is and how much of it was told.
    private int _fetched;
    private int _told;
    private bool _isTelling;
    private volatile bool _isEnded;
    private int _turns;

    // What sockets have to say in this batch.
    private LinkedQueue<DispatchItem> _soon;

    /// <summary>Makes the loop of a dispatcher.</summary>
    /// <exception cref="NotSupportedException">The system has no epoll, or no more of it.</exception>
    public PollLoop(IClock clock, int index)
    {
        _clock = clock;
        Index = index;
        _epoll = LinuxEpoll.Create(LinuxEpoll.CloseOnExec);
        if (_epoll < 0)
        {
            throw new NotSupportedException($"epoll_create1: errno {Marshal.GetLastPInvokeError()}.");
        }
        _wakeEvent = LinuxEvent.Create();
        if (_wakeEvent < 0 || Control(LinuxEpoll.Add, _wakeEvent, LinuxEpoll.In | LinuxEpoll.Edge, 0) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            Descriptors.Close(_epoll);
            Descriptors.Close(_wakeEvent);
            throw new NotSupportedException($"eventfd: errno {error}.");
        }
        Completions = new ReadyItem(this);
    }

    /// <summary>The loop whose thread is calling.</summary>
    public static PollLoop? Current => t_current;

    /// <summary>Index of its dispatcher.</summary>
    public int Index { get; }

    /// <summary>Whether the calling thread is the loop's.</summary>
    public bool IsHere
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ReferenceEquals(t_current, this);
    }

    /// <summary>Sockets that serve again.</summary>
    public SpareSockets Spares { get; } = new();

    /// <summary>Objects of streams that serve again.</summary>
    public SpareStreams Streams { get; } = new();

    /// <summary>Memory for much data at once.</summary>
    public LendBlocks Blocks { get; } = new();

    public bool HasWork => _told < _fetched || !_soon.IsEmpty;

    public DispatchItem Completions { get; }

    public void Begin() => t_current = this;

    // Nothing waits to be handed over: a look is due only when posts have long kept the dispatcher from rest.
    public void Submit()
    {
        if (_told == _fetched && ++_turns >= TurnsWithoutLook)
        {
            Fetch(0);
        }
    }

    public void Rest(long deadlineNs)
    {
        if (deadlineNs == IParker.Never)
        {
            Fetch(Forever);
            return;
        }

        // Rounded up, because waking early would only mean another turn.
        var leftNs = Math.Max(deadlineNs - _clock.NowNs, 0);
        Fetch((int)Math.Min((leftNs + NsPerMs - 1) / NsPerMs, int.MaxValue));
    }

    // Each signal is a change, so it is never read; a signal that comes before the rest ends that at once.
    public void Wake() => LinuxEvent.Signal(_wakeEvent);

    /// <summary>Has a target told whenever something becomes of its descriptor. Any thread.</summary>
    /// <remarks>What is so already is told as well. Closing the descriptor ends it for the kernel.</remarks>
    /// <returns>The number to give back; 0 when the system has no room, or the loop has ended.</returns>
    public ulong Watch(IPollTarget target, int descriptor, uint readiness)
    {
        if (_isEnded)
        {
            // The descriptor of epoll may be somebody else's by now.
            return 0;
        }
        var number = _targets.Add(target);
        if (Control(LinuxEpoll.Add, descriptor, readiness | LinuxEpoll.Edge, number) == 0)
        {
            return number;
        }
        _targets.Remove(number);
        return 0;
    }

    /// <summary>The target is told nothing any more. Any thread.</summary>
    public void Forget(ulong number) => _targets.Remove(number);

    /// <summary>Runs an item when the target that is being told has been told, in the same frame.</summary>
    /// <returns>False outside of a batch: then the item is to be posted.</returns>
    public bool TryRunSoon(DispatchItem item)
    {
        if (!_isTelling || !IsHere)
        {
            return false;
        }
        _soon.Enqueue(item);
        return true;
    }

    /// <summary>Ends it; on the loop's thread, or before that has begun.</summary>
    public void Dispose()
    {
        if (IsHere)
        {
            t_current = null;
        }
        _isEnded = true;
        _fetched = _told = 0;
        _ = _soon.TakeAll();
        Spares.End();
        Blocks.End();
        Descriptors.Close(_wakeEvent);
        Descriptors.Close(_epoll);
    }

    private int Control(int operation, int descriptor, uint readiness, ulong number)
    {
        Span<byte> settings = stackalloc byte[LinuxEpoll.EventBytesMax];
        LinuxEpoll.Write(settings, readiness, number);
        return LinuxEpoll.Control(_epoll, operation, descriptor, ref MemoryMarshal.GetReference(settings));
    }

    private void Fetch(int timeoutMs)
    {
        var count = LinuxEpoll.Wait(_epoll, ref _events[0], EventsMax, timeoutMs);
        if (count < 0 && Marshal.GetLastPInvokeError() != (int)Errno.Eintr)
        {
            throw new InvalidOperationException($"epoll_wait: errno {Marshal.GetLastPInvokeError()}.");
        }
        _told = _turns = 0;
        _fetched = Math.Max(count, 0);
    }

    private void TellAll()
    {
        _isTelling = true;
        try
        {
            RunSoon();
            while (_told < _fetched)
            {
                LinuxEpoll.Read(_events, _told++, out var readiness, out var number);
                _targets.Find(number)?.OnReady(readiness);
                if (!_soon.IsEmpty)
                {
                    RunSoon();
                }
            }
        }
        finally
        {
            _isTelling = false;
        }
    }

    // An item may leave by an exception (a guest that is stopped); the others then wait for the next batch.
    private void RunSoon()
    {
        while (!_soon.IsEmpty)
        {
            _soon.Dequeue().Run();
        }
    }

    private sealed class ReadyItem(PollLoop loop) : DispatchItem
    {
        public override void Run() => loop.TellAll();
    }
}
