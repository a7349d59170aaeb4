// Breakpoints and prompts, with nobody at the debugger: a breakpoint is an exception that a driver's
// handler may take, else a bug check, as on a machine without a debugger. It knows nothing about printing:
// see PrintRoutines.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Debugger routines of ntoskrnl.</summary>
public static class BreakRoutines
{
    // STATUS_DEBUGGER_INACTIVE of ntstatus.h.
    private const NTSTATUS DebuggerInactive = (NTSTATUS)0xC000_0354;

    /// <summary>Raises STATUS_BREAKPOINT.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void DbgBreakPoint(Executive executive) =>
        throw new GuestRaiseException(NTSTATUS.STATUS_BREAKPOINT, 0);

    /// <summary>Raises STATUS_BREAKPOINT; the status is for the debugger.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void DbgBreakPointWithStatus(Executive executive, NTSTATUS Status) =>
        throw new GuestRaiseException(NTSTATUS.STATUS_BREAKPOINT, 0);

    /// <summary>Prints a question; nobody answers.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint DbgPrompt(Executive executive, nuint Prompt, nuint Response, uint Length)
    {
        if (executive.Observes(KernelEventKind.DebugPrint) && Prompt != 0)
            executive.Emit(KernelEvents.DebugPrint(
                System.Text.Encoding.Latin1.GetString(GuestMemory.AnsiZ(Prompt))));
        if (Response != 0 && Length != 0)
            GuestMemory.Write(Response, (byte)0);
        return 0;
    }

    /// <summary>TRUE: messages of every component and level are printed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint DbgQueryDebugFilterState(Executive executive, uint ComponentId, uint Level) => 1;

    /// <summary>Sets whether a component's messages are printed; all are.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static NTSTATUS DbgSetDebugFilterState(
        Executive executive, uint ComponentId, uint Level, byte State) => NTSTATUS.STATUS_SUCCESS;

    /// <summary>TRUE: no debugger is there.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte KdRefreshDebuggerNotPresent(Executive executive) => 1;

    /// <summary>There is no debugger to enable.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS KdEnableDebugger(Executive executive) => DebuggerInactive;

    /// <summary>There is no debugger to disable.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS KdDisableDebugger(Executive executive) => DebuggerInactive;
}
