// The loop of one dispatcher: it rests in the kernel's queue and runs what comes out of it. Whatever was
// submitted in a turn goes to the kernel in one call, which is the call it rests in. Completions are told to
// their sockets under no lock; what these have to say to their owners is said right after, in the same frame.
// It knows nothing about streams: they are targets. Next: UringLoop.Buffers.cs, Ring/UringRing.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring;

/// <summary>What one dispatcher rests in, over io_uring.</summary>
internal sealed unsafe partial class UringLoop : IProcessorLoop
{
    // Measured sizes are in docs/internals/io-uring.md. A full queue is handed over at once, so the first is
    // no limit; completions beyond the second wait in the kernel.
    private const uint SubmissionsMax = 1024;
    private const uint CompletionsMax = 8192;

    private const int WakeKind = 1;
    private const int CancelKind = 2;
    private const uint PollIn = 1;
    private const int DrainTriesMax = 100;
    private const long DrainTryNs = 100_000_000;

    [ThreadStatic]
    private static UringLoop? t_current;

    private readonly IClock _clock;
    private readonly UringRing _ring;
    private readonly RingSlots _slots = new();
    private readonly int _wakeEvent;
    private readonly int _ownSlot;
    private int _isResting;
    private int _isWoken;
    private bool _isRunning;

    // What sockets have to say in this batch.
    private LinkedQueue<DispatchItem> _ready;

    /// <summary>Makes the loop of a dispatcher.</summary>
    /// <exception cref="NotSupportedException">The kernel has no such ring.</exception>
    public UringLoop(IClock clock, int index, UringFeatures features)
    {
        _clock = clock;
        Index = index;
        Features = features;
        _ring = UringRing.TryCreate(SubmissionsMax, CompletionsMax, out var errno)
            ?? throw new NotSupportedException($"io_uring_setup: errno {errno}.");
        _wakeEvent = UringCalls.CreateEvent();
        if (_wakeEvent < 0)
        {
            _ring.Dispose();
            throw new NotSupportedException($"eventfd: errno {-_wakeEvent}.");
        }
        _ownSlot = _slots.Add(new OwnTarget(this));
        Completions = new CompletionsItem(this);
    }

    /// <summary>The loop whose thread is calling.</summary>
    public static UringLoop? Current => t_current;

    /// <summary>Index of its dispatcher.</summary>
    public int Index { get; }

    /// <summary>What the kernel can do.</summary>
    public UringFeatures Features { get; }

    /// <summary>Whether the calling thread is the loop's.</summary>
    public bool IsHere
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ReferenceEquals(t_current, this);
    }

    /// <summary>Whether the loop is about to end: nothing is to be submitted any more.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>Calls of io_uring_enter so far.</summary>
    public long Enters => _ring.Enters;

    // What the kernel has still to finish is finished by the call that the dispatcher rests in, which comes
    // back when there is a completion: most of what wakes a send of much data completes nothing yet.
    public bool HasWork => _ring.HasCompletions || !_ready.IsEmpty;

    public DispatchItem Completions { get; }

    /// <summary>Sockets that serve again.</summary>
    public SpareSockets Spares { get; } = new();

    /// <summary>Objects of streams that serve again.</summary>
    public SpareStreams Streams { get; } = new();

    public void Begin()
    {
        t_current = this;
        _ring.Enable();
        WaitForWake();
    }

    public void Submit() => _ring.SubmitAndPoll();

    public void Rest(long deadlineNs)
    {
        _buffers?.TakeReturned();
        _datagrams?.TakeReturned();
        Interlocked.Exchange(ref _isResting, 1);
        if (Volatile.Read(ref _isWoken) != 0)
        {
            _ring.SubmitAndPoll();
        }
        else
        {
            _ring.Wait(deadlineNs == IParker.Never ? -1 : Math.Max(deadlineNs - _clock.NowNs, 0));
        }
        Volatile.Write(ref _isResting, 0);
        Volatile.Write(ref _isWoken, 0);
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) == 0 && Volatile.Read(ref _isResting) != 0)
        {
            UringCalls.Signal(_wakeEvent);
        }
    }

    /// <summary>Gives a target its slot; on the loop's thread.</summary>
    public int Add(IRingTarget target) => _slots.Add(target);

    /// <summary>Frees a slot of which nothing is under way; on the loop's thread.</summary>
    public void Remove(int slot) => _slots.Remove(slot);

    /// <summary>A submission of a target, cleared but for its name; on the loop's thread.</summary>
    /// <remarks>What it points to must live until its last completion.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Submission* Prepare(int slot, int kind)
    {
        var submission = _ring.Next();
        submission->UserData = _slots.Begin(slot, kind);
        return submission;
    }

    /// <summary>Has the kernel give an operation up; it completes with ECANCELED or otherwise.</summary>
    public void CancelInKernel(int slot, int kind)
    {
        var submission = Prepare(_ownSlot, CancelKind);
        submission->Opcode = UringOpcode.AsyncCancel;
        submission->Descriptor = -1;
        submission->Address = _slots.NameOf(slot, kind);
    }

    /// <summary>
    /// Runs an item when the completion that is being told has been told, in the same frame.
    /// </summary>
    /// <returns>False outside of a batch: then the item is to be posted.</returns>
    public bool TryRunSoon(DispatchItem item)
    {
        if (!_isRunning || !IsHere)
        {
            return false;
        }
        _ready.Enqueue(item);
        return true;
    }

    /// <summary>
    /// Cancels everything and waits until the kernel has let go of all memory; on the loop's thread.
    /// </summary>
    public void Dispose()
    {
        IsEnding = true;
        if (IsHere)
        {
            Drain();
            t_current = null;
        }
        _ring.Dispose();
        UringCalls.Close(_wakeEvent);
        Spares.End();

        // What the kernel still has is left to it: memory that is lost is better than memory overwritten.
        if (_slots.UnderWay == 0)
        {
            FreeBuffers();
            FreeVectors();
        }
    }

    private void Drain()
    {
        var cancel = Prepare(_ownSlot, CancelKind);
        cancel->Opcode = UringOpcode.AsyncCancel;
        cancel->Descriptor = -1;
        cancel->OperationFlags = UringNumbers.CancelAll | UringNumbers.CancelAny;
        for (var i = 0; i < DrainTriesMax && _slots.UnderWay > 0; i++)
        {
            _ring.Wait(DrainTryNs);
            while (_ring.TryTake(out var completion))
            {
                Tell(completion);
            }
        }
        _ = _ready.TakeAll();
    }

    private void RunCompletions()
    {
        _isRunning = true;
        try
        {
            RunReady();
            if (!_ring.TryTake(out var completion))
            {
                return;
            }
            _buffers?.TakeReturned();
            _datagrams?.TakeReturned();
            do
            {
                Tell(completion);
                if (!_ready.IsEmpty)
                {
                    RunReady();
                }
            }
            while (_ring.TryTake(out completion));
        }
        finally
        {
            _isRunning = false;
            RearmStarved();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Tell(in Completion completion)
    {
        var isLast = (completion.Flags & UringNumbers.CqeMore) == 0;
        _slots.Find(completion.UserData, isLast, out var kind)
            ?.OnCompletion(kind, completion.Result, completion.Flags, isLast);
    }

    // An item may leave by an exception (a guest that is stopped); the others then wait for the next batch.
    private void RunReady()
    {
        while (!_ready.IsEmpty)
        {
            _ready.Dequeue().Run();
        }
    }

    // An event descriptor that is polled and never read: each signal is a completion, its count runs on.
    private void WaitForWake()
    {
        var submission = Prepare(_ownSlot, WakeKind);
        submission->Opcode = UringOpcode.PollAdd;
        submission->Descriptor = _wakeEvent;
        submission->OperationFlags = PollIn;
        submission->Length = UringNumbers.PollMultishot;
    }

    private sealed class OwnTarget(UringLoop loop) : IRingTarget
    {
        public void OnCompletion(int kind, int result, uint flags, bool isLast)
        {
            if (kind == WakeKind && isLast && !loop.IsEnding)
            {
                loop.WaitForWake();
            }
        }
    }

    private sealed class CompletionsItem(UringLoop loop) : DispatchItem
    {
        public override void Run() => loop.RunCompletions();
    }
}
