// An IRP while the provider has it: from the call until its completion routine has run. It settles the
// three-way race between the caller (who must have marked the IRP pending), the operation (which may end on
// the dispatcher at once) and IoCancelIrp, so that each IRP is completed exactly once and never touched
// afterwards. It knows nothing about sockets: an IRequestOwner runs the operation. Next: RequestTable.cs,
// WskRequest.Segments.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Runs the operation behind a request.</summary>
internal interface IRequestOwner
{
    /// <summary>The dispatcher on which its operations complete.</summary>
    int Processor => 0;

    /// <summary>
    /// The transport has completed the request's operation; on the dispatcher, under no lock.
    /// </summary>
    void OnTransportCompleted(WskRequest request);

    /// <summary>
    /// Give the operation up: it ends in <see cref="WskRequest.Complete"/> soon, unless it did already.
    /// </summary>
    void OnCancel(WskRequest request);

    /// <summary>
    /// The IRP is about to be completed: what the client must keep until then, it may free from here on.
    /// </summary>
    void OnCompleting(WskRequest request);

    /// <summary>The IRP's completion routine has returned; the request is about to be reused.</summary>
    void OnFinished(WskRequest request);
}

/// <summary>What a request does; decides how its owner treats it.</summary>
internal enum RequestKind
{
    None,
    Simple,
    Create,
    Connect,
    SocketConnect,
    Send,
    Receive,
    Accept,
    SendTo,
    ReceiveFrom,
    DisconnectData,
    Disconnect,
    Close,
    DisableEvent,
    TransportListChange,
    AddressListChange,
}

/// <summary>One IRP in the provider's hands. Pooled by <see cref="RequestTable"/>.</summary>
internal sealed partial class WskRequest(WskProvider provider) : SendOperation, IPooled<WskRequest>
{
    // The caller is through: the IRP is marked pending and its cancel routine is set.
    private const int Armed = 1;

    // The operation has ended and the outcome is stored.
    private const int Done = 2;

    // IoCancelIrp took the cancel routine: the completion waits until the routine has run.
    private const int AwaitsCancel = 4;

    // The cancel routine has run, or the provider cancels on its own.
    private const int CancelRan = 8;

    private int _flags;
    private bool _isDone;
    private TrackedIrp _tracked = null!;
    private NTSTATUS _status;
    private nuint _information;
    private Neighbours<WskRequest> _neighbours;

    public GuestPtr<IRP> Irp { get; private set; }

    public RequestKind Kind { get; set; }

    public IRequestOwner? Owner { get; set; }

    /// <summary>The registration that waits for this request; set from the start of the call.</summary>
    public ClientRegistration? Client { get; set; }

    /// <summary>Flags argument of the call.</summary>
    public uint Flags { get; set; }

    /// <summary>Scratch of the owner: an object that goes with the operation.</summary>
    public object? State { get; set; }

    /// <summary>Whether the operation has ended (the IRP may not be completed yet).</summary>
    public bool IsDone => Volatile.Read(ref _isDone) || (Volatile.Read(ref _flags) & Done) != 0;

    WskRequest? IPooled<WskRequest>.NextFree { get; set; }

    /// <summary>Whether the call that started the request is through.</summary>
    public bool IsArmed => (Volatile.Read(ref _flags) & Armed) != 0;

    public void Start(GuestPtr<IRP> irp, TrackedIrp tracked)
    {
        _tracked = tracked;
        Irp = irp;
        _flags = 0;
        _isDone = false;
        Kind = RequestKind.Simple;
        _status = NTSTATUS.STATUS_SUCCESS;
        _information = 0;
    }

    public void Reset()
    {
        Irp = default;
        Owner = null;
        Client = null;
        State = null;
        Kind = RequestKind.None;
        ClearSegments();
    }

    /// <summary>
    /// The operation has ended. Completes the IRP now if the caller is through, otherwise leaves the outcome
    /// for <see cref="EndCall"/>. Call once, on any thread, under no lock.
    /// </summary>
    public void Complete(NTSTATUS status, nuint information)
    {
        Invariant.That(status != NTSTATUS.STATUS_PENDING);
        Invariant.That(!IsDone);
        _status = status;
        _information = information;
        var before = Volatile.Read(ref _flags);
        // From the other side only the caller comes, once, and he is through already in most cases.
        if ((before & Armed) == 0)
            before = Interlocked.Or(ref _flags, Done);
        else
            Volatile.Write(ref _isDone, true);
        if ((before & Armed) != 0)
            FinishPended();
    }

    /// <summary>Completes requests that were taken from a queue together.</summary>
    public static void CompleteAll(WskRequest? linked, NTSTATUS status)
    {
        while (linked is not null)
            LinkedItems.TakeFirst(ref linked).Complete(status, 0);
    }

    /// <summary>
    /// Refuses the request before anything was started: completes inline and returns the status.
    /// </summary>
    public NTSTATUS Refuse(NTSTATUS status) => EndInline(status);

    /// <summary>
    /// Ends the request inside the call, whatever the completion mode: for outcomes that the contract wants
    /// returned.
    /// </summary>
    public NTSTATUS EndInline(NTSTATUS status)
    {
        _status = status;
        _information = 0;
        Finish();
        return status;
    }

    /// <summary>
    /// Ends the WSK call that started the request: the value is what the function returns. After
    /// STATUS_PENDING nobody may touch the request any more.
    /// </summary>
    public NTSTATUS EndCall()
    {
        if (IsDone && provider.MayCompleteInline())
        {
            var status = _status;
            provider.EnterInline();
            Finish();
            provider.LeaveInline();
            return status;
        }
        Arm();
        return NTSTATUS.STATUS_PENDING;
    }

    /// <summary>
    /// The provider cancels the request (close, deregistration); IRP.Cancel stays as it is.
    /// </summary>
    public void CancelByProvider() => Owner!.OnCancel(this);

    /// <summary>Called by the cancel routine, after it released the cancel spin lock.</summary>
    public void CancelByIrp()
    {
        if (!IsDone)
            Owner!.OnCancel(this);
        if ((Interlocked.Or(ref _flags, CancelRan) & AwaitsCancel) != 0)
            Finish();
    }

    protected override void OnCompleted()
    {
        if (IsDone)
            FinishPended();
        else
            Owner!.OnTransportCompleted(this);
    }

    private void Arm()
    {
        IrpCompletion.MarkPending(Irp);
        IrpCompletion.SetCancelRoutine(Irp, provider.CancelRoutine);
        var isCancelled = Volatile.Read(ref Irp.Value.Cancel) != 0
            && IrpCompletion.SetCancelRoutine(Irp, 0) != 0;
        if (isCancelled)
            Interlocked.Or(ref _flags, CancelRan);
        var owner = Owner!;
        if (isCancelled && !IsDone)
            owner.OnCancel(this);
        // In most cases nothing has happened meanwhile.
        if (Interlocked.CompareExchange(ref _flags, Armed, 0) == 0
            || (Interlocked.Or(ref _flags, Armed) & Done) == 0)
            return;
        Processor = owner.Processor;
        provider.Executive.Scheduler.Post(this);
    }

    // Both this and CancelByIrp may come last; the flag words decide which of them finishes.
    private void FinishPended()
    {
        var routine = IrpCompletion.SetCancelRoutine(Irp, 0);
        if (routine != 0)
        {
            Finish();
            return;
        }
        if ((Interlocked.Or(ref _flags, AwaitsCancel) & CancelRan) != 0)
            Finish();
    }

    private void Finish()
    {
        if (_status == NTSTATUS.STATUS_ACCESS_VIOLATION)
            ReportUnreachable();
        var owner = Owner;
        owner?.OnCompleting(this);
        ForgetHeld();
        // Right before the completion: the IRP's owner may pass it in again from there.
        _tracked.LetGo();
        IrpCompletion.Complete(provider.Executive, Irp, _tracked, _status, _information);
        owner?.OnFinished(this);
        provider.Requests.Recycle(this);
    }

    /// <summary>How the requests are linked that run on a socket.</summary>
    public readonly struct RunningLinks : ILinks<WskRequest>
    {
        public ref Neighbours<WskRequest> Of(WskRequest item) => ref item._neighbours;
    }
}
