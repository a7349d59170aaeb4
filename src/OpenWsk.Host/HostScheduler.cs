// The free-running scheduler: real threads that block for real, and a dispatcher thread for deferred work.
// Threads here run when the operating system lets them; a deterministic world has its own IScheduler.
// It knows nothing about guest threads or IRQL. Next: Dispatcher.cs (a turn), HostParker.cs (a wait).
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>Runs a world on the host's threads and the host's clock.</summary>
/// <remarks>
/// An exception that leaves a dispatch item or a thread's body is a bug of ours and ends the process with its
/// text.
/// </remarks>
public sealed class HostScheduler : IScheduler, IDisposable
{
    private readonly ThreadLocal<HostParker> _parkers;
    private readonly Dispatcher[] _dispatchers;
    private volatile IDispatchFrame? _frame;

    /// <summary>Makes the scheduler and starts a dispatcher thread for each processor.</summary>
    /// <param name="clock">What deadlines are told by.</param>
    /// <param name="processors">Number of dispatchers.</param>
    /// <param name="loops">
    /// Makes what a dispatcher rests in, by its index; the dispatcher disposes of it. Null: it parks.
    /// </param>
    public HostScheduler(IClock clock, int processors = 1, Func<int, IProcessorLoop>? loops = null)
        : this(clock, Environment.FailFast, processors, loops)
    {
    }

    internal HostScheduler(
        IClock clock,
        Action<string, Exception> crash,
        int processors = 1,
        Func<int, IProcessorLoop>? loops = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processors, 1);
        Clock = clock;
        Crash = crash;
        _parkers = new ThreadLocal<HostParker>(() => new HostParker(clock));
        _dispatchers = new Dispatcher[processors];
        for (var i = 0; i < processors; i++)
        {
            _dispatchers[i] = new Dispatcher(this, i, loops?.Invoke(i));
        }
        foreach (var dispatcher in _dispatchers)
        {
            dispatcher.Start();
        }
    }

    /// <summary>
    /// How many processors this process may use, by its affinity and its quota; at most those of one group.
    /// </summary>
    public static int UsableProcessors => Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <inheritdoc/>
    public IParker CurrentParker => _parkers.Value!;

    /// <inheritdoc/>
    public int ProcessorCount => _dispatchers.Length;

    /// <inheritdoc/>
    public int CurrentProcessor =>
        Dispatcher.Current is { } current && ReferenceEquals(current.Scheduler, this) ? current.Index : -1;

    internal IClock Clock { get; }

    internal Action<string, Exception> Crash { get; }

    internal IDispatchFrame? DispatchFrame => _frame;

    /// <inheritdoc/>
    public void StartThread(string name, Action body)
    {
        // Background threads, because a driver that never ends its threads must not keep the process alive.
        new Thread(() => RunBody(name, body)) { IsBackground = true, Name = name }.Start();
    }

    /// <inheritdoc/>
    public void Post(DispatchItem item) => _dispatchers[item.Processor].Post(item);

    /// <inheritdoc/>
    public void PostAt(long deadlineNs, DispatchItem item) =>
        _dispatchers[item.Processor].PostAt(deadlineNs, item);

    /// <inheritdoc/>
    public bool CancelPost(DispatchItem item) => _dispatchers[item.Processor].CancelPost(item);

    /// <summary>Says how items are run; before this is called they are run directly.</summary>
    public void SetDispatchFrame(IDispatchFrame frame) => _frame = frame;

    /// <summary>Stops each dispatcher after the item that it runs; what is posted later never runs.</summary>
    /// <remarks>Threads made by <see cref="StartThread"/> go on; their parkers keep working.</remarks>
    public void Dispose()
    {
        foreach (var dispatcher in _dispatchers)
        {
            dispatcher.Stop();
        }
        foreach (var dispatcher in _dispatchers)
        {
            dispatcher.Join();
        }
    }

    internal void AdoptCurrentThread(HostParker parker) => _parkers.Value = parker;

    private void RunBody(string name, Action body)
    {
        try
        {
            body();
        }
        catch (Exception e)
        {
            Crash($"The thread '{name}' threw. This is a bug in OpenWsk.", e);
        }
    }
}
