// The clock interrupt of the process: writes the time into the shared pages that images read, every few
// milliseconds, on a thread of its own. A timer of the runtime does that too, but on threads of its pool,
// which then look for more work for a while: on a processor that is wanted for something else that took 7 %
// of it (2026-11-22, one processor).
// It knows nothing about what is written: SharedPage.cs.
namespace OpenWsk.Loader;

/// <summary>Keeps the time of shared pages.</summary>
internal static class SharedPageClock
{
    // Windows writes its page at each clock interrupt, every 1 to 15.6 ms.
    private const int PeriodMilliseconds = 10;

    private static readonly Lock s_lock = new();
    private static readonly AutoResetEvent s_added = new(false);
    private static SharedPage[] s_pages = [];
    private static Thread? s_thread;

    /// <summary>The page is written from now on.</summary>
    public static void Add(SharedPage page)
    {
        lock (s_lock)
        {
            s_pages = [.. s_pages, page];
            s_thread ??= Start();
        }
        s_added.Set();
    }

    /// <summary>The page is not written any more, but perhaps once by a round that is under way.</summary>
    public static void Remove(SharedPage page)
    {
        lock (s_lock)
            s_pages = [.. s_pages.Where(other => other != page)];
    }

    private static Thread Start()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "openwsk clock" };
        thread.Start();
        return thread;
    }

    private static void Run()
    {
        while (true)
        {
            var pages = Volatile.Read(ref s_pages);
            s_added.WaitOne(pages.Length == 0 ? Timeout.Infinite : PeriodMilliseconds);
            foreach (var page in pages)
                page.WriteTimes();
        }
    }
}
