// IRPs from birth to death as drivers ask for them: allocate, initialise, reuse, free, complete. The layout
// after each is what inlined macros rely on. It knows nothing about the walk up the stack: see
// IrpCompletion.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Kernel;

/// <summary>IRP routines of ntoskrnl.</summary>
public static class IrpRoutines
{
    // CurrentLocation is a signed byte and runs up to StackCount + 2 while an IRP is completed.
    private const int StackSizeMax = 125;

    // 'Irp ', as Windows tags them.
    private const uint Tag = 0x20707249;

    /// <summary>Makes an IRP with room for a number of drivers.</summary>
    /// <remarks>IRQL: &lt;= DISPATCH_LEVEL. Errors: NULL when StackSize is out of range.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<IRP> IoAllocateIrp(Executive executive, sbyte StackSize, byte ChargeQuota)
    {
        if (StackSize is < 0 or > StackSizeMax)
            return default;
        var size = SizeOf(StackSize);
        var irp = new GuestPtr<IRP>(executive.Pool.AllocateFor(BlockUse.Irp, Tag, size));
        if (irp.IsNull)
            return default;
        Fill(irp, size, StackSize);
        executive.Irps.OnAllocated(irp, executive.CurrentThread);
        if (executive.Observes(KernelEventKind.Created))
            executive.Emit(KernelEvents.Created("IRP", irp.Address));
        return irp;
    }

    /// <summary>IoAllocateIrp for a device, which changes nothing here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<IRP> IoAllocateIrpEx(
        Executive executive, nuint DeviceObject, sbyte StackSize, byte ChargeQuota) =>
        IoAllocateIrp(executive, StackSize, ChargeQuota);

    /// <summary>Makes an IRP of memory of the driver's own.</summary>
    /// <remarks>Rules: IRP-42; IRP-39 is reported when the IRP is pending.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoInitializeIrp(
        Executive executive, GuestPtr<IRP> Irp, ushort PacketSize, sbyte StackSize)
    {
        if (StackSize is < 0 or > StackSizeMax || PacketSize < SizeOf(StackSize))
        {
            executive.Breach("IRP",
                $"IoInitializeIrp: {PacketSize} bytes hold no IRP of {StackSize} locations");
            return;
        }
        NoteInitialized(executive, Irp, nameof(IoInitializeIrp));
        Fill(Irp, PacketSize, StackSize);
    }

    /// <summary>Makes a used IRP as good as new and stores a status in it.</summary>
    /// <remarks>Rules: IRP-40; IRP-39 is reported when the IRP is pending.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoReuseIrp(Executive executive, GuestPtr<IRP> Irp, NTSTATUS Status)
    {
        ref var irp = ref Irp.Value;
        if (irp.Type != IO_TYPE_IRP)
        {
            executive.Breach("IRP-04", $"IoReuseIrp: there is no IRP at {Irp}");
            return;
        }
        NoteInitialized(executive, Irp, nameof(IoReuseIrp));
        var allocationFlags = irp.AllocationFlags;
        Fill(Irp, irp.Size, irp.StackCount);
        irp.AllocationFlags = allocationFlags;
        irp.IoStatus.Status = Status;
    }

    /// <summary>Frees an IRP from IoAllocateIrp.</summary>
    /// <remarks>
    /// Errors: bug check 0x44 when it is freed twice, 0xC9 when it is pending. Rules: IRP-10, IRP-16.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoFreeIrp(Executive executive, GuestPtr<IRP> Irp)
    {
        if (!executive.Irps.OnFreed(Irp, out var record))
        {
            executive.Breach("IRP-10", $"IoFreeIrp: 0x{(ulong)Irp.Address:x} is no IRP from IoAllocateIrp, "
                + "or was freed before");
            throw executive.BugCheck(
                BugCheckCode.MULTIPLE_IRP_COMPLETE_REQUESTS, $"IoFreeIrp of {Irp}, which is not allocated");
        }
        if (record.IsInFlight)
        {
            executive.Breach("IRP-10", $"IoFreeIrp: the IRP at {Irp} is pending");
            throw executive.BugCheck(
                BugCheckCode.DRIVER_VERIFIER_IOMANAGER_VIOLATION, $"IoFreeIrp of {Irp}, which is pending");
        }
        executive.Io.Forget(Irp);
        if (executive.Observes(KernelEventKind.Destroyed))
            executive.Emit(KernelEvents.Destroyed("IRP", Irp.Address));
        executive.Pool.FreeFor(BlockUse.Irp, Irp.Address, nameof(IoFreeIrp));
    }

    /// <summary>Completes an IRP that the driver holds.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IofCompleteRequest(Executive executive, GuestPtr<IRP> Irp, sbyte PriorityBoost) =>
        IrpCompletion.CompleteAsStored(executive, Irp);

    private static int SizeOf(int stackSize) => IRP.SizeBytes + (stackSize * IO_STACK_LOCATION.SizeBytes);

    private static void NoteInitialized(Executive executive, GuestPtr<IRP> irp, string routine)
    {
        if (executive.Irps.OnInitialized(irp))
            executive.Breach("IRP-39", $"{routine}: the IRP at {irp} is pending");
    }

    private static void Fill(GuestPtr<IRP> irp, int sizeBytes, int stackSize)
    {
        GuestMemory.Span(irp.Address, sizeBytes).FillGuest((byte)0);
        ref var r = ref irp.Value;
        r.Type = IO_TYPE_IRP;
        r.Size = (ushort)sizeBytes;
        r.StackCount = (sbyte)stackSize;
        r.CurrentLocation = (sbyte)(stackSize + 1);
        r.CurrentStackLocation = new GuestPtr<IO_STACK_LOCATION>(irp.Address + IRP.SizeBytes).At(stackSize);
        var list = new GuestPtr<LIST_ENTRY>(irp.Address + 32);
        list.Value.Flink = list;
        list.Value.Blink = list;
    }
}
