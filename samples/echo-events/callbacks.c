/* callbacks.c: the event callbacks of a connection and the sends of what they keep. All of it runs at up to
 * DISPATCH_LEVEL: it keeps, sends, releases, and leaves the rest to the thread.
 * A list of indications is kept by WskReceiveEvent's STATUS_PENDING until all of it is sent. Each kept list
 * holds rundown protection of the connection, so its socket is not closed before the list has been released.
 * It knows nothing about how a connection ends: see connection.c. */
#include "echo-events.h"

/* A kept list while it is sent, with an IRP for each of its indications. */
typedef struct _ECHO_BATCH {
    PECHO_CONNECTION Connection;
    PWSK_DATA_INDICATION List;
    SIZE_T Bytes;
    volatile LONG Unsent;
    volatile LONG Status;   /* The first failure. */
    ULONG Count;
    PIRP Irps[1];
} ECHO_BATCH, *PECHO_BATCH;

static IO_COMPLETION_ROUTINE SendDone;

static VOID FreeBatch(PECHO_BATCH Batch)
{
    ULONG at;
    for (at = 0; at < Batch->Count; at += 1)
        if (Batch->Irps[at] != NULL) IoFreeIrp(Batch->Irps[at]);
    ExFreePoolWithTag(Batch, SAMPLE_TAG);
}

static PECHO_BATCH AllocateBatch(PECHO_CONNECTION C, PWSK_DATA_INDICATION List, SIZE_T Bytes)
{
    PWSK_DATA_INDICATION indication;
    PECHO_BATCH batch;
    ULONG count = 0;
    ULONG at;
    for (indication = List; indication != NULL; indication = indication->Next) count += 1;
    batch = (PECHO_BATCH)ExAllocatePool2(
        POOL_FLAG_NON_PAGED, FIELD_OFFSET(ECHO_BATCH, Irps) + count * sizeof(PIRP), SAMPLE_TAG);
    if (batch == NULL) return NULL;
    batch->Connection = C;
    batch->List = List;
    batch->Bytes = Bytes;
    batch->Unsent = (LONG)count;
    batch->Count = count;
    for (at = 0; at < count; at += 1) {
        batch->Irps[at] = IoAllocateIrp(1, FALSE);
        if (batch->Irps[at] == NULL) {
            FreeBatch(batch);
            return NULL;
        }
    }
    return batch;
}

static VOID SendBatch(PECHO_BATCH Batch)
{
    PECHO_CONNECTION c = Batch->Connection;
    PWSK_DATA_INDICATION indication = Batch->List;
    ULONG count = Batch->Count;
    ULONG at;
    for (at = 0; at < count; at += 1) {
        /* With the last send the batch and the list may be gone before the call returns. */
        PWSK_DATA_INDICATION next = indication->Next;
        PIRP irp = Batch->Irps[at];
        IoSetCompletionRoutine(irp, SendDone, Batch, TRUE, TRUE, TRUE);
        c->Dispatch->WskSend(c->Socket, &indication->Buffer, 0, irp);
        indication = next;
    }
}

static NTSTATUS NTAPI SendDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PECHO_BATCH batch = (PECHO_BATCH)Context;
    PECHO_CONNECTION c = batch->Connection;
    KLOCK_QUEUE_HANDLE lock;
    BOOLEAN isWaited;
    UNREFERENCED_PARAMETER(DeviceObject);
    if (!NT_SUCCESS(Irp->IoStatus.Status))
        InterlockedCompareExchange(&batch->Status, Irp->IoStatus.Status, STATUS_SUCCESS);
    if (InterlockedDecrement(&batch->Unsent) != 0) return STATUS_MORE_PROCESSING_REQUIRED;

    /* The list goes back whole, as it came. From here on it is the provider's. */
    c->Dispatch->WskRelease(c->Socket, batch->List);
    KeAcquireInStackQueuedSpinLock(&c->Lock, &lock);
    c->KeptBytes -= batch->Bytes;
    if (NT_SUCCESS(batch->Status)) c->EchoedBytes += batch->Bytes;
    isWaited = c->IsRefusing && c->KeptBytes <= c->BacklogBytes / 2;
    KeReleaseInStackQueuedSpinLock(&lock);
    if (!NT_SUCCESS(batch->Status)) EchoBreak(c, batch->Status);
    else if (isWaited) SampleQueueWork(&c->Server->Service.Worker, &c->Attention);
    FreeBatch(batch);
    ExReleaseRundownProtection(&c->Uses);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Decides whether data is kept, and counts it when it is. It is protected twice: once for the list, until it
 * is released, and once for the calls of this callback, which may return after the list is gone. */
static BOOLEAN BeginToKeep(PECHO_CONNECTION C, ULONG Flags, SIZE_T Bytes)
{
    KLOCK_QUEUE_HANDLE lock;
    BOOLEAN isKept = FALSE;
    KeAcquireInStackQueuedSpinLock(&C->Lock, &lock);
    if (!C->IsBroken && !C->IsPeerDone) {
        /* Data that alone is more than the backlog must be taken too, or it would be refused for ever. What
         * the provider wants back soon is taken only when no other send stands before its own. */
        BOOLEAN isRoom = (Flags & WSK_FLAG_RELEASE_ASAP) == 0 && C->KeptBytes + Bytes <= C->BacklogBytes;
        isKept = (isRoom || C->KeptBytes == 0) && ExAcquireRundownProtection(&C->Uses);
        if (isKept && !ExAcquireRundownProtection(&C->Uses)) {
            ExReleaseRundownProtection(&C->Uses);
            isKept = FALSE;
        }
    }
    if (isKept) C->KeptBytes += Bytes;
    C->IsIndicating = isKept;
    C->IsRefusing = !isKept;
    KeReleaseInStackQueuedSpinLock(&lock);
    return isKept;
}

static VOID EndToKeep(PECHO_CONNECTION C)
{
    KLOCK_QUEUE_HANDLE lock;
    BOOLEAN isWaited;
    KeAcquireInStackQueuedSpinLock(&C->Lock, &lock);
    C->IsIndicating = FALSE;
    isWaited = C->IsPeerDone;
    KeReleaseInStackQueuedSpinLock(&lock);
    if (isWaited) SampleQueueWork(&C->Server->Service.Worker, &C->Attention);
    ExReleaseRundownProtection(&C->Uses);
}

static NTSTATUS WSKAPI ReceiveEvent(PVOID SocketContext, ULONG Flags, PWSK_DATA_INDICATION DataIndication,
    SIZE_T BytesIndicated, SIZE_T *BytesAccepted)
{
    PECHO_CONNECTION c = (PECHO_CONNECTION)SocketContext;
    PECHO_BATCH batch;
    UNREFERENCED_PARAMETER(BytesAccepted);
    if (DataIndication == NULL) {
        EchoBreak(c, STATUS_FILE_FORCED_CLOSED);
        return STATUS_SUCCESS;
    }
    if (!BeginToKeep(c, Flags, BytesIndicated)) return STATUS_DATA_NOT_ACCEPTED;
    batch = AllocateBatch(c, DataIndication, BytesIndicated);
    /* WskReceiveEvent comes once at a time for a socket, so the sends leave in the order of the data. */
    if (batch != NULL) {
        SendBatch(batch);
    } else {
        EchoBreak(c, STATUS_INSUFFICIENT_RESOURCES);
        ExReleaseRundownProtection(&c->Uses);
    }
    EndToKeep(c);
    return batch != NULL ? STATUS_PENDING : STATUS_DATA_NOT_ACCEPTED;
}

static NTSTATUS WSKAPI DisconnectEvent(PVOID SocketContext, ULONG Flags)
{
    PECHO_CONNECTION c = (PECHO_CONNECTION)SocketContext;
    KLOCK_QUEUE_HANDLE lock;
    if ((Flags & WSK_FLAG_ABORTIVE) != 0) {
        EchoBreak(c, STATUS_CONNECTION_RESET);
        return STATUS_SUCCESS;
    }
    KeAcquireInStackQueuedSpinLock(&c->Lock, &lock);
    c->IsPeerDone = TRUE;
    KeReleaseInStackQueuedSpinLock(&lock);
    SampleQueueWork(&c->Server->Service.Worker, &c->Attention);
    return STATUS_SUCCESS;
}

VOID EchoSetBacklog(PECHO_CONNECTION Connection, SIZE_T Bytes)
{
    KLOCK_QUEUE_HANDLE lock;
    if (Connection->Server->Backlog != 0) return;
    KeAcquireInStackQueuedSpinLock(&Connection->Lock, &lock);
    Connection->BacklogBytes = Bytes;
    KeReleaseInStackQueuedSpinLock(&lock);
}

static NTSTATUS WSKAPI SendBacklogEvent(PVOID SocketContext, SIZE_T IdealBacklogSize)
{
    PECHO_CONNECTION c = (PECHO_CONNECTION)SocketContext;
    EchoSetBacklog(c, IdealBacklogSize);
    /* There may be room now for what was refused. */
    SampleQueueWork(&c->Server->Service.Worker, &c->Attention);
    return STATUS_SUCCESS;
}

const WSK_CLIENT_CONNECTION_DISPATCH EchoCallbacks = {ReceiveEvent, DisconnectEvent, SendBacklogEvent};
