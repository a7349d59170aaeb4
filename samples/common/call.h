/* call.h: one reused IRP with which a thread makes WSK calls one after the other and waits for each.
 * It knows nothing about what the calls do. Use: SampleBeginCall, the WSK call with Irp, SampleEndCall. */
#pragma once

#include <ntddk.h>
#include <wsk.h>

typedef struct _SAMPLE_CALL {
    PIRP Irp;
    KEVENT Done;
    volatile LONG IsStopping;
} SAMPLE_CALL, *PSAMPLE_CALL;

NTSTATUS SampleCreateCall(PSAMPLE_CALL Call);

VOID SampleDeleteCall(PSAMPLE_CALL Call);

/* Makes the IRP ready for the next WSK call. */
VOID SampleBeginCall(PSAMPLE_CALL Call);

/* Waits for what the WSK call returned and gives the final status; Information may be NULL. */
NTSTATUS SampleEndCall(PSAMPLE_CALL Call, NTSTATUS Returned, PULONG_PTR Information);

/* From another thread: cancels the call under way, and tells SampleIsStopping. */
VOID SampleStopCall(PSAMPLE_CALL Call);

BOOLEAN SampleIsStopping(PSAMPLE_CALL Call);

/* A nonpaged buffer with its MDL. */
typedef struct _SAMPLE_BUFFER {
    PUCHAR Bytes;
    PMDL Mdl;
} SAMPLE_BUFFER, *PSAMPLE_BUFFER;

/* Describes nonpaged memory of the caller, who keeps it. */
NTSTATUS SampleDescribe(PSAMPLE_BUFFER Buffer, PVOID Bytes, ULONG Length);
