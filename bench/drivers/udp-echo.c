/* udp-echo.c: a UDP echo by WskReceiveFromEvent: a kept list goes back datagram by datagram with WskSendTo,
 * or, with the parameter Batches=1, each run of datagrams from one peer with one WskSendMessages. Sends are
 * kept in a free list, so that in the usual course nothing is allocated. Parameters: LocalPort, Batches.
 * It knows nothing about measuring. A sample to learn from: samples/udp-echo.
 */
#include "common.h"

#define BATCH_MAX 64

/* A kept list; it goes back when nothing of it is unsent. */
typedef struct _KEPT {
    SLIST_ENTRY Link;
    PWSK_DATAGRAM_INDICATION List;
    volatile LONG Unsent;
} KEPT, *PKEPT;

typedef struct _REPLY {
    SLIST_ENTRY Link;
    PIRP Irp;
    PKEPT Kept;
    WSK_BUF_LIST Buffers[BATCH_MAX];
} REPLY, *PREPLY;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION Registration;
static WSK_CLIENT_NPI Client;
static WSK_PROVIDER_NPI Provider;
static PWSK_SOCKET Socket;
static const WSK_PROVIDER_DATAGRAM_DISPATCH *Dispatch;
static SLIST_HEADER FreeReplies;
static SLIST_HEADER FreeLists;
static BOOLEAN IsBatching;

static PREPLY TakeReply(VOID)
{
    PSLIST_ENTRY entry = ExpInterlockedPopEntrySList(&FreeReplies);
    PREPLY reply;
    if (entry != NULL) return CONTAINING_RECORD(entry, REPLY, Link);
    reply = (PREPLY)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*reply), BENCH_TAG);
    if (reply == NULL) return NULL;
    reply->Irp = IoAllocateIrp(1, FALSE);
    if (reply->Irp != NULL) return reply;
    ExFreePoolWithTag(reply, BENCH_TAG);
    return NULL;
}

static PKEPT TakeKept(VOID)
{
    PSLIST_ENTRY entry = ExpInterlockedPopEntrySList(&FreeLists);
    if (entry != NULL) return CONTAINING_RECORD(entry, KEPT, Link);
    return (PKEPT)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEPT), BENCH_TAG);
}

static VOID EndPart(PKEPT Kept)
{
    if (InterlockedDecrement(&Kept->Unsent) != 0) return;
    Dispatch->WskRelease(Socket, Kept->List);
    ExpInterlockedPushEntrySList(&FreeLists, &Kept->Link);
}

static NTSTATUS NTAPI SendDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    PREPLY reply = (PREPLY)Context;
    PKEPT kept = reply->Kept;
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    ExpInterlockedPushEntrySList(&FreeReplies, &reply->Link);
    EndPart(kept);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static BOOLEAN IsSamePeer(const SOCKADDR *First, const SOCKADDR *Second)
{
    return ((const SOCKADDR_IN *)First)->sin_port == ((const SOCKADDR_IN *)Second)->sin_port
        && ((const SOCKADDR_IN *)First)->sin_addr.s_addr == ((const SOCKADDR_IN *)Second)->sin_addr.s_addr;
}

/* Sends the first datagrams that go to one peer; returns the one behind them. Without memory they are lost,
 * as UDP allows. */
static PWSK_DATAGRAM_INDICATION Answer(PKEPT Kept, PWSK_DATAGRAM_INDICATION First)
{
    PWSK_DATAGRAM_INDICATION next = First->Next;
    PREPLY reply = TakeReply();
    ULONG count = 1;
    if (reply == NULL) return next;
    reply->Kept = Kept;
    InterlockedIncrement(&Kept->Unsent);
    IoReuseIrp(reply->Irp, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(reply->Irp, SendDone, reply, TRUE, TRUE, TRUE);
    if (!IsBatching) {
        Dispatch->WskSendTo(Socket, &First->Buffer, 0, First->RemoteAddress, 0, NULL, reply->Irp);
        return next;
    }
    reply->Buffers[0].Buffer = First->Buffer;
    while (next != NULL && count < BATCH_MAX && IsSamePeer(First->RemoteAddress, next->RemoteAddress)) {
        reply->Buffers[count - 1].Next = &reply->Buffers[count];
        reply->Buffers[count].Buffer = next->Buffer;
        next = next->Next;
        count += 1;
    }
    reply->Buffers[count - 1].Next = NULL;
    Dispatch->WskSendMessages(Socket, reply->Buffers, 0, First->RemoteAddress, 0, NULL, reply->Irp);
    return next;
}

static NTSTATUS WSKAPI ReceiveFromEvent(
    PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    PKEPT kept;
    UNREFERENCED_PARAMETER(SocketContext);
    UNREFERENCED_PARAMETER(Flags);
    if (DataIndication == NULL) return STATUS_SUCCESS;
    kept = TakeKept();
    if (kept == NULL) return STATUS_SUCCESS;
    kept->List = DataIndication;
    /* One for this loop, so that the list stays until all of it was looked at. */
    kept->Unsent = 1;
    while (DataIndication != NULL) DataIndication = Answer(kept, DataIndication);
    EndPart(kept);
    return STATUS_PENDING;
}

static const WSK_CLIENT_DATAGRAM_DISPATCH Callbacks = {ReceiveFromEvent};

static NTSTATUS Open(ULONG Port)
{
    WSK_EVENT_CALLBACK_CONTROL control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM};
    WAITED_CALL call;
    SOCKADDR_IN local;
    ULONG_PTR created = 0;
    NTSTATUS status;
    if (BeginWaitedCall(&call) == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Provider.Dispatch->WskSocket(Provider.Client, AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET,
        NULL, &Callbacks, NULL, NULL, NULL, call.Irp);
    status = EndWaitedCall(&call, &created);
    if (!NT_SUCCESS(status)) return status;
    Socket = (PWSK_SOCKET)created;
    Dispatch = (const WSK_PROVIDER_DATAGRAM_DISPATCH *)Socket->Dispatch;
    if (BeginWaitedCall(&call) == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    SetIpv4(&local, 0x7F000001, Port);
    Dispatch->WskBind(Socket, (PSOCKADDR)&local, 0, call.Irp);
    status = EndWaitedCall(&call, NULL);
    if (!NT_SUCCESS(status)) return status;
    return Dispatch->Basic.WskControlSocket(Socket, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
        sizeof(control), &control, 0, NULL, NULL, NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status;
    UNREFERENCED_PARAMETER(DriverObject);
    InitializeSListHead(&FreeReplies);
    InitializeSListHead(&FreeLists);
    IsBatching = ReadNumber(RegistryPath, L"Batches", 0) != 0;
    Client.Dispatch = &ClientDispatch;
    status = WskRegister(&Client, &Registration);
    if (!NT_SUCCESS(status)) return status;
    status = WskCaptureProviderNPI(&Registration, WSK_INFINITE_WAIT, &Provider);
    if (NT_SUCCESS(status)) status = Open(ReadNumber(RegistryPath, L"LocalPort", 0));
    return status;
}
