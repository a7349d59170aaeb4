/* requests.c: the judgement of connection requests. WskInspectEvent accepts, rejects or pends; what is pended
 * waits in a list until its time has come, and then the thread completes it by WskInspectComplete, with an
 * IRP of the request's own. WskAbortEvent takes a request out when its peer has gone meanwhile.
 * A request is known by the contents of its WSK_INSPECT_ID, which is copied: the structure is the provider's
 * and gone after the callback, and so are the addresses.
 * It knows nothing about accepted connections: see conditional.c. */
#include "conditional.h"

typedef struct _DOOR_REQUEST {
    LIST_ENTRY Link;
    PDOOR_SERVER Server;
    WSK_INSPECT_ID Id;
    WSK_INSPECT_ACTION Action;
    ULONGLONG DueTime;          /* In units of 100 ns since the system started. */
    BOOLEAN IsAborted;
    BOOLEAN IsCompleting;
    SAMPLE_OPERATION Complete;
} DOOR_REQUEST, *PDOOR_REQUEST;

static KDEFERRED_ROUTINE TimeIsUp;
static SAMPLE_WORK_ROUTINE CompleteDone;

static VOID FreeRequest(PDOOR_REQUEST Request)
{
    SampleDeleteOperation(&Request->Complete);
    ExFreePoolWithTag(Request, SAMPLE_TAG);
}

/* Port modulo 4: 0 is accepted, 1 rejected, 2 accepted after a while, 3 rejected after a while. */
static ULONG RuleOf(const DOOR_SERVER *Server, const SOCKADDR *RemoteAddress)
{
    if (Server->Rule != 0) return (Server->Rule - 1) % 4;
    return RtlUshortByteSwap(((const SOCKADDR_IN *)RemoteAddress)->sin_port) % 4;
}

/* Keeps a request for later; what cannot be kept is rejected. */
static WSK_INSPECT_ACTION Pend(PDOOR_SERVER S, const WSK_INSPECT_ID *Id, WSK_INSPECT_ACTION Action)
{
    KLOCK_QUEUE_HANDLE lock;
    BOOLEAN isPended;
    PDOOR_REQUEST request =
        (PDOOR_REQUEST)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*request), SAMPLE_TAG);
    if (request == NULL) return WskInspectReject;
    request->Server = S;
    request->Id = *Id;
    request->Action = Action;
    request->DueTime = KeQueryUnbiasedInterruptTime() + (ULONGLONG)S->PendMilliseconds * 10000;
    if (!NT_SUCCESS(SampleCreateOperation(&request->Complete, &S->Service.Worker, CompleteDone))) {
        ExFreePoolWithTag(request, SAMPLE_TAG);
        return WskInspectReject;
    }

    KeAcquireInStackQueuedSpinLock(&S->Lock, &lock);
    isPended = !S->IsRefusing;
    if (isPended) {
        InsertTailList(&S->Requests, &request->Link);
        SampleQueueWork(&S->Service.Worker, &S->Decide);
    }
    KeReleaseInStackQueuedSpinLock(&lock);
    if (isPended) return WskInspectPend;
    FreeRequest(request);
    return WskInspectReject;
}

/* At up to DISPATCH_LEVEL, and the peer waits: it must be quick. */
static WSK_INSPECT_ACTION WSKAPI InspectEvent(
    PVOID SocketContext, PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress, PWSK_INSPECT_ID InspectID)
{
    static const PCSTR words[] = {"accept", "reject", "pend, then accept", "pend, then reject"};
    PDOOR_SERVER s = (PDOOR_SERVER)SocketContext;
    CHAR text[SAMPLE_ADDRESS_CHARS];
    ULONG rule;
    UNREFERENCED_PARAMETER(LocalAddress);
    if (InspectID == NULL) {
        SampleQueueWork(&s->Service.Worker, &s->ListenerLost);
        return WskInspectReject;
    }
    rule = RuleOf(s, RemoteAddress);
    DbgPrint("conditional: request %Ix.%u from %s: %s\n", InspectID->Key, InspectID->SerialNumber,
        SampleFormatAddress(RemoteAddress, text), words[rule]);
    if (rule >= 2) return Pend(s, InspectID, rule == 2 ? WskInspectAccept : WskInspectReject);
    return rule == 0 ? WskInspectAccept : WskInspectReject;
}

/* Comes for accepted requests too; those are not in the list. */
static NTSTATUS WSKAPI AbortEvent(PVOID SocketContext, PWSK_INSPECT_ID InspectID)
{
    PDOOR_SERVER s = (PDOOR_SERVER)SocketContext;
    KLOCK_QUEUE_HANDLE lock;
    PLIST_ENTRY entry;
    KeAcquireInStackQueuedSpinLock(&s->Lock, &lock);
    for (entry = s->Requests.Flink; entry != &s->Requests; entry = entry->Flink) {
        PDOOR_REQUEST request = CONTAINING_RECORD(entry, DOOR_REQUEST, Link);
        if (request->Id.Key == InspectID->Key && request->Id.SerialNumber == InspectID->SerialNumber)
            request->IsAborted = TRUE;
    }
    SampleQueueWork(&s->Service.Worker, &s->Decide);
    KeReleaseInStackQueuedSpinLock(&lock);
    DbgPrint("conditional: request %Ix.%u is gone\n", InspectID->Key, InspectID->SerialNumber);
    return STATUS_SUCCESS;
}

const WSK_CLIENT_LISTEN_DISPATCH DoorCallbacks = {NULL, InspectEvent, AbortEvent};

static VOID NTAPI TimeIsUp(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    PDOOR_SERVER s = (PDOOR_SERVER)DeferredContext;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    SampleQueueWork(&s->Service.Worker, &s->Decide);
}

/* ---- The rest runs on the thread, which alone takes requests out of the list. ---- */

/* Takes the next request that there is something to do about: it is aborted, or its time has come. Tells
 * when to look again, 0 when nothing waits for a time. */
static PDOOR_REQUEST TakeDue(PDOOR_SERVER S, PULONGLONG NextTime)
{
    ULONGLONG now = KeQueryUnbiasedInterruptTime();
    KLOCK_QUEUE_HANDLE lock;
    PDOOR_REQUEST due = NULL;
    PLIST_ENTRY entry;
    *NextTime = 0;
    KeAcquireInStackQueuedSpinLock(&S->Lock, &lock);
    for (entry = S->Requests.Flink; entry != &S->Requests && due == NULL; entry = entry->Flink) {
        PDOOR_REQUEST request = CONTAINING_RECORD(entry, DOOR_REQUEST, Link);
        if (request->IsCompleting) continue;
        if (request->IsAborted || S->IsRefusing || request->DueTime <= now) due = request;
        else if (*NextTime == 0 || request->DueTime < *NextTime) *NextTime = request->DueTime;
    }
    if (due != NULL && due->IsAborted) RemoveEntryList(&due->Link);
    else if (due != NULL) due->IsCompleting = TRUE;
    KeReleaseInStackQueuedSpinLock(&lock);
    return due;
}

static VOID Decide(PSAMPLE_WORK Work)
{
    PDOOR_SERVER s = CONTAINING_RECORD(Work, DOOR_SERVER, Decide);
    ULONGLONG nextTime;
    PDOOR_REQUEST request;
    while ((request = TakeDue(s, &nextTime)) != NULL) {
        if (request->IsAborted) {
            FreeRequest(request);
            continue;
        }
        /* The peer may go just now: then this has no effect, and WskAbortEvent tells. */
        s->Listener.Dispatch->WskInspectComplete(s->Listener.Socket, &request->Id,
            s->IsRefusing ? WskInspectReject : request->Action, SampleBeginOperation(&request->Complete));
    }
    if (nextTime != 0) {
        ULONGLONG now = KeQueryUnbiasedInterruptTime();
        LARGE_INTEGER after;
        after.QuadPart = nextTime > now ? -(LONGLONG)(nextTime - now) : -1;
        KeSetTimer(&s->Timer, after, &s->TimerDpc);
    }
    DoorDecided(s);
}

static VOID CompleteDone(PSAMPLE_WORK Work)
{
    PDOOR_REQUEST request = CONTAINING_RECORD(Work, DOOR_REQUEST, Complete.Work);
    PDOOR_SERVER s = request->Server;
    KLOCK_QUEUE_HANDLE lock;
    KeAcquireInStackQueuedSpinLock(&s->Lock, &lock);
    RemoveEntryList(&request->Link);
    KeReleaseInStackQueuedSpinLock(&lock);
    DbgPrint("conditional: WskInspectComplete of %Ix.%u -> STATUS 0x%08X\n", request->Id.Key,
        request->Id.SerialNumber, request->Complete.Irp->IoStatus.Status);
    FreeRequest(request);
    DoorDecided(s);
}

VOID DoorInitializeRequests(PDOOR_SERVER Server)
{
    KeInitializeSpinLock(&Server->Lock);
    InitializeListHead(&Server->Requests);
    SampleInitializeWork(&Server->Decide, Decide);
    KeInitializeTimer(&Server->Timer);
    KeInitializeDpc(&Server->TimerDpc, TimeIsUp, Server);
}

VOID DoorRejectAll(PDOOR_SERVER Server)
{
    KLOCK_QUEUE_HANDLE lock;
    KeAcquireInStackQueuedSpinLock(&Server->Lock, &lock);
    Server->IsRefusing = TRUE;
    KeReleaseInStackQueuedSpinLock(&lock);
    Decide(&Server->Decide);
}

BOOLEAN DoorHasDecidedAll(PDOOR_SERVER Server)
{
    KLOCK_QUEUE_HANDLE lock;
    BOOLEAN isEmpty;
    KeAcquireInStackQueuedSpinLock(&Server->Lock, &lock);
    isEmpty = IsListEmpty(&Server->Requests);
    KeReleaseInStackQueuedSpinLock(&lock);
    return isEmpty;
}

VOID DoorStopTimer(PDOOR_SERVER Server)
{
    /* A DPC that is queued or runs on another processor is waited for: its code is about to be unloaded. */
    if (!KeCancelTimer(&Server->Timer)) KeFlushQueuedDpcs();
}
