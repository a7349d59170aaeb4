// The processors of a world: all in group 0 on node 0, which every table and inlined macro agrees with. It
// knows nothing about what they are (Executive.Processors.cs) or threads' bindings (SchedulingRoutines.cs).
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Processor routines of ntoskrnl.</summary>
public static class ProcessorRoutines
{
    private const ushort AllGroups = 0xFFFF;
    private const uint NoIndex = uint.MaxValue;
    // What a registration is called; drivers give it back and look at nothing in it.
    private const nuint CallbackHandle = 0xC411_0001;

    /// <summary>Number of processors.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeQueryActiveProcessorCount(
        Executive executive, GuestPtr<nuint> ActiveProcessors)
    {
        if (!ActiveProcessors.IsNull)
            ActiveProcessors.Value = executive.ActiveProcessors;
        return (uint)executive.ProcessorCount;
    }

    /// <summary>Number of processors of a group; 0 when there is no such group.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeQueryActiveProcessorCountEx(Executive executive, ushort GroupNumber) =>
        GroupNumber is 0 or AllGroups ? (uint)executive.ProcessorCount : 0;

    /// <summary>Number of processors that there can be.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeQueryMaximumProcessorCount(Executive executive) =>
        (uint)executive.ProcessorCount;

    /// <summary>Number of processors that a group can have; 0 when there is no such group.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeQueryMaximumProcessorCountEx(Executive executive, ushort GroupNumber) =>
        KeQueryActiveProcessorCountEx(executive, GroupNumber);

    /// <summary>The running processors of group 0.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint KeQueryActiveProcessors(Executive executive) =>
        executive.ActiveProcessors;

    /// <summary>The running processors of a group.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint KeQueryGroupAffinity(Executive executive, ushort GroupNumber) =>
        GroupNumber == 0 ? executive.ActiveProcessors : 0;

    /// <summary>Number of groups that have processors.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ushort KeQueryActiveGroupCount(Executive executive) => 1;

    /// <summary>Number of groups that there can be.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ushort KeQueryMaximumGroupCount(Executive executive) => 1;

    /// <summary>The highest number of a node.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ushort KeQueryHighestNodeNumber(Executive executive) => 0;

    /// <summary>The node of the processor that runs the caller.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ushort KeGetCurrentNodeNumber(Executive executive) => 0;

    /// <summary>The running processors of a node, and how many.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void KeQueryNodeActiveAffinity(
        Executive executive, ushort NodeNumber, GuestPtr<GROUP_AFFINITY> Affinity, GuestPtr<ushort> Count)
    {
        var isNode = NodeNumber == 0;
        if (!Affinity.IsNull)
            Affinity.Value = new GROUP_AFFINITY { Mask = isNode ? executive.ActiveProcessors : 0 };
        if (!Count.IsNull)
            Count.Value = isNode ? (ushort)executive.ProcessorCount : (ushort)0;
    }

    /// <summary>How many processors a node can have.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ushort KeQueryNodeMaximumProcessorCount(Executive executive, ushort NodeNumber) =>
        NodeNumber == 0 ? (ushort)executive.ProcessorCount : (ushort)0;

    /// <summary>The processor that runs the caller.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeGetCurrentProcessorNumberEx(
        Executive executive, GuestPtr<PROCESSOR_NUMBER> ProcNumber)
    {
        var number = executive.CurrentThread.Processor;
        if (!ProcNumber.IsNull)
            ProcNumber.Value = new PROCESSOR_NUMBER { Number = (byte)number };
        return (uint)number;
    }

    /// <summary>Group and number of a processor that has an index.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS KeGetProcessorNumberFromIndex(
        Executive executive, uint ProcIndex, GuestPtr<PROCESSOR_NUMBER> ProcNumber)
    {
        if (ProcIndex >= (uint)executive.ProcessorCount)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        ProcNumber.Value = new PROCESSOR_NUMBER { Number = (byte)ProcIndex };
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>
    /// Index of a processor that has a group and a number; INVALID_PROCESSOR_INDEX if none.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeGetProcessorIndexFromNumber(
        Executive executive, GuestPtr<PROCESSOR_NUMBER> ProcNumber) =>
        IndexOf(executive, ProcNumber.Value) is var index and >= 0 ? (uint)index : NoIndex;

    /// <summary>Tells a driver about processors that come; those that are there on request at once.</summary>
    /// <remarks>Errors: NULL when the driver's routine refuses the processor.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static nuint KeRegisterProcessorChangeCallback(
        Executive executive, nuint CallbackFunction, nuint CallbackContext, uint Flags)
    {
        // KE_PROCESSOR_CHANGE_ADD_EXISTING, and the states of KE_PROCESSOR_CHANGE_NOTIFY_STATE.
        const uint addExisting = 1;
        const uint startNotify = 0;
        const uint completeNotify = 1;
        const uint failureNotify = 2;
        if ((Flags & addExisting) == 0)
            return CallbackHandle;
        var asked = 0;
        var isTaken = true;
        while (isTaken && asked < executive.ProcessorCount)
        {
            var status = NotifyProcessor(executive, CallbackFunction, CallbackContext, startNotify, asked++);
            isTaken = !NtstatusExtensions.IsError(status);
        }
        var outcome = isTaken ? completeNotify : failureNotify;
        for (var processor = 0; processor < asked; processor++)
            NotifyProcessor(executive, CallbackFunction, CallbackContext, outcome, processor);
        return isTaken ? CallbackHandle : 0;
    }

    /// <summary>Ends KeRegisterProcessorChangeCallback.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void KeDeregisterProcessorChangeCallback(Executive executive, nuint CallbackHandle)
    {
        if (CallbackHandle != ProcessorRoutines.CallbackHandle)
            executive.Breach(
                "PARAMETER", $"0x{(ulong)CallbackHandle:x} is no registration of a processor callback");
    }

    /// <summary>The index of a processor that has a group and a number; -1 if there is none.</summary>
    internal static int IndexOf(Executive executive, PROCESSOR_NUMBER number) =>
        number is { Group: 0, Reserved: 0 } && number.Number < executive.ProcessorCount ? number.Number : -1;

    // KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT: state, number, status, processor number.
    private static NTSTATUS NotifyProcessor(
        Executive executive, nuint routine, nuint context, uint state, int processor)
    {
        var change = executive.Heap.Allocate(16);
        var status = executive.Heap.Allocate(sizeof(uint));
        try
        {
            GuestMemory.Write(change, state);
            GuestMemory.Write(change + 4, (uint)processor);
            GuestMemory.Write(change + 12, new PROCESSOR_NUMBER { Number = (byte)processor });
            executive.Code.Call(routine, [context, change, status]);
            return (NTSTATUS)GuestMemory.Read<uint>(status);
        }
        finally
        {
            executive.Heap.Free(change);
            executive.Heap.Free(status);
        }
    }
}
