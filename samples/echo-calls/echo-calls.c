/* echo-calls.c: a TCP echo server that asks for everything by calls: WskAccept for each connection, then
 * WskReceive and WskSend in turn until the peer ends, WskDisconnect, WskCloseSocket. No event callback.
 * Every call is made by one thread; a completion routine only hands the finished IRP to it
 * (../common/operation.h). So the state needs no lock, and no call overlaps with the closing of its socket.
 * Parameters: LocalAddress (default ::, which serves IPv4 too), LocalPort, Connections (how many at a time).
 * It does not know event callbacks: see ../echo-events/echo-events.c. */
#include "../common/listener.h"
#include "../common/parameters.h"

#define BUFFER_BYTES 16384

typedef enum _ECHO_STAGE { EchoAccepting, EchoReceiving, EchoSending, EchoDisconnecting } ECHO_STAGE;

typedef struct _ECHO_CONNECTION {
    LIST_ENTRY Link;
    struct _ECHO_SERVER *Server;
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch;
    SAMPLE_OPERATION Transfer; /* Everything but closing: at most one of them is under way. */
    SAMPLE_OPERATION Close;    /* An IRP of its own: closing is possible while a transfer is pending. */
    ECHO_STAGE Stage;
    BOOLEAN IsClosing;
    NTSTATUS Status;           /* Why it ended. */
    ULONGLONG EchoedBytes;
    SOCKADDR_INET Remote;
    SAMPLE_BUFFER Buffer;
    UCHAR Bytes[BUFFER_BYTES];
} ECHO_CONNECTION, *PECHO_CONNECTION;

typedef struct _ECHO_SERVER {
    SAMPLE_SERVICE Service;
    SAMPLE_LISTENER Listener;
    SAMPLE_OPERATION Close;
    SOCKADDR_INET Local;
    ULONG ConnectionsMax;
    /* Of the thread: */
    BOOLEAN IsListenerClosing;
    BOOLEAN IsStopping;
    PECHO_CONNECTION Accepting; /* Waits for a peer; NULL when there is no room for one more. */
    LIST_ENTRY Connections;
    ULONG Count;
    ULONGLONG Served;
    ULONGLONG EchoedBytes;
} ECHO_SERVER, *PECHO_SERVER;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD EchoUnload;
static SAMPLE_WORK_ROUTINE TransferDone, CloseDone;

/* The driver has one instance. It is allocated because IRPs, events and buffers must not be pageable. */
static PECHO_SERVER Server;

static VOID FreeConnection(PECHO_CONNECTION C)
{
    SampleDeleteOperation(&C->Transfer);
    SampleDeleteOperation(&C->Close);
    if (C->Buffer.Mdl != NULL) IoFreeMdl(C->Buffer.Mdl);
    ExFreePoolWithTag(C, SAMPLE_TAG);
}

/* Everything that a connection will need is there before it is accepted: nothing can be short later. */
static PECHO_CONNECTION AllocateConnection(PECHO_SERVER S)
{
    PSAMPLE_WORKER worker = &S->Service.Worker;
    NTSTATUS status;
    PECHO_CONNECTION c = (PECHO_CONNECTION)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*c), SAMPLE_TAG);
    if (c == NULL) return NULL;
    c->Server = S;
    status = SampleCreateOperation(&c->Transfer, worker, TransferDone);
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&c->Close, worker, CloseDone);
    if (NT_SUCCESS(status)) status = SampleDescribe(&c->Buffer, c->Bytes, BUFFER_BYTES);
    if (NT_SUCCESS(status)) return c;
    FreeConnection(c);
    return NULL;
}

static VOID CloseListener(PECHO_SERVER S)
{
    if (S->IsListenerClosing) return;
    S->IsListenerClosing = TRUE;
    /* A WskAccept that still waits completes with STATUS_CANCELLED before this close does. */
    SampleCloseListener(&S->Listener, &S->Close);
}

/* One accept at a time: Windows does not get along with a second one beside it. */
static VOID Accept(PECHO_SERVER S)
{
    if (S->Accepting != NULL || S->IsListenerClosing || S->Count >= S->ConnectionsMax) return;
    S->Accepting = AllocateConnection(S);
    if (S->Accepting == NULL) {
        /* The next connection that ends tries again; without any there is nobody who would. */
        DbgPrint("echo-calls: no memory for another connection\n");
        if (S->Count == 0) CloseListener(S);
        return;
    }
    S->Accepting->Stage = EchoAccepting;
    S->Listener.Dispatch->WskAccept(S->Listener.Socket, 0, NULL, NULL, NULL,
        (PSOCKADDR)&S->Accepting->Remote, SampleBeginOperation(&S->Accepting->Transfer));
}

static VOID Close(PECHO_CONNECTION C, NTSTATUS Status)
{
    if (C->IsClosing) return;
    C->IsClosing = TRUE;
    C->Status = Status;
    /* A transfer that is pending is cancelled by this and completes first. */
    C->Dispatch->Basic.WskCloseSocket(C->Socket, SampleBeginOperation(&C->Close));
}

static VOID Receive(PECHO_CONNECTION C)
{
    WSK_BUF buffer;
    buffer.Mdl = C->Buffer.Mdl;
    buffer.Offset = 0;
    buffer.Length = BUFFER_BYTES;
    C->Stage = EchoReceiving;
    C->Dispatch->WskReceive(C->Socket, &buffer, 0, SampleBeginOperation(&C->Transfer));
}

static VOID Send(PECHO_CONNECTION C, SIZE_T Length)
{
    WSK_BUF buffer;
    buffer.Mdl = C->Buffer.Mdl;
    buffer.Offset = 0;
    buffer.Length = Length;
    C->Stage = EchoSending;
    C->Dispatch->WskSend(C->Socket, &buffer, 0, SampleBeginOperation(&C->Transfer));
}

static VOID Disconnect(PECHO_CONNECTION C)
{
    C->Stage = EchoDisconnecting;
    C->Dispatch->WskDisconnect(C->Socket, NULL, 0, SampleBeginOperation(&C->Transfer));
}

static VOID Accepted(PECHO_CONNECTION C, NTSTATUS Status, ULONG_PTR Socket)
{
    PECHO_SERVER s = C->Server;
    s->Accepting = NULL;
    if (!NT_SUCCESS(Status)) {
        FreeConnection(C);
        if (s->IsListenerClosing) return;
        /* It would fail again and again. What is connected goes on. */
        DbgPrint("echo-calls: WskAccept -> STATUS 0x%08X\n", Status);
        CloseListener(s);
        return;
    }
    C->Socket = (PWSK_SOCKET)Socket;
    C->Dispatch = (const WSK_PROVIDER_CONNECTION_DISPATCH *)C->Socket->Dispatch;
    InsertTailList(&s->Connections, &C->Link);
    s->Count += 1;
    s->Served += 1;
    /* An accept may succeed although the listening socket is being closed. */
    if (s->IsStopping) Close(C, STATUS_CANCELLED);
    else Receive(C);
    Accept(s);
}

static VOID TransferDone(PSAMPLE_WORK Work)
{
    PECHO_CONNECTION c = CONTAINING_RECORD(Work, ECHO_CONNECTION, Transfer.Work);
    NTSTATUS status = c->Transfer.Irp->IoStatus.Status;
    ULONG_PTR information = c->Transfer.Irp->IoStatus.Information;
    if (c->Stage == EchoAccepting) {
        Accepted(c, status, information);
        return;
    }
    if (c->IsClosing) return;
    if (!NT_SUCCESS(status)) {
        /* Closing a socket that is still connected resets the connection. */
        Close(c, status);
        return;
    }
    switch (c->Stage) {
    case EchoReceiving:
        /* No bytes: the peer has ended its side, and everything has been sent back already. */
        if (information == 0) Disconnect(c);
        else Send(c, information);
        break;
    case EchoSending:
        c->EchoedBytes += information;
        Receive(c);
        break;
    default:
        Close(c, STATUS_SUCCESS);
        break;
    }
}

/* The work of the listener's close and of each connection's comes here. */
static VOID EndWhenAllIsClosed(PECHO_SERVER S)
{
    if (S->Close.Irp != NULL || S->Count != 0 || S->Accepting != NULL || !S->IsStopping) return;
    DbgPrint("echo-calls: %I64u connections, %I64u bytes\n", S->Served, S->EchoedBytes);
    SampleEndWorker(&S->Service.Worker);
}

static VOID CloseDone(PSAMPLE_WORK Work)
{
    PECHO_CONNECTION c = CONTAINING_RECORD(Work, ECHO_CONNECTION, Close.Work);
    PECHO_SERVER s = c->Server;
    CHAR text[SAMPLE_ADDRESS_CHARS];
    DbgPrint("echo-calls: %s ended after %I64u bytes -> STATUS 0x%08X\n",
        SampleFormatAddress((PSOCKADDR)&c->Remote, text), c->EchoedBytes, c->Status);
    s->EchoedBytes += c->EchoedBytes;
    s->Count -= 1;
    RemoveEntryList(&c->Link);
    FreeConnection(c);
    Accept(s);
    EndWhenAllIsClosed(s);
}

static VOID ListenerCloseDone(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, Close.Work);
    SampleDeleteOperation(&s->Close);
    EndWhenAllIsClosed(s);
}

static VOID Stop(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, Service.Stop);
    PLIST_ENTRY entry;
    s->IsStopping = TRUE;
    CloseListener(s);
    for (entry = s->Connections.Flink; entry != &s->Connections; entry = entry->Flink)
        Close(CONTAINING_RECORD(entry, ECHO_CONNECTION, Link), STATUS_CANCELLED);
    EndWhenAllIsClosed(s);
}

static NTSTATUS Open(PSAMPLE_SERVICE Service)
{
    PECHO_SERVER s = CONTAINING_RECORD(Service, ECHO_SERVER, Service);
    NTSTATUS status = SampleOpenListener(Service, &s->Local, FALSE, NULL, NULL, &s->Listener);
    if (NT_SUCCESS(status)) Accept(s);
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
    InitializeListHead(&s->Connections);
    s->ConnectionsMax = 1000;
    numbers[0].Name = L"Connections";
    numbers[0].Value = &s->ConnectionsMax;
    status = SampleReadServer(RegistryPath, L"::", numbers, 1, &s->Local);
    if (NT_SUCCESS(status) && s->ConnectionsMax == 0) status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&s->Close, &s->Service.Worker, ListenerCloseDone);
    if (NT_SUCCESS(status)) status = SampleStartService(&s->Service, "echo-calls", Open, Stop);
    if (!NT_SUCCESS(status)) {
        DbgPrint("echo-calls: DriverEntry -> STATUS 0x%08X\n", status);
        FreeServer(s);
        return status;
    }
    Server = s;
    DriverObject->DriverUnload = EchoUnload;
    return STATUS_SUCCESS;
}
