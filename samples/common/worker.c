/* worker.c: what worker.h describes: a list under a spin lock, and an event that wakes the thread.
 * It knows nothing about WSK. */
#include "worker.h"

VOID SampleInitializeWorker(PSAMPLE_WORKER Worker)
{
    KeInitializeSpinLock(&Worker->Lock);
    InitializeListHead(&Worker->Queue);
    KeInitializeEvent(&Worker->Wake, SynchronizationEvent, FALSE);
    Worker->IsDone = FALSE;
}

VOID SampleInitializeWork(PSAMPLE_WORK Work, SAMPLE_WORK_ROUTINE *Routine)
{
    Work->Routine = Routine;
    Work->IsQueued = FALSE;
}

VOID SampleQueueWork(PSAMPLE_WORKER Worker, PSAMPLE_WORK Work)
{
    KLOCK_QUEUE_HANDLE lock;
    KeAcquireInStackQueuedSpinLock(&Worker->Lock, &lock);
    if (!Work->IsQueued) {
        Work->IsQueued = TRUE;
        InsertTailList(&Worker->Queue, &Work->Link);
        /* Inside the lock: outside of it the work might have run already, and the driver be unloaded. */
        KeSetEvent(&Worker->Wake, IO_NO_INCREMENT, FALSE);
    }
    KeReleaseInStackQueuedSpinLock(&lock);
}

static PSAMPLE_WORK TakeWork(PSAMPLE_WORKER Worker)
{
    KLOCK_QUEUE_HANDLE lock;
    PSAMPLE_WORK work = NULL;
    KeAcquireInStackQueuedSpinLock(&Worker->Lock, &lock);
    if (!IsListEmpty(&Worker->Queue)) {
        work = CONTAINING_RECORD(RemoveHeadList(&Worker->Queue), SAMPLE_WORK, Link);
        work->IsQueued = FALSE;
    }
    KeReleaseInStackQueuedSpinLock(&lock);
    return work;
}

VOID SampleRunWorker(PSAMPLE_WORKER Worker)
{
    while (!Worker->IsDone) {
        PSAMPLE_WORK work = TakeWork(Worker);
        if (work != NULL) work->Routine(work);
        else KeWaitForSingleObject(&Worker->Wake, Executive, KernelMode, FALSE, NULL);
    }
}

VOID SampleEndWorker(PSAMPLE_WORKER Worker)
{
    Worker->IsDone = TRUE;
}
