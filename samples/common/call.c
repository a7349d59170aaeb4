/* call.c: the synchronous use of WSK that call.h describes: a completion routine, an event, a reused IRP.
 * It knows nothing about sockets. */
#include "call.h"

static IO_COMPLETION_ROUTINE CallCompleted;

static NTSTATUS NTAPI CallCompleted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(&((PSAMPLE_CALL)Context)->Done, IO_NO_INCREMENT, FALSE);
    /* The IRP is ours and will be used again, so nobody may complete it further. */
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS SampleCreateCall(PSAMPLE_CALL Call)
{
    KeInitializeEvent(&Call->Done, SynchronizationEvent, FALSE);
    Call->IsStopping = 0;
    Call->Irp = IoAllocateIrp(1, FALSE);
    return Call->Irp != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

VOID SampleDeleteCall(PSAMPLE_CALL Call)
{
    if (Call->Irp != NULL) IoFreeIrp(Call->Irp);
    Call->Irp = NULL;
}

VOID SampleBeginCall(PSAMPLE_CALL Call)
{
    IoReuseIrp(Call->Irp, STATUS_UNSUCCESSFUL);
    KeClearEvent(&Call->Done);
    IoSetCompletionRoutine(Call->Irp, CallCompleted, Call, TRUE, TRUE, TRUE);
}

NTSTATUS SampleEndCall(PSAMPLE_CALL Call, NTSTATUS Returned, PULONG_PTR Information)
{
    /* The routine runs for every call that was given the IRP, so the event is waited for in each case: what
     * the call returned tells only whether that had happened already. */
    UNREFERENCED_PARAMETER(Returned);
    KeWaitForSingleObject(&Call->Done, Executive, KernelMode, FALSE, NULL);
    if (Information != NULL) *Information = Call->Irp->IoStatus.Information;
    return Call->Irp->IoStatus.Status;
}

VOID SampleStopCall(PSAMPLE_CALL Call)
{
    /* The flag is set first: a call that begins after the cancellation sees the flag, one that began before
     * is cancelled. The IRP outlives its thread, so it cannot be gone. */
    InterlockedExchange(&Call->IsStopping, 1);
    if (Call->Irp != NULL) IoCancelIrp(Call->Irp);
}

BOOLEAN SampleIsStopping(PSAMPLE_CALL Call)
{
    return InterlockedCompareExchange(&Call->IsStopping, 0, 0) != 0;
}

NTSTATUS SampleDescribe(PSAMPLE_BUFFER Buffer, PVOID Bytes, ULONG Length)
{
    Buffer->Bytes = (PUCHAR)Bytes;
    Buffer->Mdl = IoAllocateMdl(Bytes, Length, FALSE, FALSE, NULL);
    if (Buffer->Mdl == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(Buffer->Mdl);
    return STATUS_SUCCESS;
}
