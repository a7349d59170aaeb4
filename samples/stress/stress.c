/* stress.c: Threads threads make Cycles connections each to an echo server, one after the other.
 * A cycle: connect, send 64 bytes, receive the same 64 bytes, disconnect (gracefully, or abortively with
 * Abortive=1), close. One IRP, two buffers and their MDLs serve a thread for all of its cycles.
 * Failures are counted, the first of each thread is printed; the last thread prints the totals.
 * Parameters: see ../common/parameters.h. It knows no protocol; connect.c is the sample to read first. */
#include "../common/parameters.h"
#include "../common/call.h"
#include "../common/thread.h"

#define MESSAGE_BYTES 64
#define THREADS_MAX 64

typedef struct _STRESS_THREAD {
    struct _STRESS_STATE *State;
    ULONG Number;
    SAMPLE_CALL Call;
    SAMPLE_BUFFER Outgoing;
    SAMPLE_BUFFER Incoming;
    UCHAR OutgoingBytes[MESSAGE_BYTES];
    UCHAR IncomingBytes[MESSAGE_BYTES];
    PVOID Object;
    ULONG Done;
    ULONG Failed;
} STRESS_THREAD, *PSTRESS_THREAD;

typedef struct _STRESS_STATE {
    WSK_REGISTRATION Registration;
    SAMPLE_PARAMETERS Parameters;
    volatile LONG Running;
    volatile LONG64 Done;
    volatile LONG64 Failed;
    ULONG Started;
    STRESS_THREAD Threads[1];
} STRESS_STATE, *PSTRESS_STATE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD StressUnload;
static KSTART_ROUTINE StressThread;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};

static PSTRESS_STATE State;

static NTSTATUS SendMessage(
    PSTRESS_THREAD T, PWSK_SOCKET Socket, const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch)
{
    WSK_BUF buffer;
    ULONG_PTR sentBytes = 0;
    NTSTATUS status;
    buffer.Mdl = T->Outgoing.Mdl;
    buffer.Offset = 0;
    buffer.Length = MESSAGE_BYTES;
    SampleBeginCall(&T->Call);
    if (SampleIsStopping(&T->Call)) return STATUS_CANCELLED;
    status = SampleEndCall(&T->Call, Dispatch->WskSend(Socket, &buffer, 0, T->Call.Irp), &sentBytes);
    return NT_SUCCESS(status) && sentBytes != MESSAGE_BYTES ? STATUS_DATA_ERROR : status;
}

static NTSTATUS ReceiveMessage(
    PSTRESS_THREAD T, PWSK_SOCKET Socket, const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch)
{
    ULONG totalBytes = 0;
    RtlZeroMemory(T->IncomingBytes, MESSAGE_BYTES);
    while (totalBytes < MESSAGE_BYTES) {
        WSK_BUF buffer;
        ULONG_PTR receivedBytes = 0;
        NTSTATUS status;
        buffer.Mdl = T->Incoming.Mdl;
        buffer.Offset = totalBytes;
        buffer.Length = MESSAGE_BYTES - totalBytes;
        SampleBeginCall(&T->Call);
        if (SampleIsStopping(&T->Call)) return STATUS_CANCELLED;
        status = SampleEndCall(
            &T->Call, Dispatch->WskReceive(Socket, &buffer, 0, T->Call.Irp), &receivedBytes);
        if (!NT_SUCCESS(status)) return status;
        if (receivedBytes == 0) return STATUS_END_OF_FILE;
        totalBytes += (ULONG)receivedBytes;
    }
    if (!RtlEqualMemory(T->IncomingBytes, T->OutgoingBytes, MESSAGE_BYTES)) return STATUS_DATA_ERROR;
    return STATUS_SUCCESS;
}

/* One connection from its beginning to its end; Stage names the call that failed. Each step that can wait
 * looks at IsStopping after IoReuseIrp: a cancellation before that is seen there, a later one is in the IRP.
 * Closing is never skipped. */
static NTSTATUS RunCycle(PSTRESS_THREAD T, const WSK_PROVIDER_NPI *Provider, PCSTR *Stage)
{
    PSAMPLE_PARAMETERS parameters = &T->State->Parameters;
    const WSK_PROVIDER_CONNECTION_DISPATCH *dispatch;
    PWSK_SOCKET socket;
    ULONG_PTR created = 0;
    NTSTATUS status;
    NTSTATUS closed;

    SampleBeginCall(&T->Call);
    if (SampleIsStopping(&T->Call)) return STATUS_CANCELLED;
    *Stage = "WskSocketConnect";
    status = SampleEndCall(&T->Call,
        Provider->Dispatch->WskSocketConnect(Provider->Client, SOCK_STREAM, IPPROTO_TCP,
            (PSOCKADDR)&parameters->Local, (PSOCKADDR)&parameters->Remote, 0, NULL, NULL, NULL, NULL, NULL,
            T->Call.Irp),
        &created);
    if (!NT_SUCCESS(status)) return status;

    socket = (PWSK_SOCKET)created;
    dispatch = (const WSK_PROVIDER_CONNECTION_DISPATCH *)socket->Dispatch;
    *Stage = "WskSend";
    status = SendMessage(T, socket, dispatch);
    if (NT_SUCCESS(status)) {
        *Stage = "WskReceive";
        status = ReceiveMessage(T, socket, dispatch);
    }
    if (NT_SUCCESS(status)) {
        *Stage = "WskDisconnect";
        SampleBeginCall(&T->Call);
        if (SampleIsStopping(&T->Call)) status = STATUS_CANCELLED;
        else
            status = SampleEndCall(&T->Call,
                dispatch->WskDisconnect(
                    socket, NULL, parameters->Abortive ? WSK_FLAG_ABORTIVE : 0, T->Call.Irp),
                NULL);
    }
    SampleBeginCall(&T->Call);
    closed = SampleEndCall(&T->Call, dispatch->Basic.WskCloseSocket(socket, T->Call.Irp), NULL);
    if (NT_SUCCESS(status) && !NT_SUCCESS(closed)) {
        *Stage = "WskCloseSocket";
        status = closed;
    }
    return status;
}

static VOID NTAPI StressThread(PVOID Context)
{
    PSTRESS_THREAD t = (PSTRESS_THREAD)Context;
    PSTRESS_STATE s = t->State;
    WSK_PROVIDER_NPI provider;
    NTSTATUS status = WskCaptureProviderNPI(&s->Registration, WSK_INFINITE_WAIT, &provider);
    if (NT_SUCCESS(status)) {
        ULONG cycle;
        for (cycle = 0; cycle < s->Parameters.Cycles && !SampleIsStopping(&t->Call); cycle += 1) {
            PCSTR stage = "";
            t->OutgoingBytes[cycle % MESSAGE_BYTES] += (UCHAR)(cycle + t->Number);
            status = RunCycle(t, &provider, &stage);
            if (SampleIsStopping(&t->Call)) break;
            t->Done += 1;
            if (NT_SUCCESS(status)) continue;
            t->Failed += 1;
            if (t->Failed == 1)
                DbgPrint("stress: thread %u cycle %u: %s -> STATUS 0x%08X\n", t->Number, cycle, stage,
                    status);
        }
        WskReleaseProviderNPI(&s->Registration);
    } else {
        DbgPrint("stress: thread %u: WskCaptureProviderNPI -> STATUS 0x%08X\n", t->Number, status);
        t->Failed += 1;
    }

    InterlockedExchangeAdd64(&s->Done, t->Done);
    InterlockedExchangeAdd64(&s->Failed, t->Failed);
    if (InterlockedDecrement(&s->Running) == 0)
        DbgPrint("stress: %s, %u threads, %I64d cycles, %I64d failed\n", s->Parameters.RemoteText,
            s->Parameters.Threads, s->Done, s->Failed);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Stops and waits for the threads that were started, then gives everything back. */
static VOID StopAndFree(PSTRESS_STATE S, BOOLEAN IsRegistered)
{
    ULONG number;
    for (number = 0; number < S->Started; number += 1) SampleStopCall(&S->Threads[number].Call);
    if (IsRegistered) WskDeregister(&S->Registration);
    for (number = 0; number < S->Started; number += 1) SampleJoinThread(S->Threads[number].Object);
    for (number = 0; number < S->Parameters.Threads; number += 1) {
        PSTRESS_THREAD t = &S->Threads[number];
        if (t->Outgoing.Mdl != NULL) IoFreeMdl(t->Outgoing.Mdl);
        if (t->Incoming.Mdl != NULL) IoFreeMdl(t->Incoming.Mdl);
        SampleDeleteCall(&t->Call);
    }
    SampleFreeParameters(&S->Parameters);
    ExFreePoolWithTag(S, SAMPLE_TAG);
}

static VOID NTAPI StressUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    StopAndFree(State, TRUE);
    State = NULL;
    DbgPrint("stress: unloaded\n");
}

static NTSTATUS PrepareThread(PSTRESS_STATE S, ULONG Number)
{
    PSTRESS_THREAD t = &S->Threads[Number];
    NTSTATUS status;
    t->State = S;
    t->Number = Number;
    RtlFillMemory(t->OutgoingBytes, MESSAGE_BYTES, (UCHAR)('a' + Number % 26));
    status = SampleCreateCall(&t->Call);
    if (NT_SUCCESS(status)) status = SampleDescribe(&t->Outgoing, t->OutgoingBytes, MESSAGE_BYTES);
    if (NT_SUCCESS(status)) status = SampleDescribe(&t->Incoming, t->IncomingBytes, MESSAGE_BYTES);
    return status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    SAMPLE_PARAMETERS parameters;
    WSK_CLIENT_NPI client;
    PSTRESS_STATE s;
    BOOLEAN isRegistered;
    ULONG number;
    NTSTATUS status = SampleReadParameters(RegistryPath, &parameters);
    if (NT_SUCCESS(status) && (parameters.Threads == 0 || parameters.Threads > THREADS_MAX)) {
        DbgPrint("stress: Threads must be 1 to %u\n", THREADS_MAX);
        status = STATUS_INVALID_PARAMETER;
    }
    if (!NT_SUCCESS(status)) {
        SampleFreeParameters(&parameters);
        return status;
    }

    s = (PSTRESS_STATE)ExAllocatePool2(POOL_FLAG_NON_PAGED,
        sizeof(STRESS_STATE) + (parameters.Threads - 1) * sizeof(STRESS_THREAD), SAMPLE_TAG);
    if (s == NULL) {
        SampleFreeParameters(&parameters);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    s->Parameters = parameters;
    s->Running = (LONG)parameters.Threads;
    for (number = 0; number < parameters.Threads && NT_SUCCESS(status); number += 1)
        status = PrepareThread(s, number);

    client.ClientContext = s;
    client.Dispatch = &ClientDispatch;
    if (NT_SUCCESS(status)) status = WskRegister(&client, &s->Registration);
    isRegistered = NT_SUCCESS(status);
    while (NT_SUCCESS(status) && s->Started < parameters.Threads) {
        PSTRESS_THREAD t = &s->Threads[s->Started];
        status = SampleStartThread(StressThread, t, &t->Object);
        if (NT_SUCCESS(status)) s->Started += 1;
    }
    if (!NT_SUCCESS(status)) {
        DbgPrint("stress: DriverEntry -> STATUS 0x%08X\n", status);
        StopAndFree(s, isRegistered);
        return status;
    }
    State = s;
    DriverObject->DriverUnload = StressUnload;
    return STATUS_SUCCESS;
}
