// One asynchronous WSK call: an IRP with a managed completion routine, guest memory for its arguments, and
// the ValueTask that the caller awaits. It is used again and again and allocates nothing then. The completion
// routine runs on the dispatcher at DISPATCH_LEVEL and only hands the outcome over (Continuations.cs); what
// is over before its call returns needs no hand-over: the caller finds a result. After the call has begun
// nothing here is touched by its starter, because the awaiter may have given the operation back already. It
// does not know which function it serves. Its parts: .Buffers (arguments in guest memory), .Results (what the
// awaiter gets).
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>What an IRP was completed with.</summary>
internal readonly record struct IrpOutcome(NTSTATUS Status, nuint Information);

/// <summary>A reusable operation.</summary>
internal sealed partial class IrpOperation : IThreadPoolWorkItem
{
    private const byte InvokeAlways = SL_INVOKE_ON_CANCEL | SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR;

    // The operation whose call is running on this thread; null again when it is over already.
    [ThreadStatic]
    private static IrpOperation? t_starting;

    private readonly IrpPool _pool;
    private readonly Executive _executive;
    private readonly nuint _completion;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private string _call = "";
    private IrpOutcome _outcome;

    public IrpOperation(IrpPool pool)
    {
        _pool = pool;
        _executive = pool.Executive;
        _scratch = _executive.Heap.Allocate(ScratchBytes);
        _completion = _executive.Code.Register(CompleteIrp);
        Irp = (nuint)pool.AllocateIrp.Invoke(_executive, [1, 0]);
        if (Irp == 0)
            throw new WskException(pool.AllocateIrp.Name, NTSTATUS.STATUS_INSUFFICIENT_RESOURCES);
    }

    public IrpOperation? NextFree { get; set; }

    public nuint Irp { get; }

    /// <summary>Makes the IRP ready for a call; the token cancels it from now on.</summary>
    public void Begin(string call, CancellationToken cancellation)
    {
        _call = call;
        _core.Reset();
        _pool.ReuseIrp.Invoke(_executive, [Irp, 0]);
        ref var location = ref new GuestPtr<IRP>(Irp).Value.CurrentStackLocation.At(-1).Value;
        location.CompletionRoutine = _completion;
        location.Context = 0;
        location.Control = InvokeAlways;
        _cancellation = cancellation;
        _registration =
            cancellation.UnsafeRegister(static operation => ((IrpOperation)operation!).Cancel(), this);
    }

    /// <summary>Calls a dispatch function whose last argument is this operation's IRP.</summary>
    /// <returns>The token of this use, for the ValueTask.</returns>
    public short Start(nuint function, ReadOnlySpan<ulong> arguments)
    {
        var version = _core.Version;
        var outer = t_starting;
        t_starting = this;
        _executive.Code.Call(function, arguments);
        var isOver = t_starting is null;
        t_starting = outer;
        if (isOver)
            Finish();
        return version;
    }

    /// <summary>Gives the operation back; it was not started, or it is over.</summary>
    public void Abandon()
    {
        _registration.Dispose();
        _registration = default;
        _cancellation = default;
        _creation = default;
        _made = null;
        OnOutcome = null;
        Unpin();
        _pool.Return(this);
    }

    /// <summary>Frees the guest memory; nobody uses the operation any more.</summary>
    public void Free()
    {
        if (_executive.IsDisposed)
            return;
        _pool.FreeIrp.Invoke(_executive, [Irp]);
        _executive.Code.Unregister(_completion);
        FreeBuffers();
    }

    void IThreadPoolWorkItem.Execute() => Finish();

    // The awaiter goes on from here, and may use the operation again before this returns.
    private void Finish()
    {
        OnOutcome?.Invoke(_outcome);
        if (_creation.Client is not null)
            _made = _creation.End(this, _outcome);
        _core.SetResult(_outcome);
    }

    /// <summary>Cancels the IRP (IoCancelIrp), which is under way.</summary>
    public void Cancel() => _pool.CancelIrp.Invoke(_executive, [Irp]);

    // The IRP's completion routine. MORE_PROCESSING_REQUIRED keeps the IRP ours, as for every driver's own
    // IRP. The operation is its own work item: handing over a continuation would allocate one.
    private ulong CompleteIrp(ReadOnlySpan<ulong> arguments)
    {
        ref var io = ref new GuestPtr<IRP>(Irp).Value.IoStatus;
        _outcome = new IrpOutcome(io.Status, io.Information);
        if (ReferenceEquals(t_starting, this))
            t_starting = null;
        else
            _pool.Continuations.PostCompletion(this, _executive);
        return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
    }
}
