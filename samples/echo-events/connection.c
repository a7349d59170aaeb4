/* connection.c: what the thread does with a connection when its Attention work tells it to look: it asks for
 * the ideal send backlog, resumes the receive callback, ends the connection when the peer has, and closes it
 * when it is broken. Nothing here but EchoBreak runs on another thread.
 * It knows nothing about the data that callbacks.c keeps. */
#include "echo-events.h"

/* Until the provider has told its own. */
#define BACKLOG_BYTES 65536

static SAMPLE_WORK_ROUTINE Attend, QueryDone, ResumeDone, FinishDone, CloseDone;

VOID EchoFreeConnection(PECHO_CONNECTION Connection)
{
    SampleDeleteOperation(&Connection->Query);
    SampleDeleteOperation(&Connection->Resume);
    SampleDeleteOperation(&Connection->Finish);
    SampleDeleteOperation(&Connection->Close);
    if (Connection->Rest.Mdl != NULL) IoFreeMdl(Connection->Rest.Mdl);
    ExFreePoolWithTag(Connection, SAMPLE_TAG);
}

/* Everything that the end of a connection needs is allocated with it, so that no end can fail. */
PECHO_CONNECTION EchoAllocateConnection(PECHO_SERVER Server, PWSK_SOCKET Socket, PSOCKADDR Remote)
{
    PSAMPLE_WORKER worker = &Server->Service.Worker;
    NTSTATUS status;
    PECHO_CONNECTION c = (PECHO_CONNECTION)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*c), SAMPLE_TAG);
    if (c == NULL) return NULL;
    c->Server = Server;
    c->Socket = Socket;
    c->Dispatch = (const WSK_PROVIDER_CONNECTION_DISPATCH *)Socket->Dispatch;
    c->BacklogBytes = Server->Backlog != 0 ? Server->Backlog : BACKLOG_BYTES;
    RtlCopyMemory(&c->Remote, Remote,
        Remote->sa_family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6));
    ExInitializeRundownProtection(&c->Uses);
    KeInitializeSpinLock(&c->Lock);
    SampleInitializeWork(&c->Attention, Attend);
    status = SampleCreateOperation(&c->Query, worker, QueryDone);
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&c->Resume, worker, ResumeDone);
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&c->Finish, worker, FinishDone);
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&c->Close, worker, CloseDone);
    if (NT_SUCCESS(status)) status = SampleDescribe(&c->Rest, c->RestBytes, ECHO_REST_BYTES);
    if (NT_SUCCESS(status)) return c;
    EchoFreeConnection(c);
    return NULL;
}

VOID EchoBreak(PECHO_CONNECTION Connection, NTSTATUS Status)
{
    KLOCK_QUEUE_HANDLE lock;
    KeAcquireInStackQueuedSpinLock(&Connection->Lock, &lock);
    if (!Connection->IsBroken) Connection->Status = Status;
    Connection->IsBroken = TRUE;
    KeReleaseInStackQueuedSpinLock(&lock);
    SampleQueueWork(&Connection->Server->Service.Worker, &Connection->Attention);
}

static VOID AskBacklog(PECHO_CONNECTION C)
{
    C->IsAsked = TRUE;
    C->Dispatch->Basic.WskControlSocket(C->Socket, WskIoctl, SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, 0, 0, NULL,
        sizeof(C->QueriedBytes), &C->QueriedBytes, NULL, SampleBeginOperation(&C->Query));
}

static VOID QueryDone(PSAMPLE_WORK Work)
{
    PECHO_CONNECTION c = CONTAINING_RECORD(Work, ECHO_CONNECTION, Query.Work);
    if (NT_SUCCESS(c->Query.Irp->IoStatus.Status)) EchoSetBacklog(c, c->QueriedBytes);
}

/* A WskReceive without room takes no data; that it was made lets the callback come again. */
static VOID Resume(PECHO_CONNECTION C)
{
    WSK_BUF nothing = {NULL, 0, 0};
    C->IsResuming = TRUE;
    C->Dispatch->WskReceive(C->Socket, &nothing, 0, SampleBeginOperation(&C->Resume));
}

static VOID ResumeDone(PSAMPLE_WORK Work)
{
    PECHO_CONNECTION c = CONTAINING_RECORD(Work, ECHO_CONNECTION, Resume.Work);
    c->IsResuming = FALSE;
    Attend(&c->Attention);
}

/* What the callback has refused is fetched by a call once the peer is done. The call also tells where the
 * stream ends, which the callback cannot: it receives no bytes. */
static VOID ReceiveRest(PECHO_CONNECTION C)
{
    WSK_BUF buffer = {C->Rest.Mdl, 0, ECHO_REST_BYTES};
    C->Stage = EchoReceivingRest;
    C->Dispatch->WskReceive(C->Socket, &buffer, 0, SampleBeginOperation(&C->Finish));
}

static VOID SendRest(PECHO_CONNECTION C, SIZE_T Length)
{
    WSK_BUF buffer = {C->Rest.Mdl, 0, Length};
    C->Stage = EchoSendingRest;
    C->Dispatch->WskSend(C->Socket, &buffer, 0, SampleBeginOperation(&C->Finish));
}

/* Graceful: it comes behind every send that was begun before it. */
static VOID Disconnect(PECHO_CONNECTION C)
{
    C->Stage = EchoDisconnecting;
    C->Dispatch->WskDisconnect(C->Socket, NULL, 0, SampleBeginOperation(&C->Finish));
}

/* Every kept list must be back before the socket is closed. An abortive disconnection ends the sends that
 * keep them (and a graceful one that still waits for the peer); from then on no new list is kept. */
static VOID Close(PECHO_CONNECTION C)
{
    PSAMPLE_CALL call = &C->Server->Service.Call;
    C->IsClosing = TRUE;
    if (C->Stage != EchoEnded) {
        SampleBeginCall(call);
        SampleEndCall(
            call, C->Dispatch->WskDisconnect(C->Socket, NULL, WSK_FLAG_ABORTIVE, call->Irp), NULL);
    }
    ExWaitForRundownProtectionRelease(&C->Uses);
    C->Dispatch->Basic.WskCloseSocket(C->Socket, SampleBeginOperation(&C->Close));
}

static VOID FinishDone(PSAMPLE_WORK Work)
{
    PECHO_CONNECTION c = CONTAINING_RECORD(Work, ECHO_CONNECTION, Finish.Work);
    NTSTATUS status = c->Finish.Irp->IoStatus.Status;
    ULONG_PTR bytes = c->Finish.Irp->IoStatus.Information;
    if (c->IsClosing) return;
    if (!NT_SUCCESS(status)) {
        EchoBreak(c, status);
        return;
    }
    switch (c->Stage) {
    case EchoReceivingRest:
        if (bytes != 0) SendRest(c, bytes);
        else Disconnect(c);
        break;
    case EchoSendingRest:
        c->EchoedBytes += bytes;
        ReceiveRest(c);
        break;
    default:
        c->Stage = EchoEnded;
        Close(c);
        break;
    }
}

static VOID Attend(PSAMPLE_WORK Work)
{
    PECHO_CONNECTION c = CONTAINING_RECORD(Work, ECHO_CONNECTION, Attention);
    KLOCK_QUEUE_HANDLE lock;
    BOOLEAN isBroken;
    BOOLEAN isPeerDone;
    BOOLEAN isRoom;
    if (c->IsClosing) return;
    KeAcquireInStackQueuedSpinLock(&c->Lock, &lock);
    isBroken = c->IsBroken;
    isPeerDone = c->IsPeerDone;
    isRoom = c->IsRefusing && c->KeptBytes <= c->BacklogBytes / 2;
    isRoom = isRoom && !isBroken && !isPeerDone && !c->IsResuming;
    /* Asked again once: if the callback refuses again, it says so again. */
    if (isRoom) c->IsRefusing = FALSE;
    /* A callback that is about to send what it was shown comes first; it tells when it is done. */
    if (c->IsIndicating) isPeerDone = FALSE;
    KeReleaseInStackQueuedSpinLock(&lock);

    if (isBroken) Close(c);
    else if (isPeerDone && c->Stage == EchoOpen) ReceiveRest(c);
    else if (isRoom) Resume(c);
    if (!c->IsAsked && !c->IsClosing) AskBacklog(c);
}

/* Nothing of the connection is queued any more: its other IRPs completed, and its callbacks returned, before
 * the close did. */
static VOID CloseDone(PSAMPLE_WORK Work)
{
    EchoConnectionClosed(CONTAINING_RECORD(Work, ECHO_CONNECTION, Close.Work));
}
