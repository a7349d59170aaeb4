/* conditional.c: a TCP server that decides about each connection request before there is a connection: it
 * listens in conditional accept mode. The peer's port decides: modulo 4, 0 is accepted, 1 rejected, 2
 * accepted after a while, 3 rejected after a while. Who is accepted is told under which identifier the
 * request was inspected (SIO_WSK_QUERY_INSPECT_ID) and disconnected; WskAccept takes them, one at a time.
 * Parameters: LocalAddress (default ::, which serves IPv4 too), LocalPort, Rule (1 to 4: treat every peer as
 * port 0 to 3), PendMilliseconds (how long "a while" is). The judgement is in requests.c, read it next. */
#include "conditional.h"

#define GREETING_BYTES 64

typedef enum _DOOR_STAGE { DoorAccepting, DoorGreeting, DoorDraining } DOOR_STAGE;

typedef struct _DOOR_CONNECTION {
    LIST_ENTRY Link;
    PDOOR_SERVER Server;
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch;
    SAMPLE_OPERATION Step;      /* Everything but closing, one after the other. */
    SAMPLE_OPERATION Close;
    DOOR_STAGE Stage;
    BOOLEAN IsClosing;
    SOCKADDR_INET Remote;
    SAMPLE_BUFFER Greeting;
    UCHAR GreetingBytes[GREETING_BYTES];
} DOOR_CONNECTION, *PDOOR_CONNECTION;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD DoorUnload;
static SAMPLE_WORK_ROUTINE StepDone, CloseDone;

/* The driver has one instance. It is allocated because IRPs, events and locks must not be pageable. */
static PDOOR_SERVER Server;

static VOID FreeConnection(PDOOR_CONNECTION C)
{
    SampleDeleteOperation(&C->Step);
    SampleDeleteOperation(&C->Close);
    if (C->Greeting.Mdl != NULL) IoFreeMdl(C->Greeting.Mdl);
    ExFreePoolWithTag(C, SAMPLE_TAG);
}

static PDOOR_CONNECTION AllocateConnection(PDOOR_SERVER S)
{
    PSAMPLE_WORKER worker = &S->Service.Worker;
    NTSTATUS status;
    PDOOR_CONNECTION c = (PDOOR_CONNECTION)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*c), SAMPLE_TAG);
    if (c == NULL) return NULL;
    c->Server = S;
    status = SampleCreateOperation(&c->Step, worker, StepDone);
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&c->Close, worker, CloseDone);
    if (NT_SUCCESS(status)) status = SampleDescribe(&c->Greeting, c->GreetingBytes, GREETING_BYTES);
    if (NT_SUCCESS(status)) return c;
    FreeConnection(c);
    return NULL;
}

/* Only when no request is pended: WskInspectComplete needs the socket. */
static VOID CloseListener(PDOOR_SERVER S)
{
    if (S->IsListenerClosing) return;
    S->IsListenerClosing = TRUE;
    SampleCloseListener(&S->Listener, &S->Close);
}

static VOID Accept(PDOOR_SERVER S)
{
    if (S->Accepting != NULL || S->IsStopping) return;
    S->Accepting = AllocateConnection(S);
    if (S->Accepting == NULL) {
        DbgPrint("conditional: no memory for another connection\n");
        return;
    }
    S->Accepting->Stage = DoorAccepting;
    S->Listener.Dispatch->WskAccept(S->Listener.Socket, 0, NULL, NULL, NULL,
        (PSOCKADDR)&S->Accepting->Remote, SampleBeginOperation(&S->Accepting->Step));
}

static VOID Close(PDOOR_CONNECTION C)
{
    if (C->IsClosing) return;
    C->IsClosing = TRUE;
    C->Dispatch->Basic.WskCloseSocket(C->Socket, SampleBeginOperation(&C->Close));
}

/* The last data may go with the disconnection: one call sends the greeting and ends our side. */
static VOID Greet(PDOOR_CONNECTION C)
{
    static const CHAR greeting[] = "you were let in\r\n";
    WSK_BUF buffer = {C->Greeting.Mdl, 0, sizeof(greeting) - 1};
    RtlCopyMemory(C->GreetingBytes, greeting, sizeof(greeting) - 1);
    C->Stage = DoorGreeting;
    C->Dispatch->WskDisconnect(C->Socket, &buffer, 0, SampleBeginOperation(&C->Step));
}

/* Until the peer ends its side too: a socket that is closed earlier resets the connection, and the peer
 * might lose the greeting. What it sends is thrown away. */
static VOID Drain(PDOOR_CONNECTION C)
{
    WSK_BUF nothing = {NULL, 0, 0};
    C->Stage = DoorDraining;
    C->Dispatch->WskReceive(C->Socket, &nothing, WSK_FLAG_DRAIN, SampleBeginOperation(&C->Step));
}

/* The query is answered by return: it takes no IRP. */
static VOID PrintAccepted(PDOOR_CONNECTION C)
{
    CHAR text[SAMPLE_ADDRESS_CHARS];
    WSK_INSPECT_ID id = {0, 0};
    SIZE_T bytes = 0;
    NTSTATUS status = C->Dispatch->Basic.WskControlSocket(C->Socket, WskIoctl, SIO_WSK_QUERY_INSPECT_ID, 0, 0,
        NULL, sizeof(id), &id, &bytes, NULL);
    DbgPrint("conditional: %s is connected, request %Ix.%u -> STATUS 0x%08X\n",
        SampleFormatAddress((PSOCKADDR)&C->Remote, text), id.Key, id.SerialNumber, status);
}

/* All is over when the listening socket and every connection are closed. */
static VOID EndWhenAllIsClosed(PDOOR_SERVER S)
{
    if (!S->IsStopping || S->Close.Irp != NULL || S->Accepting != NULL || !IsListEmpty(&S->Connections))
        return;
    DoorStopTimer(S);
    DbgPrint("conditional: %u connections\n", S->Served);
    SampleEndWorker(&S->Service.Worker);
}

static VOID Accepted(PDOOR_CONNECTION C, NTSTATUS Status, ULONG_PTR Socket)
{
    PDOOR_SERVER s = C->Server;
    s->Accepting = NULL;
    if (!NT_SUCCESS(Status)) {
        FreeConnection(C);
        /* It would fail again and again, so no further accept is made. */
        if (!s->IsStopping) DbgPrint("conditional: WskAccept -> STATUS 0x%08X\n", Status);
        EndWhenAllIsClosed(s);
        return;
    }
    C->Socket = (PWSK_SOCKET)Socket;
    C->Dispatch = (const WSK_PROVIDER_CONNECTION_DISPATCH *)C->Socket->Dispatch;
    InsertTailList(&s->Connections, &C->Link);
    s->Served += 1;
    PrintAccepted(C);
    if (s->IsStopping) Close(C);
    else Greet(C);
    Accept(s);
}

static VOID StepDone(PSAMPLE_WORK Work)
{
    PDOOR_CONNECTION c = CONTAINING_RECORD(Work, DOOR_CONNECTION, Step.Work);
    NTSTATUS status = c->Step.Irp->IoStatus.Status;
    if (c->Stage == DoorAccepting) Accepted(c, status, c->Step.Irp->IoStatus.Information);
    else if (c->IsClosing) return;
    else if (NT_SUCCESS(status) && c->Stage == DoorGreeting) Drain(c);
    else Close(c);
}

static VOID CloseDone(PSAMPLE_WORK Work)
{
    PDOOR_CONNECTION c = CONTAINING_RECORD(Work, DOOR_CONNECTION, Close.Work);
    PDOOR_SERVER s = c->Server;
    RemoveEntryList(&c->Link);
    FreeConnection(c);
    Accept(s);
    EndWhenAllIsClosed(s);
}

static VOID ListenerCloseDone(PSAMPLE_WORK Work)
{
    PDOOR_SERVER s = CONTAINING_RECORD(Work, DOOR_SERVER, Close.Work);
    SampleDeleteOperation(&s->Close);
    EndWhenAllIsClosed(s);
}

VOID DoorDecided(PDOOR_SERVER Server)
{
    if (Server->IsStopping && DoorHasDecidedAll(Server)) CloseListener(Server);
}

static VOID Stop(PSAMPLE_WORK Work)
{
    PDOOR_SERVER s = CONTAINING_RECORD(Work, DOOR_SERVER, Service.Stop);
    PLIST_ENTRY entry;
    if (s->IsStopping) return;
    s->IsStopping = TRUE;
    for (entry = s->Connections.Flink; entry != &s->Connections; entry = entry->Flink)
        Close(CONTAINING_RECORD(entry, DOOR_CONNECTION, Link));
    /* Whoever waits for a decision gets one; the last of them lets the listening socket be closed. */
    DoorRejectAll(s);
}

static VOID ListenerLost(PSAMPLE_WORK Work)
{
    PDOOR_SERVER s = CONTAINING_RECORD(Work, DOOR_SERVER, ListenerLost);
    DbgPrint("conditional: the listening socket is of no use any more\n");
    Stop(&s->Service.Stop);
}

static NTSTATUS Open(PSAMPLE_SERVICE Service)
{
    PDOOR_SERVER s = CONTAINING_RECORD(Service, DOOR_SERVER, Service);
    /* Conditional accept is the one thing that needs callbacks; it enables the two by itself. */
    NTSTATUS status = SampleOpenListener(Service, &s->Local, TRUE, &DoorCallbacks, s, &s->Listener);
    if (NT_SUCCESS(status)) Accept(s);
    return status;
}

static VOID FreeServer(PDOOR_SERVER S)
{
    SampleDeleteOperation(&S->Close);
    ExFreePoolWithTag(S, SAMPLE_TAG);
}

static VOID NTAPI DoorUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    SampleStopService(&Server->Service);
    FreeServer(Server);
    Server = NULL;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    SAMPLE_NUMBER numbers[2];
    NTSTATUS status;
    PDOOR_SERVER s = (PDOOR_SERVER)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*s), SAMPLE_TAG);
    if (s == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    InitializeListHead(&s->Connections);
    SampleInitializeWork(&s->ListenerLost, ListenerLost);
    DoorInitializeRequests(s);
    s->PendMilliseconds = 100;
    numbers[0].Name = L"Rule";
    numbers[0].Value = &s->Rule;
    numbers[1].Name = L"PendMilliseconds";
    numbers[1].Value = &s->PendMilliseconds;
    status = SampleReadServer(RegistryPath, L"::", numbers, 2, &s->Local);
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&s->Close, &s->Service.Worker, ListenerCloseDone);
    if (NT_SUCCESS(status)) status = SampleStartService(&s->Service, "conditional", Open, Stop);
    if (!NT_SUCCESS(status)) {
        DbgPrint("conditional: DriverEntry -> STATUS 0x%08X\n", status);
        FreeServer(s);
        return status;
    }
    Server = s;
    DriverObject->DriverUnload = DoorUnload;
    return STATUS_SUCCESS;
}
