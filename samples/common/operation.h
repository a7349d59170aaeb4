/* operation.h: an IRP of one's own for WSK calls that are not waited for: when the call is complete, a work
 * is queued. Use: the WSK call with SampleBeginOperation's IRP, and later, in the work's routine, the
 * IRP's IoStatus. One operation is under way at most once at a time.
 * It knows nothing about what the calls do. To wait for a call instead, see call.h. */
#pragma once

#include "worker.h"

typedef struct _SAMPLE_OPERATION {
    SAMPLE_WORK Work;
    PSAMPLE_WORKER Worker;
    PIRP Irp;
} SAMPLE_OPERATION, *PSAMPLE_OPERATION;

/* Allocates the IRP. IRQL: <= DISPATCH_LEVEL. */
NTSTATUS SampleCreateOperation(
    PSAMPLE_OPERATION Operation, PSAMPLE_WORKER Worker, SAMPLE_WORK_ROUTINE *Routine);

/* Frees the IRP, if there is one; the operation must not be under way. */
VOID SampleDeleteOperation(PSAMPLE_OPERATION Operation);

/* Makes the IRP ready for the next call. The call must follow: only it leads to the work. */
PIRP SampleBeginOperation(PSAMPLE_OPERATION Operation);
