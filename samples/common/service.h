/* service.h: what a driver that serves does from loading to unloading: it registers, a thread captures the
 * provider, opens the sockets and then runs works (worker.h) until all is closed again, and releases.
 * It knows nothing about sockets: Open and the routine of Stop are the sample's.
 * DriverEntry must not wait for the provider, which is why even the capture is the thread's. */
#pragma once

#include "call.h"
#include "operation.h"

struct _SAMPLE_SERVICE;

/* Opens the sockets, on the thread. After a failure nothing may be open and no work is run. */
typedef NTSTATUS SAMPLE_OPEN_ROUTINE(struct _SAMPLE_SERVICE *Service);

typedef struct _SAMPLE_SERVICE {
    PCSTR Name;             /* Stands before what is printed. */
    SAMPLE_OPEN_ROUTINE *Open;
    SAMPLE_WORKER Worker;
    SAMPLE_WORK Stop;       /* Closes everything; the last thing that is closed calls SampleEndWorker. */
    SAMPLE_CALL Call;       /* For calls that the thread waits for. */
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Provider;
    PVOID Thread;
} SAMPLE_SERVICE, *PSAMPLE_SERVICE;

/* From DriverEntry. After a failure there is nothing to stop. */
NTSTATUS SampleStartService(
    PSAMPLE_SERVICE Service, PCSTR Name, SAMPLE_OPEN_ROUTINE *Open, SAMPLE_WORK_ROUTINE *Stop);

/* From DriverUnload: when it returns, nothing of the driver is called any more. */
VOID SampleStopService(PSAMPLE_SERVICE Service);
