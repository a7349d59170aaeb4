// The watchdog of the process: looks at each thread that is in guest code from time to time, and kicks those
// that have been at DISPATCH_LEVEL or above for too long and those of a world whose guest is stopped. It
// knows nothing about what the kick comes to; see NativeCode.Kicks.cs.
using System.Collections.Concurrent;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Watches threads in guest code.</summary>
internal static class GuestWatch
{
    // Short against the time that a DPC may take, long against what a look costs (1 us for each thread).
    private const int PeriodMilliseconds = 50;

    private static readonly ConcurrentDictionary<ThreadBlock, Watched> s_watched = new();
    private static readonly Lock s_lock = new();
    private static readonly ManualResetEvent s_never = new(false);
    private static Thread? s_thread;

    public static void Add(ThreadBlock block, NativeCode native)
    {
        s_watched[block] = new Watched(native);
        if (s_thread is not null)
            return;
        lock (s_lock)
        {
            // A thread of its own: threads of the pool may all be in guest code that loops.
            s_thread ??= Start();
        }
    }

    public static void Remove(ThreadBlock block) => s_watched.TryRemove(block, out _);

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
        foreach (var (block, watched) in s_watched)
        {
            if (block.Owner is not { } thread)
                continue;
            var isInGuest = Volatile.Read(ref block.Int32(ThreadBlock.GuestDepth)) != 0;
            if (isInGuest && thread.Executive.StopReason is not null)
                FaultSignals.Kick(block);
            else
                LookAtIrql(block, watched, isInGuest && thread.Irql >= Irql.Dispatch);
        }
    }

    private static void LookAtIrql(ThreadBlock block, Watched watched, bool isHigh)
    {
        var isSame = isHigh && watched.Entries == block.Entries;
        watched.Entries = block.Entries;
        watched.HighMilliseconds = isSame ? watched.HighMilliseconds + PeriodMilliseconds : 0;
        if (watched.HighMilliseconds >= watched.Native.DispatchTimeMax.TotalMilliseconds)
            FaultSignals.Kick(block);
    }

    private sealed class Watched(NativeCode native)
    {
        public NativeCode Native { get; } = native;

        public long Entries { get; set; }

        public double HighMilliseconds { get; set; }
    }
}
