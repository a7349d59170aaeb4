// The watchdog of the process: looks at each thread that is in guest code from time to time, and kicks those
// that have been at DISPATCH_LEVEL or above for too long and those of a world whose guest is stopped. It
// knows nothing about what the kick comes to; see NativeCode.Kicks.cs.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Loader;

/// <summary>Watches threads in guest code.</summary>
internal static class GuestWatch
{
    // Short against the time that a DPC may take, long against what a look costs (1 us for each thread).
    private const int PeriodMilliseconds = 50;

    private static readonly Lock s_lock = new();
    private static readonly ManualResetEvent s_never = new(false);

    // A new array with each change, so that the looks, which are many, neither lock nor allocate.
    private static Watched[] s_watched = [];
    private static Thread? s_thread;

    public static void Add(ThreadBlock block, NativeCode native)
    {
        lock (s_lock)
        {
            s_watched = [.. s_watched, new Watched(block, native)];
            // A thread of its own: threads of the pool may all be in guest code that loops.
            s_thread ??= Start();
        }
    }

    public static void Remove(ThreadBlock block)
    {
        lock (s_lock)
        {
            s_watched = Array.FindAll(s_watched, watched => !ReferenceEquals(watched.Block, block));
        }
    }

    private static Thread Start()
    {
        var thread = new Thread(() =>
        {
            while (true)
            {
                s_never.WaitOne(PeriodMilliseconds);
                Look();
            }
        })
        {
            IsBackground = true,
            Name = "openwsk watchdog",
        };
        thread.Start();
        return thread;
    }

    private static void Look()
    {
        foreach (var watched in Volatile.Read(ref s_watched))
        {
            var block = watched.Block;
            if (block.Owner is not { } thread)
                continue;
            var isInGuest = Volatile.Read(ref block.Int32(ThreadBlock.GuestDepth)) != 0;
            if (isInGuest && thread.Executive.StopReason is not null)
                FaultSignals.Kick(block);
            else
                LookAtIrql(watched, isInGuest && thread.Irql >= Irql.Dispatch);
        }
    }

    private static void LookAtIrql(Watched watched, bool isHigh)
    {
        var block = watched.Block;
        var isSame = isHigh && watched.Entries == block.Entries;
        watched.Entries = block.Entries;
        watched.HighMilliseconds = isSame ? watched.HighMilliseconds + PeriodMilliseconds : 0;
        if (watched.HighMilliseconds >= watched.Native.DispatchTimeMax.TotalMilliseconds)
            TakeOut(watched);
    }

    // A thread that waits for a lock is parked, where a kick does not reach it. In a simulated world that is
    // no matter of the machine's time: who waits for ever is known at once, and who does not may wait long.
    private static void TakeOut(Watched watched)
    {
        if (watched.Block.Owner is not { } thread)
            return;
        if (thread.Executive.Clock is IVirtualClock || !thread.Spin.TryEnd(watched.Native.DispatchTimeMax))
            FaultSignals.Kick(watched.Block);
    }

    private sealed class Watched(ThreadBlock block, NativeCode native)
    {
        public ThreadBlock Block { get; } = block;

        public NativeCode Native { get; } = native;

        public long Entries { get; set; }

        public double HighMilliseconds { get; set; }
    }
}
