/* operation.c: what operation.h describes. What a call returns is of no interest here: the completion routine
 * runs for every call that is given an IRP, whether it fails, succeeds or pends.
 * It knows nothing about sockets. */
#include "operation.h"

static IO_COMPLETION_ROUTINE OperationCompleted;

static NTSTATUS NTAPI OperationCompleted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PSAMPLE_OPERATION operation = (PSAMPLE_OPERATION)Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    SampleQueueWork(operation->Worker, &operation->Work);
    /* The IRP is ours and will be used again, so nobody may complete it further. */
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS SampleCreateOperation(
    PSAMPLE_OPERATION Operation, PSAMPLE_WORKER Worker, SAMPLE_WORK_ROUTINE *Routine)
{
    SampleInitializeWork(&Operation->Work, Routine);
    Operation->Worker = Worker;
    Operation->Irp = IoAllocateIrp(1, FALSE);
    return Operation->Irp != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

VOID SampleDeleteOperation(PSAMPLE_OPERATION Operation)
{
    if (Operation->Irp != NULL) IoFreeIrp(Operation->Irp);
    Operation->Irp = NULL;
}

PIRP SampleBeginOperation(PSAMPLE_OPERATION Operation)
{
    IoReuseIrp(Operation->Irp, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(Operation->Irp, OperationCompleted, Operation, TRUE, TRUE, TRUE);
    return Operation->Irp;
}
