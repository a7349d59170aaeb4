/* echo-events.c: a TCP echo server by event callbacks, enabled for every socket of the client at once by
 * WSK_SET_STATIC_EVENT_CALLBACKS. WskAcceptEvent takes connections, WskReceiveEvent keeps what it is shown
 * and sends the very same buffers back, WskRelease returns them when they are sent: nothing is copied. How
 * much may be kept is what the provider calls the ideal send backlog. Beyond it data is refused and stays
 * with the provider, so that TCP slows the peer down; when half is sent, the callback is asked for again.
 * Parameters: LocalAddress (default ::, which serves IPv4 too), LocalPort, Backlog (bytes that may be kept,
 * instead of what the provider says). Read echo-events.h next; calls instead of callbacks: ../echo-calls. */
#include "echo-events.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD EchoUnload;

/* The driver has one instance. It is allocated because IRPs, events and locks must not be pageable. */
static PECHO_SERVER Server;

static NTSTATUS WSKAPI AcceptEvent(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress,
    PSOCKADDR RemoteAddress, PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
    const WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    PECHO_SERVER s = (PECHO_SERVER)SocketContext;
    KLOCK_QUEUE_HANDLE lock;
    PECHO_CONNECTION c;
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    if (AcceptSocket == NULL) {
        SampleQueueWork(&s->Service.Worker, &s->ListenerLost);
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    c = EchoAllocateConnection(s, AcceptSocket, RemoteAddress);
    if (c == NULL) return STATUS_REQUEST_NOT_ACCEPTED;

    KeAcquireInStackQueuedSpinLock(&s->Lock, &lock);
    if (s->IsStopping) {
        KeReleaseInStackQueuedSpinLock(&lock);
        EchoFreeConnection(c);
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    *AcceptSocketContext = c;
    *AcceptSocketDispatch = &EchoCallbacks;
    InsertTailList(&s->Connections, &c->Link);
    /* The thread's first look asks for the ideal backlog. */
    SampleQueueWork(&s->Service.Worker, &c->Attention);
    KeReleaseInStackQueuedSpinLock(&lock);
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_LISTEN_DISPATCH ListenCallbacks = {AcceptEvent, NULL, NULL};

static VOID CloseListener(PECHO_SERVER S)
{
    if (S->IsListenerClosing) return;
    S->IsListenerClosing = TRUE;
    SampleCloseListener(&S->Listener, &S->Close);
}

static VOID ListenerLost(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, ListenerLost);
    DbgPrint("echo-events: the listening socket is of no use any more\n");
    CloseListener(s);
}

/* The list is stable while the server stops: WskAcceptEvent inserts nothing then. */
static VOID EndWhenAllIsClosed(PECHO_SERVER S)
{
    if (!S->IsStopping || S->Close.Irp != NULL || !IsListEmpty(&S->Connections)) return;
    DbgPrint("echo-events: %u connections, %I64u bytes\n", S->Served, S->EchoedBytes);
    SampleEndWorker(&S->Service.Worker);
}

static VOID ListenerCloseDone(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, Close.Work);
    SampleDeleteOperation(&s->Close);
    EndWhenAllIsClosed(s);
}

VOID EchoConnectionClosed(PECHO_CONNECTION Connection)
{
    PECHO_SERVER s = Connection->Server;
    KLOCK_QUEUE_HANDLE lock;
    CHAR text[SAMPLE_ADDRESS_CHARS];
    KeAcquireInStackQueuedSpinLock(&s->Lock, &lock);
    RemoveEntryList(&Connection->Link);
    KeReleaseInStackQueuedSpinLock(&lock);
    DbgPrint("echo-events: %s ended after %I64u bytes -> STATUS 0x%08X\n",
        SampleFormatAddress((PSOCKADDR)&Connection->Remote, text), Connection->EchoedBytes,
        Connection->Status);
    s->Served += 1;
    s->EchoedBytes += Connection->EchoedBytes;
    EchoFreeConnection(Connection);
    EndWhenAllIsClosed(s);
}

static VOID Stop(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, Service.Stop);
    KLOCK_QUEUE_HANDLE lock;
    PLIST_ENTRY entry;
    KeAcquireInStackQueuedSpinLock(&s->Lock, &lock);
    s->IsStopping = TRUE;
    KeReleaseInStackQueuedSpinLock(&lock);
    CloseListener(s);
    for (entry = s->Connections.Flink; entry != &s->Connections; entry = entry->Flink) {
        PECHO_CONNECTION c = CONTAINING_RECORD(entry, ECHO_CONNECTION, Link);
        /* For one that is being closed a new work might come after the last. */
        if (!c->IsClosing) EchoBreak(c, STATUS_CANCELLED);
    }
    EndWhenAllIsClosed(s);
}

/* Must come before the client's first socket; each socket then has those of the events that suit it. */
static NTSTATUS EnableCallbacks(PSAMPLE_SERVICE Service)
{
    WSK_EVENT_CALLBACK_CONTROL control;
    NTSTATUS status;
    control.NpiId = &NPI_WSK_INTERFACE_ID;
    control.EventMask =
        WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG;
    status = Service->Provider.Dispatch->WskControlClient(Service->Provider.Client,
        WSK_SET_STATIC_EVENT_CALLBACKS, sizeof(control), &control, 0, NULL, NULL, NULL);
    if (!NT_SUCCESS(status))
        DbgPrint("echo-events: WSK_SET_STATIC_EVENT_CALLBACKS -> STATUS 0x%08X\n", status);
    return status;
}

static NTSTATUS Open(PSAMPLE_SERVICE Service)
{
    PECHO_SERVER s = CONTAINING_RECORD(Service, ECHO_SERVER, Service);
    NTSTATUS status = EnableCallbacks(Service);
    /* WskAcceptEvent may come before this returns; everything that it needs is ready. */
    if (NT_SUCCESS(status))
        status = SampleOpenListener(Service, &s->Local, FALSE, &ListenCallbacks, s, &s->Listener);
    return status;
}

static VOID FreeServer(PECHO_SERVER S)
{
    SampleDeleteOperation(&S->Close);
    ExFreePoolWithTag(S, SAMPLE_TAG);
}

static VOID NTAPI EchoUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    SampleStopService(&Server->Service);
    FreeServer(Server);
    Server = NULL;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    SAMPLE_NUMBER numbers[1];
    NTSTATUS status;
    PECHO_SERVER s = (PECHO_SERVER)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*s), SAMPLE_TAG);
    if (s == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeSpinLock(&s->Lock);
    InitializeListHead(&s->Connections);
    SampleInitializeWork(&s->ListenerLost, ListenerLost);
    numbers[0].Name = L"Backlog";
    numbers[0].Value = &s->Backlog;
    status = SampleReadServer(RegistryPath, L"::", numbers, 1, &s->Local);
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&s->Close, &s->Service.Worker, ListenerCloseDone);
    if (NT_SUCCESS(status)) status = SampleStartService(&s->Service, "echo-events", Open, Stop);
    if (!NT_SUCCESS(status)) {
        DbgPrint("echo-events: DriverEntry -> STATUS 0x%08X\n", status);
        FreeServer(s);
        return status;
    }
    Server = s;
    DriverObject->DriverUnload = EchoUnload;
    return STATUS_SUCCESS;
}
