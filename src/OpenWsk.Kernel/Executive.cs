// One world's kernel: its ports, its code addresses, its threads, its objects. There is one for each
// driver-hosting process, each managed host and each simulated world, and no state outside it but the current
// thread. It only composes: each folder beside this file is one service. Next: Exports/, Code/, Threads/,
// Irps/, Sync/.
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>The ports that a world runs on.</summary>
public sealed record WorldPorts(IClock Clock, IScheduler Scheduler, IEntropy Entropy)
{
    /// <summary>How guest memory is guarded, where the world's machine code has guards to give.</summary>
    public PoolMode PoolMode { get; init; }

    /// <summary>Files; null for files in memory.</summary>
    public IFileSystem? FileSystem { get; init; }

    /// <summary>Memory with guards; null for what the machine code has.</summary>
    public IGuardPages? GuardPages { get; init; }
}

/// <summary>The kernel of one world.</summary>
public sealed partial class Executive : IDispatchFrame, IDisposable
{
    private readonly ConcurrentDictionary<Type, object> _services = new();
    private readonly ConcurrentDictionary<KernelThread, bool> _threads = new();
    private object? _firstService;
    private IEventSink[] _sinks = [];
    private volatile bool _isQuiet = true;
    private volatile bool _areCallbacksQuiet = true;
    private uint _wanted;
    private int _lastThreadNumber;

    public Executive(WorldPorts ports, Func<Executive, INativeCode>? makeNative = null)
    {
        Clock = ports.Clock;
        Scheduler = ports.Scheduler;
        ProcessorCount = ports.Scheduler.ProcessorCount;
        Invariant.That(ProcessorCount is >= 1 and <= ProcessorCountMax);
        Entropy = ports.Entropy;
        _fileTree = ports.FileSystem;
        Code = new CodeTable(this, makeNative?.Invoke(this));
        Stacks = new StackLog(this);
        Origins = new OriginLog(Stacks);
        var store = new BlockStore(ports.GuardPages ?? Code.Native?.GuardPages, ports.PoolMode);
        Pool = new PoolService(this, store);
        Heap = new GuestHeap(store, Pool.CaptureStack);
        Routines.Add(KernelExports.All);
        InitializeServices();
        Scheduler.SetDispatchFrame(this);
    }

    public IClock Clock { get; }

    public IScheduler Scheduler { get; }

    public IEntropy Entropy { get; }

    public CodeTable Code { get; }

    public GuestHeap Heap { get; }

    public RoutineTable Routines { get; } = new();

    public bool IsDisposed { get; private set; }

    /// <summary>The calling thread, attached on first use.</summary>
    public KernelThread CurrentThread => KernelThread.For(this);

    /// <summary>Threads that have run in this world and have not been detached.</summary>
    public IEnumerable<KernelThread> Threads => _threads.Keys;

    /// <summary>Whether anybody listens to breaches: what only serves to find them is done then.</summary>
    public bool IsObserved => Observes(KernelEventKind.Breach);

    /// <summary>Whether anybody listens to calls or to their returns.</summary>
    public bool ObservesCalls { get; private set; }

    /// <summary>
    /// Whether a routine may run at once: nobody listens to calls, and the guest is not stopped.
    /// </summary>
    public bool IsQuiet => _isQuiet;

    /// <summary>
    /// Whether guest code may be called at once: nobody listens to callbacks, and the guest is not stopped.
    /// </summary>
    public bool AreCallbacksQuiet => _areCallbacksQuiet;

    /// <summary>Whether anybody listens to events of a kind; check before making one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Observes(KernelEventKind kind) => (_wanted >> (int)kind & 1) != 0;

    /// <summary>Makes a part above the kernel (the WSK provider) findable from the executive.</summary>
    public void AddService<T>(T service) where T : class
    {
        _firstService ??= service;
        _services[typeof(T)] = service;
    }

    /// <summary>A part above the kernel. The first one is found fast: every call of it asks for it.</summary>
    public T GetService<T>() where T : class => _firstService as T ?? FindService<T>();

    private T FindService<T>() where T : class =>
        (T?)_services.GetValueOrDefault(typeof(T)) ?? throw new InvalidOperationException(
            $"no {typeof(T).Name} here");

    public void AddSink(IEventSink sink)
    {
        lock (_services)
            SetSinks([.. _sinks, sink]);
    }

    public void RemoveSink(IEventSink sink)
    {
        lock (_services)
            SetSinks([.. _sinks.Where(s => !ReferenceEquals(s, sink))]);
    }

    /// <summary>Stamps an event and gives it to every observer.</summary>
    public void Emit(KernelEvent e)
    {
        var thread = CurrentThread;
        e.ThreadId = thread.Id;
        e.Irql = thread.Irql;
        e.TimeNs = Clock.NowNs;
        foreach (var sink in _sinks)
            sink.OnEvent(e);
    }

    /// <summary>Reports that the guest broke a rule; the caller goes on with the documented status.</summary>
    public void Breach(string ruleId, string detail)
    {
        if (IsObserved)
            Emit(KernelEvents.Breach(ruleId, detail, Stacks.Capture()));
    }

    /// <summary>Tells observers what the host has run out of.</summary>
    public void Notice(string text)
    {
        if (IsObserved)
            Emit(KernelEvents.Notice(text));
    }

    /// <summary>Called by the generated entries when a routine is called above its highest IRQL.</summary>
    public void OnIrqlTooHigh(Routine routine, byte irql)
    {
        var detail = $"{routine.Name} was called at {Irql.Name(irql)}; "
            + $"at most {Irql.Name(routine.MaxIrql)} is allowed";
        Breach(routine.IrqlRule ?? "IRQL", detail);
    }

    /// <summary>Runs a dispatch item as a DPC: at DISPATCH_LEVEL on a thread of this world.</summary>
    void IDispatchFrame.Run(DispatchItem item)
    {
        var thread = CurrentThread;
        var ended = thread.Ended;
        RunAtDispatch(thread, item);
        thread.Irql = Irql.Passive;
        if (thread.Ended != ended)
            OnGuestLeft();
    }

    /// <summary>Runs a turn's items as DPCs; the thread stays at DISPATCH_LEVEL between them.</summary>
    void IDispatchFrame.Run(IDispatchBatch batch)
    {
        var thread = CurrentThread;
        var ended = thread.Ended;
        while (batch.Next() is { } item)
            RunAtDispatch(thread, item);
        thread.Irql = Irql.Passive;
        if (thread.Ended != ended)
            OnGuestLeft();
    }

    // Each item finds the IRQL at DISPATCH_LEVEL, whatever the one before it left. An item that a stopped
    // guest abandons costs only itself: the next one of the batch runs.
    private void RunAtDispatch(KernelThread thread, DispatchItem item)
    {
        Invariant.That(thread.CallDepth == 0);
        thread.Irql = Irql.Dispatch;
        try
        {
            item.Run();
        }
        catch (GuestRaiseException e)
        {
            // A routine was called by ours, so there is no guest frame that could handle it.
            BugCheck(new BugCheck(BugCheckCode.KMODE_EXCEPTION_NOT_HANDLED, (ulong)e.Code)
            {
                Detail = e.Message,
            });
        }
        catch (GuestUnwindException)
        {
            // The guest was stopped inside a completion or a callback; the report has been made where it
            // happened.
        }
        catch (Exception e) when (Code.Native?.ExplainHostFault(e) is { } check)
        {
            BugCheck(check);
        }
    }

    // Under the lock of the sinks; also called when the guest has been stopped.
    private void SetSinks(IEventSink[] sinks)
    {
        _sinks = sinks;
        _wanted = Enum.GetValues<KernelEventKind>()
            .Where(kind => sinks.Any(sink => sink.Wants(kind)))
            .Aggregate(0u, (wanted, kind) => wanted | 1u << (int)kind);
        ObservesCalls = Observes(KernelEventKind.Call) || Observes(KernelEventKind.Return);
        var isStopped = StopReason is not null;
        _isQuiet = !ObservesCalls && !isStopped;
        _areCallbacksQuiet = !isStopped
            && !Observes(KernelEventKind.Callback) && !Observes(KernelEventKind.CallbackReturn);
    }

    /// <summary>
    /// Raised when a thread has left the guest: a dispatcher at the end of a turn in which guest code ran or
    /// an IRP was completed, any other when its outermost call is back. Handlers must not block.
    /// </summary>
    public event Action? GuestLeft;

    internal bool IsLeavingWatched => GuestLeft is not null;

    internal void OnGuestLeft() => GuestLeft?.Invoke();

    internal int NextThreadId() => 4 * Interlocked.Increment(ref _lastThreadNumber);

    internal void RememberThread(KernelThread thread) => _threads[thread] = true;

    internal void ForgetThread(KernelThread thread) => _threads.TryRemove(thread, out _);

    public void Dispose()
    {
        if (IsDisposed)
            return;
        // Guest code that runs on would use memory that is another's by then. While a thread does not leave,
        // the memory stays, for the life of the process.
        var isLeft = Code.Native?.TryEnd() ?? true;
        IsDisposed = true;
        foreach (var thread in _threads.Keys)
            thread.Free();
        _threads.Clear();
        if (!isLeft)
            return;
        (Code.Native as IDisposable)?.Dispose();
        Heap.Dispose();
    }

    // Each service folder adds its part of the world in its own partial file and is created here, in one
    // place.
    [MemberNotNull(nameof(SpinLocks), nameof(Waits), nameof(Objects), nameof(Handles), nameof(GuestThreads))]
    [MemberNotNull(nameof(ExTimers), nameof(Timers), nameof(Dpcs), nameof(Workers))]
    [MemberNotNull(nameof(ReaderWriterLocks), nameof(Resources), nameof(ProcessorBarriers), nameof(Apcs))]
    private void InitializeServices()
    {
        SpinLocks = new SpinLocks(this);
        ReaderWriterLocks = new ReaderWriterLocks(this);
        Resources = new ResourceService(this);
        Apcs = new ApcService(this);
        Waits = new WaitService(this);
        Objects = new ObjectTable(this);
        Handles = new HandleTable(Objects);
        GuestThreads = new GuestThreads(Scheduler, Clock, Origins);
        Timers = new TimerService(this);
        ExTimers = new ExTimerService(this);
        Dpcs = new DpcService(this);
        ProcessorBarriers = new LockWaiters(this);
        Workers = new WorkerService(this);
        InitializeObjectTypes();
        InitializeProcess();
        InitializeSystemVariables();
        InitializeIrps();
        InitializeSecurity();
        InitializeCrypto();
        InitializeEtw();
        InitializeRegistrations();
    }
}
