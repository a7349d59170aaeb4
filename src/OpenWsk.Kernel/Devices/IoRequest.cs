// One request that the I/O manager made: its IRP, the buffers that go with it, and what has to happen when no
// driver holds it any more: copy back, free, write the status block, signal. That step runs on the thread
// that completes the IRP.
// Divergence from Windows: there it is an APC of the thread that asked, so its results appear when that
// thread next runs below APC_LEVEL.
// It knows nothing about how IRPs are filled in: see IoService.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>A request under way, or its outcome.</summary>
public sealed class IoRequest
{
    private const int Returned = 1;
    private const int Finished = 2;
    private readonly Executive _executive;
    private readonly TaskCompletionSource<IoOutcome> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Lock _gate = new();
    private readonly List<ManagedEvent> _waiting = [];

    // The IRP points to it, and drivers follow that pointer.
    private readonly nuint _thread;

    // Who may still touch the IRP: the request itself, and whoever sends or cancels it at this moment.
    private int _pins = 1;
    private int _stage;
    private NTSTATUS _returned;
    private bool _wasMarkedPending;

    internal IoRequest(Executive executive, GuestPtr<IRP> irp, OpenFile? file, Requestor by)
    {
        _executive = executive;
        Irp = irp;
        File = file;
        By = by;
        _thread = irp.Value.Thread;
        executive.Objects.Reference(_thread);
        if (file is not null)
            executive.Objects.Reference(file.Pointer.Address);
    }

    /// <summary>The IRP; it is freed when the request has completed.</summary>
    public GuestPtr<IRP> Irp { get; }

    public Requestor By { get; }

    /// <summary>The outcome; default until the request has completed.</summary>
    public IoOutcome Outcome { get; private set; }

    /// <summary>Whether the request has completed.</summary>
    public bool IsDone => (Volatile.Read(ref _stage) & Finished) != 0;

    /// <summary>Ends when the request has completed.</summary>
    public Task<IoOutcome> Completion => _completion.Task;

    internal OpenFile? File { get; }

    /// <summary>Room at UserBuffer, so that a driver's Information cannot make us write behind it.</summary>
    internal uint UserBytes { get; init; }

    /// <summary>An event to signal and drop a reference of; 0 for none.</summary>
    internal nuint EventObject { get; init; }

    /// <summary>Runs when the outcome is there; before the waiting thread.</summary>
    internal Action<IoOutcome>? OnDone { get; init; }

    /// <summary>A status block of ours that goes with the request; 0 when it is the caller's.</summary>
    internal nuint OwnStatusBlock { get; init; }

    /// <summary>Waits until the request has completed.</summary>
    /// <remarks>IRQL: &lt;= APC_LEVEL. Errors: GuestStoppedException.</remarks>
    public IoOutcome Wait()
    {
        Wait(Ports.IParker.Never);
        return Outcome;
    }

    /// <summary>Waits until the request has completed or the clock reaches the deadline.</summary>
    /// <remarks>Units: nanoseconds of IClock.NowNs.</remarks>
    public bool Wait(long deadlineNs)
    {
        using var done = new ManagedEvent(_executive);
        lock (_gate)
        {
            if (IsDone)
                return true;
            _waiting.Add(done);
        }
        try
        {
            return done.Wait(deadlineNs);
        }
        finally
        {
            lock (_gate)
                _waiting.Remove(done);
        }
    }

    /// <summary>Asks the driver that holds the IRP to complete it; false when it is done already.</summary>
    public bool Cancel()
    {
        if (!TryPin())
            return false;
        try
        {
            if (IsDone)
                return false;
            IrpCancellation.Cancel(_executive, Irp);
            return true;
        }
        finally
        {
            Unpin();
        }
    }

    /// <summary>Sends the IRP to a device.</summary>
    internal NTSTATUS Send(GuestPtr<DEVICE_OBJECT> device)
    {
        Invariant.That(TryPin());
        var thread = _executive.CurrentThread;
        var process = thread.ProcessId;
        thread.ProcessId = By.ProcessId;
        try
        {
            var major = Irp.Value.CurrentStackLocation.At(-1).Value.MajorFunction;
            var status = DeviceRoutines.IofCallDriver(_executive, device, Irp);
            OnReturned(status, major);
            return status;
        }
        finally
        {
            thread.ProcessId = process;
            Unpin();
        }
    }

    /// <summary>No driver holds the IRP any more.</summary>
    internal void Finish()
    {
        ref var irp = ref Irp.Value;
        var outcome = new IoOutcome(irp.IoStatus.Status, irp.IoStatus.Information);
        _wasMarkedPending = irp.PendingReturned != 0;
        CopyBack(ref irp, outcome);
        FreeBuffers(ref irp);
        var isReported = !outcome.Status.IsError() || _wasMarkedPending;
        if (isReported && irp.UserIosb != 0)
            GuestMemory.Write(irp.UserIosb, new IO_STATUS_BLOCK
            {
                Status = outcome.Status,
                Information = outcome.Information,
            });
        var userEvent = isReported ? irp.UserEvent : 0;
        Outcome = outcome;
        OnDone?.Invoke(outcome);
        if ((Interlocked.Or(ref _stage, Finished) & Returned) != 0)
            Judge();
        Signal(userEvent);
        _completion.TrySetResult(outcome);
        lock (_gate)
            _waiting.ForEach(static done => done.Set());
        Unpin();
    }

    /// <summary>The IRP is its driver's from now on; what goes with the request goes now.</summary>
    internal void Disown()
    {
        _executive.Objects.Dereference(_thread);
        _executive.Heap.TryFree(OwnStatusBlock);
    }

    private void Signal(nuint userEvent)
    {
        if (userEvent != 0)
            _executive.Waits.SetEvent(userEvent);
        if (EventObject != 0)
            _executive.Objects.Dereference(EventObject);
        if (File is not { } file)
            return;
        file.Pointer.Value.FinalStatus = Outcome.Status;
        _executive.Waits.SetEvent(file.Pointer.Address + 0x98);
        _executive.Objects.Dereference(file.Pointer.Address);
    }

    // Buffered output goes to the caller for every status that is no error: a warning such as
    // STATUS_BUFFER_OVERFLOW brings as much as fits.
    private void CopyBack(ref IRP irp, in IoOutcome outcome)
    {
        const uint buffered = IRP_BUFFERED_IO | IRP_INPUT_OPERATION;
        if ((irp.Flags & buffered) != buffered || outcome.Status.IsError() || irp.UserBuffer == 0)
            return;
        if (outcome.Information > UserBytes)
            _executive.Breach("IRP", $"the IRP at {Irp} is completed with Information {outcome.Information}, "
                + $"but its output buffer has {UserBytes} bytes");
        var bytes = (int)Math.Min((ulong)outcome.Information, UserBytes);
        GuestMemory.Span(irp.AssociatedIrp, bytes).CopyToGuest(GuestMemory.Span(irp.UserBuffer, bytes));
    }

    private void FreeBuffers(ref IRP irp)
    {
        if ((irp.Flags & IRP_DEALLOCATE_BUFFER) != 0 && irp.AssociatedIrp != 0)
            _executive.Pool.Free(irp.AssociatedIrp, 0);
        for (var mdl = irp.MdlAddress; !mdl.IsNull;)
        {
            var next = mdl.Value.Next;
            if ((mdl.Value.MdlFlags & WskConstants.MDL_PAGES_LOCKED) != 0)
                MdlRoutines.MmUnlockPages(_executive, mdl);
            MdlRoutines.IoFreeMdl(_executive, mdl);
            mdl = next;
        }
        irp.MdlAddress = default;
        irp.AssociatedIrp = 0;
    }

    private void OnReturned(NTSTATUS status, byte major)
    {
        _returned = status;
        if ((Interlocked.Or(ref _stage, Returned) & Finished) != 0)
            Judge();
        else if (status != NTSTATUS.STATUS_PENDING)
            _executive.Breach("IRP", $"a dispatch routine returned {status} for IRP_MJ 0x{major:x2} "
                + $"without completing the IRP at {Irp}");
    }

    // A dispatch routine marks the IRP pending if and only if it returns STATUS_PENDING.
    private void Judge()
    {
        if (_returned == NTSTATUS.STATUS_PENDING && !_wasMarkedPending)
            _executive.Breach("IRP", $"a dispatch routine returned STATUS_PENDING for the IRP at {Irp}, "
                + "which was completed without IoMarkIrpPending");
        else if (_returned != NTSTATUS.STATUS_PENDING && _wasMarkedPending)
            _executive.Breach("IRP", $"a dispatch routine marked the IRP at {Irp} pending and returned "
                + $"{_returned}");
        else if (_returned != NTSTATUS.STATUS_PENDING && _returned != Outcome.Status)
            _executive.Breach("IRP", $"a dispatch routine returned {_returned} for the IRP at {Irp}, which "
                + $"was completed with {Outcome.Status}");
    }

    private bool TryPin()
    {
        while (true)
        {
            var pins = Volatile.Read(ref _pins);
            if (pins == 0)
                return false;
            if (Interlocked.CompareExchange(ref _pins, pins + 1, pins) == pins)
                return true;
        }
    }

    private void Unpin()
    {
        if (Interlocked.Decrement(ref _pins) != 0 || _executive.IsDisposed)
            return;
        IrpRoutines.IoFreeIrp(_executive, Irp);
        _executive.Objects.Dereference(_thread);
        if (OwnStatusBlock != 0)
            _executive.Heap.TryFree(OwnStatusBlock);
    }
}

/// <summary>How a request ended.</summary>
public readonly record struct IoOutcome(NTSTATUS Status, nuint Information);
