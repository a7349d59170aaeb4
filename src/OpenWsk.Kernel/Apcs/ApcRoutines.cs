// Asynchronous procedure calls as drivers make them. Those of user mode are refused: there is none here. It
// knows nothing about when a thread takes them: see ApcService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>APC routines of ntoskrnl.</summary>
public static class ApcRoutines
{
    private const byte ObjectBytes = 0x58;
    private const sbyte UserMode = 1;

    /// <summary>Fills a KAPC for a thread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeApc(
        Executive executive, GuestPtr<KAPC> Apc, nuint Thread, int Environment, nuint KernelRoutine,
        nuint RundownRoutine, nuint NormalRoutine, sbyte ApcMode, nuint NormalContext)
    {
        // Without a normal routine it is a special call, which belongs to kernel mode.
        var isSpecial = NormalRoutine == 0;
        Apc.Value = new KAPC
        {
            Type = (byte)KOBJECTS.ApcObject,
            Size = ObjectBytes,
            Thread = Thread,
            KernelRoutine = KernelRoutine,
            RundownRoutine = RundownRoutine,
            NormalRoutine = NormalRoutine,
            NormalContext = isSpecial ? 0 : NormalContext,
            ApcStateIndex = (sbyte)Environment,
            ApcMode = isSpecial ? (sbyte)0 : ApcMode,
        };
    }

    /// <summary>Queues a call; FALSE when it is queued already or its thread has ended.</summary>
    /// <remarks>
    /// Errors: FALSE, and a finding, for a call of user mode, which no thread here has.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch,
        Note = "kernel mode only; a running thread takes it at its next wait")]
    public static byte KeInsertQueueApc(
        Executive executive, GuestPtr<KAPC> Apc, nuint SystemArgument1, nuint SystemArgument2, int Increment)
    {
        if (Apc.Value.ApcMode == UserMode)
        {
            executive.Breach("APC", "KeInsertQueueApc of a user-mode APC: no thread here has a user mode");
            return 0;
        }
        if (Apc.Value.Inserted != 0)
            return 0;
        Apc.Value.SystemArgument1 = SystemArgument1;
        Apc.Value.SystemArgument2 = SystemArgument2;
        return executive.Apcs.Queue(Apc) ? (byte)1 : (byte)0;
    }

    /// <summary>Takes a call out of its queue; FALSE when it was in none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeRemoveQueueApc(Executive executive, GuestPtr<KAPC> Apc) =>
        executive.Apcs.Remove(Apc) ? (byte)1 : (byte)0;
}
