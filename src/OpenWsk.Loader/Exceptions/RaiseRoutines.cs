// Routines that raise an exception where they were called, and those that unwind or go on elsewhere. None of
// them returns to its caller: each leaves a request for the dispatcher. It knows nothing about handlers.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Raising and unwinding routines of ntoskrnl.</summary>
public static class RaiseRoutines
{
    /// <summary>Raises an exception with a status in the caller.</summary>
    /// <remarks>IRQL: any; it stays as it is.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExRaiseStatus(Executive executive, NTSTATUS Status) =>
        Raise(executive, Status, ExceptionFlags.Noncontinuable);

    /// <summary>Raises STATUS_ACCESS_VIOLATION in the caller.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExRaiseAccessViolation(Executive executive) =>
        Raise(executive, NTSTATUS.STATUS_ACCESS_VIOLATION, ExceptionFlags.Noncontinuable);

    /// <summary>Raises STATUS_DATATYPE_MISALIGNMENT in the caller.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExRaiseDatatypeMisalignment(Executive executive) =>
        Raise(executive, NTSTATUS.STATUS_DATATYPE_MISALIGNMENT, ExceptionFlags.Noncontinuable);

    /// <summary>Raises an exception with a status in the caller, as ExRaiseStatus does.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlRaiseStatus(Executive executive, NTSTATUS Status) =>
        Raise(executive, Status, ExceptionFlags.Noncontinuable);

    /// <summary>Raises an exception as a record describes it; its address becomes the caller's.</summary>
    /// <remarks>
    /// Returns when a filter answers EXCEPTION_CONTINUE_EXECUTION and the record allows that.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlRaiseException(Executive executive, GuestPtr<EXCEPTION_RECORD> ExceptionRecord)
    {
        var record = ExceptionRecord.Value;
        record.NumberParameters = Math.Min(record.NumberParameters, 15);
        record.ExceptionFlags &= ExceptionFlags.Noncontinuable;
        NativeCode.Request(new RaiseRequest(record));
    }

    /// <summary>Unwinds to a frame, which goes on at an address with a value in rax.</summary>
    /// <remarks>
    /// A code of STATUS_UNWIND_CONSOLIDATE has the record's first parameter called for the address.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlUnwindEx(
        Executive executive,
        nuint TargetFrame,
        nuint TargetIp,
        GuestPtr<EXCEPTION_RECORD> ExceptionRecord,
        nuint ReturnValue,
        GuestPtr<CONTEXT> ContextRecord,
        nuint HistoryTable)
    {
        var record = ExceptionRecord.IsNull
            ? new EXCEPTION_RECORD { ExceptionCode = NTSTATUS.STATUS_UNWIND, ExceptionAddress = TargetIp }
            : ExceptionRecord.Value;
        NativeCode.Request(new UnwindRequest(TargetFrame, TargetIp, ReturnValue, record));
    }

    /// <summary>Unwinds as RtlUnwindEx does.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlUnwind(
        Executive executive,
        nuint TargetFrame,
        nuint TargetIp,
        GuestPtr<EXCEPTION_RECORD> ExceptionRecord,
        nuint ReturnValue) =>
        RtlUnwindEx(executive, TargetFrame, TargetIp, ExceptionRecord, ReturnValue, default, 0);

    /// <summary>Leaves __try blocks of the caller's frame for an address in it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void _local_unwind(Executive executive, nuint TargetFrame, nuint TargetIp) =>
        RtlUnwindEx(executive, TargetFrame, TargetIp, default, 0, default, 0);

    /// <summary>Leaves a __finally of a frame for an address in it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void __jump_unwind(Executive executive, nuint TargetFrame, nuint TargetIp) =>
        RtlUnwindEx(executive, TargetFrame, TargetIp, default, 0, default, 0);

    /// <summary>Goes on with the registers of a context.</summary>
    /// <remarks>With the record of a longjmp those that its buffer has are taken from there.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static unsafe void RtlRestoreContext(
        Executive executive, GuestPtr<CONTEXT> ContextRecord, GuestPtr<EXCEPTION_RECORD> ExceptionRecord)
    {
        var context = ContextRecord.Value;
        if (!ExceptionRecord.IsNull && ExceptionRecord.Value is { NumberParameters: > 0 } record
            && (uint)record.ExceptionCode == JumpRoutines.LongJump)
            GuestMemory.Read<JUMP_BUFFER>((nuint)record.ExceptionInformation[0]).Restore(&context);
        NativeCode.Request(new RestoreRequest(context));
    }

    /// <summary>Stores the caller's registers as they are when the call returns.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlCaptureContext(Executive executive, GuestPtr<CONTEXT> ContextRecord)
    {
        // A wild address faults here, where it is the caller's, and not in the dispatcher.
        ContextRecord.Value = default;
        NativeCode.Request(new CaptureRequest(ContextRecord));
    }

    private static void Raise(Executive executive, NTSTATUS code, uint flags) =>
        NativeCode.Request(new RaiseRequest(
            new EXCEPTION_RECORD { ExceptionCode = code, ExceptionFlags = flags }));
}
