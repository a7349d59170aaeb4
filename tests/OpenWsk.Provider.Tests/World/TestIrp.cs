// An IRP as a careful driver handles one: allocated with a stack location, a completion routine for all three
// cases that records what it saw, and an event to wait on. It knows nothing about what the IRP is used for.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

/// <summary>One IRP and what its completion routine saw.</summary>
public sealed class TestIrp : IDisposable
{
    private readonly Executive _executive;
    private readonly ManagedEvent _completed;
    private readonly nuint _routine;
    private readonly ulong _context;

    public TestIrp(Executive executive, ulong context = 0x1234, int locations = 1)
    {
        _executive = executive;
        _context = context;
        _completed = new ManagedEvent(executive);
        _routine = executive.Code.Register(OnCompleted);
        Irp = new GuestPtr<IRP>((nuint)Kernel("IoAllocateIrp", (ulong)locations, 0));
        Prepare();
    }

    public GuestPtr<IRP> Irp { get; }

    /// <summary>How often the completion routine ran.</summary>
    public int Completions { get; private set; }

    public NTSTATUS Status { get; private set; }

    public nuint Information { get; private set; }

    public bool PendingReturned { get; private set; }

    public byte CompletionIrql { get; private set; }

    /// <summary>Raw arguments of the last completion: device object, IRP, context.</summary>
    public IReadOnlyList<ulong> Arguments { get; private set; } = [];

    /// <summary>Value of IRP.CancelRoutine that the completion routine saw.</summary>
    public nuint CancelRoutineSeen { get; private set; }

    /// <summary>Runs inside the completion routine.</summary>
    public Action? OnCompletion { get; set; }

    public static implicit operator ulong(TestIrp irp) => irp.Irp.Address;

    /// <summary>Waits for the completion and returns its status.</summary>
    public NTSTATUS Wait()
    {
        _completed.Wait();
        return Status;
    }

    /// <summary>
    /// Waits for the completion until a time of the world's clock; false when that comes first.
    /// </summary>
    public bool WaitUntil(long deadlineNs) => _completed.Wait(deadlineNs);

    public bool IsCompleted => _completed.IsSet;

    /// <summary>IoCancelIrp.</summary>
    public bool Cancel() => Kernel("IoCancelIrp", Irp.Address) != 0;

    /// <summary>IoReuseIrp, with the completion routine set again.</summary>
    public void Reuse()
    {
        Kernel("IoReuseIrp", Irp.Address, (uint)STATUS_UNSUCCESSFUL);
        _completed.Reset();
        Prepare();
    }

    // An IRP that is still pending is a test that failed before: the world's own check says more than a bug
    // check.
    public void Dispose()
    {
        if (_executive.Irps.TryGet(Irp, out var record) && record.IsInFlight)
            return;
        Kernel("IoFreeIrp", Irp.Address);
        _executive.Code.Unregister(_routine);
        _completed.Dispose();
    }

    // IoSetCompletionRoutine, which drivers inline.
    private void Prepare()
    {
        ref var next = ref Irp.Value.CurrentStackLocation.At(-1).Value;
        next.CompletionRoutine = _routine;
        next.Context = (nuint)_context;
        next.Control = WskConstants.SL_INVOKE_ON_SUCCESS
            | WskConstants.SL_INVOKE_ON_ERROR
            | WskConstants.SL_INVOKE_ON_CANCEL;
    }

    private ulong OnCompleted(ReadOnlySpan<ulong> arguments)
    {
        ref var irp = ref Irp.Value;
        Completions++;
        Arguments = arguments.ToArray();
        Status = irp.IoStatus.Status;
        Information = irp.IoStatus.Information;
        PendingReturned = irp.PendingReturned != 0;
        CancelRoutineSeen = irp.CancelRoutine;
        CompletionIrql = _executive.CurrentThread.Irql;
        OnCompletion?.Invoke();
        _completed.Set();
        return (uint)STATUS_MORE_PROCESSING_REQUIRED;
    }

    private ulong Kernel(string name, params ReadOnlySpan<ulong> arguments) =>
        _executive.Routines.Get(
            Libraries.Ntoskrnl, name).Invoke(_executive, arguments) & (name == "IoCancelIrp" ? 0xFF : ~0ul);
}
