/* thread.h: a thread of the driver that somebody waits for before its memory and its code may go.
 * It knows nothing about what the thread does or how it is told to end: see call.h and worker.h. */
#pragma once

#include <ntddk.h>

/* Starts a system thread; Thread receives its object, which SampleJoinThread gives back.
 * IRQL: PASSIVE_LEVEL. */
NTSTATUS SampleStartThread(PKSTART_ROUTINE Routine, PVOID Context, PVOID *Thread);

/* Waits until the thread has ended. */
VOID SampleJoinThread(PVOID Thread);
