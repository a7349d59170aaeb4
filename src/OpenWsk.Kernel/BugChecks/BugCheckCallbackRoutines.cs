// Registering routines for the moment of a bug check. The records are the driver's memory, at the layouts of
// KBUGCHECK_CALLBACK_RECORD and KBUGCHECK_REASON_CALLBACK_RECORD. It knows nothing about when they are
// called; see BugCheckCallbacks.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Bug check callback routines of ntoskrnl.</summary>
public static class BugCheckCallbackRoutines
{
    private const nuint Routine = 0x10;
    private const nuint Buffer = 0x18;
    private const nuint Length = 0x20;
    private const nuint Component = 0x28;
    private const nuint State = 0x38;
    private const nuint ReasonComponent = 0x18;
    private const nuint Reason = 0x28;
    private const nuint ReasonState = 0x2C;

    private const byte Empty = 0;
    private const byte Inserted = 1;
    private const byte Started = 2;
    private const byte Finished = 3;

    private const uint SecondaryDumpData = 2;
    private const string Note = "reasons other than secondary dump data are recorded and never called";

    /// <summary>Has a routine called at a bug check with a buffer; FALSE when the record is in use.</summary>
    /// <remarks>IRQL: any.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeRegisterBugCheckCallback(
        Executive executive,
        nuint CallbackRecord,
        nuint CallbackRoutine,
        nuint Buffer,
        uint Length,
        nuint Component)
    {
        if (GuestMemory.Read<byte>(CallbackRecord + State) != Empty
            || !executive.BugCheckCallbacks.TryAdd(
                CallbackRecord,
                () => Call(executive, CallbackRecord + State, CallbackRoutine, [Buffer, Length])))
            return 0;
        GuestMemory.Write(CallbackRecord + Routine, CallbackRoutine);
        GuestMemory.Write(CallbackRecord + BugCheckCallbackRoutines.Buffer, Buffer);
        GuestMemory.Write(CallbackRecord + BugCheckCallbackRoutines.Length, Length);
        GuestMemory.Write(CallbackRecord + BugCheckCallbackRoutines.Component, Component);
        GuestMemory.Write(CallbackRecord + State, Inserted);
        return 1;
    }

    /// <summary>Takes a callback back; FALSE when it is not registered.</summary>
    /// <remarks>IRQL: any.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeDeregisterBugCheckCallback(Executive executive, nuint CallbackRecord) =>
        Remove(executive, CallbackRecord, State);

    /// <summary>Has a routine called at a bug check for a reason; FALSE when the record is in use.</summary>
    /// <remarks>
    /// IRQL: any. A routine for secondary dump data gets a page for its data, which no dump takes up here.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, Note = Note)]
    public static byte KeRegisterBugCheckReasonCallback(
        Executive executive, nuint CallbackRecord, nuint CallbackRoutine, uint Reason, nuint Component)
    {
        if (GuestMemory.Read<byte>(CallbackRecord + ReasonState) != Empty
            || !executive.BugCheckCallbacks.TryAdd(
                CallbackRecord, () => CallForReason(executive, CallbackRecord, CallbackRoutine, Reason)))
            return 0;
        GuestMemory.Write(CallbackRecord + Routine, CallbackRoutine);
        GuestMemory.Write(CallbackRecord + ReasonComponent, Component);
        GuestMemory.Write(CallbackRecord + BugCheckCallbackRoutines.Reason, Reason);
        GuestMemory.Write(CallbackRecord + ReasonState, Inserted);
        return 1;
    }

    /// <summary>Takes a callback back; FALSE when it is not registered.</summary>
    /// <remarks>IRQL: any.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeDeregisterBugCheckReasonCallback(Executive executive, nuint CallbackRecord) =>
        Remove(executive, CallbackRecord, ReasonState);

    private static byte Remove(Executive executive, nuint record, nuint state)
    {
        if (!executive.BugCheckCallbacks.TryRemove(record))
            return 0;
        GuestMemory.Write(record + state, Empty);
        return 1;
    }

    private static void Call(
        Executive executive, nuint state, nuint routine, ReadOnlySpan<ulong> arguments)
    {
        GuestMemory.Write(state, Started);
        executive.Code.Call(routine, arguments);
        GuestMemory.Write(state, Finished);
    }

    // KBUGCHECK_SECONDARY_DUMP_DATA: a buffer for small data, its size and the most that may be told, then
    // what the routine fills in: an id, where its data is, and how much.
    private static void CallForReason(Executive executive, nuint record, nuint routine, uint reason)
    {
        const uint dataBytes = 0x30;
        const uint pageBytes = 0x1000;
        if (reason != SecondaryDumpData)
            return;
        var data = executive.Heap.Allocate((int)(dataBytes + pageBytes));
        GuestMemory.Write(data, data + dataBytes);
        GuestMemory.Write(data + 8, pageBytes);
        GuestMemory.Write(data + 12, pageBytes);
        Call(executive, record + ReasonState, routine, [reason, record, data, dataBytes]);
    }
}
