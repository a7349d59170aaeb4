/* service.c: what service.h describes.
 * It knows nothing about sockets. */
#include "service.h"
#include "thread.h"

static KSTART_ROUTINE ServiceThread;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};

static VOID NTAPI ServiceThread(PVOID Context)
{
    PSAMPLE_SERVICE s = (PSAMPLE_SERVICE)Context;
    NTSTATUS status = WskCaptureProviderNPI(&s->Registration, WSK_INFINITE_WAIT, &s->Provider);
    if (NT_SUCCESS(status)) {
        status = s->Open(s);
        if (NT_SUCCESS(status)) SampleRunWorker(&s->Worker);
        WskReleaseProviderNPI(&s->Registration);
    }
    DbgPrint("%s: done -> STATUS 0x%08X\n", s->Name, status);
    PsTerminateSystemThread(status);
}

NTSTATUS SampleStartService(
    PSAMPLE_SERVICE Service, PCSTR Name, SAMPLE_OPEN_ROUTINE *Open, SAMPLE_WORK_ROUTINE *Stop)
{
    WSK_CLIENT_NPI client;
    NTSTATUS status;
    Service->Name = Name;
    Service->Open = Open;
    SampleInitializeWorker(&Service->Worker);
    SampleInitializeWork(&Service->Stop, Stop);
    status = SampleCreateCall(&Service->Call);
    if (!NT_SUCCESS(status)) return status;

    client.ClientContext = Service;
    client.Dispatch = &ClientDispatch;
    status = WskRegister(&client, &Service->Registration);
    if (NT_SUCCESS(status)) {
        status = SampleStartThread(ServiceThread, Service, &Service->Thread);
        if (NT_SUCCESS(status)) return status;
        WskDeregister(&Service->Registration);
    }
    SampleDeleteCall(&Service->Call);
    return status;
}

VOID SampleStopService(PSAMPLE_SERVICE Service)
{
    SampleQueueWork(&Service->Worker, &Service->Stop);
    /* Deregistering wakes a capture that still waits, and returns when every socket is closed and the thread
     * has released the provider. */
    WskDeregister(&Service->Registration);
    SampleJoinThread(Service->Thread);
    SampleDeleteCall(&Service->Call);
    DbgPrint("%s: unloaded\n", Service->Name);
}
