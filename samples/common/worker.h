/* worker.h: work that is handed from completion routines and event callbacks to one thread.
 * Those run at up to DISPATCH_LEVEL in somebody else's thread, must be quick and may not wait. So they only
 * queue a work; the thread, at PASSIVE_LEVEL, decides what follows. What only that thread touches needs no
 * lock. Works run in the order in which they were queued.
 * It knows nothing about WSK: an IRP whose completion is a work is in operation.h. */
#pragma once

#include <ntddk.h>

struct _SAMPLE_WORK;

typedef VOID SAMPLE_WORK_ROUTINE(struct _SAMPLE_WORK *Work);

/* Something to do; part of a larger structure, to which the routine goes back with CONTAINING_RECORD. */
typedef struct _SAMPLE_WORK {
    LIST_ENTRY Link;
    SAMPLE_WORK_ROUTINE *Routine;
    BOOLEAN IsQueued;
} SAMPLE_WORK, *PSAMPLE_WORK;

/* The queue; IsDone belongs to the thread that runs it. */
typedef struct _SAMPLE_WORKER {
    KSPIN_LOCK Lock;
    LIST_ENTRY Queue;
    KEVENT Wake;
    BOOLEAN IsDone;
} SAMPLE_WORKER, *PSAMPLE_WORKER;

VOID SampleInitializeWorker(PSAMPLE_WORKER Worker);

VOID SampleInitializeWork(PSAMPLE_WORK Work, SAMPLE_WORK_ROUTINE *Routine);

/* Queues a work; one that is queued already is not queued twice. IRQL: <= DISPATCH_LEVEL. */
VOID SampleQueueWork(PSAMPLE_WORKER Worker, PSAMPLE_WORK Work);

/* Runs works until one of them has called SampleEndWorker. A routine may free its own work.
 * IRQL: PASSIVE_LEVEL. */
VOID SampleRunWorker(PSAMPLE_WORKER Worker);

VOID SampleEndWorker(PSAMPLE_WORKER Worker);
