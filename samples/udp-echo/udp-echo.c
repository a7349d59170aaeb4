/* udp-echo.c: a UDP echo server. WskReceiveFromEvent keeps the list of datagrams that it is shown; a thread
 * sends each back from the address that it was sent to, which the control information of IP_PKTINFO or
 * IPV6_PKTINFO tells (a host has many addresses, and a peer takes an answer only from the one it asked), and
 * gives the list back by WskRelease when all of it is sent. Datagrams of one list that come from the same
 * peer go back by one WskSendMessages. For each, length, addresses, hop limit and ECN are printed.
 * Parameters: LocalAddress (default 0.0.0.0; an IPv6 address makes an IPv6 server), LocalPort, Quiet (1: no
 * line for each datagram), Kept (datagrams that may wait to be answered; more are lost, as UDP allows).
 * It knows nothing about the layout of control information: that is control.h. */
#include "../common/parameters.h"
#include "../common/service.h"
#include "../common/socket.h"
#include "control.h"

#define BATCH_MAX 32

/* A list that is kept; it is released when nothing of it is unsent. */
typedef struct _ECHO_LIST {
    LIST_ENTRY Link;
    PWSK_DATAGRAM_INDICATION First;
    BOOLEAN IsGroup;        /* Sent to a broadcast or multicast address. */
    ULONG Count;
    ULONG Unsent;           /* Replies under way, and one for the thread while it makes them. */
} ECHO_LIST, *PECHO_LIST;

/* One or more datagrams of a list on their way back to one peer. */
typedef struct _ECHO_REPLY {
    SAMPLE_OPERATION Send;
    struct _ECHO_SERVER *Server;
    PECHO_LIST List;
    ULONG Count;
    WSK_BUF_LIST Buffers[BATCH_MAX];
    DECLSPEC_ALIGN(16) UCHAR Control[ECHO_CONTROL_BYTES];
} ECHO_REPLY, *PECHO_REPLY;

typedef struct _ECHO_SERVER {
    SAMPLE_SERVICE Service;
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_DATAGRAM_DISPATCH *Dispatch;
    SAMPLE_WORK Arrived;
    SAMPLE_WORK Lost;
    SAMPLE_OPERATION Close;
    SOCKADDR_INET Local;
    ULONG Quiet;
    ULONG KeptMax;

    KSPIN_LOCK Lock;        /* Guards the next four. */
    LIST_ENTRY Lists;
    ULONG Kept;
    ULONG Dropped;
    BOOLEAN IsStopping;

    /* The rest is the thread's. */
    BOOLEAN IsClosing;
    ULONG Replies;          /* Under way. */
    ULONGLONG Received;
    ULONGLONG Sent;
    ULONGLONG SentInBatches;
} ECHO_SERVER, *PECHO_SERVER;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD EchoUnload;
static SAMPLE_WORK_ROUTINE ReplyDone;

/* The driver has one instance. It is allocated because IRPs, events and locks must not be pageable. */
static PECHO_SERVER Server;

/* At up to DISPATCH_LEVEL: keeps the list or drops it. STATUS_DATA_NOT_ACCEPTED would disable the callback,
 * and nobody could tell when to enable it again: the call that said so may not have returned yet. */
static NTSTATUS WSKAPI ReceiveFromEvent(
    PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    PECHO_SERVER s = (PECHO_SERVER)SocketContext;
    PWSK_DATAGRAM_INDICATION datagram;
    KLOCK_QUEUE_HANDLE lock;
    PECHO_LIST list;
    BOOLEAN isKept;
    if (DataIndication == NULL) {
        SampleQueueWork(&s->Service.Worker, &s->Lost);
        return STATUS_SUCCESS;
    }
    list = (PECHO_LIST)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*list), SAMPLE_TAG);
    if (list == NULL) return STATUS_SUCCESS;
    list->First = DataIndication;
    list->IsGroup = (Flags & (MSG_BCAST | MSG_MCAST)) != 0;
    for (datagram = DataIndication; datagram != NULL; datagram = datagram->Next) list->Count += 1;

    KeAcquireInStackQueuedSpinLock(&s->Lock, &lock);
    isKept = !s->IsStopping && s->Kept + list->Count <= s->KeptMax;
    if (isKept) {
        s->Kept += list->Count;
        InsertTailList(&s->Lists, &list->Link);
        SampleQueueWork(&s->Service.Worker, &s->Arrived);
    } else {
        s->Dropped += list->Count;
    }
    KeReleaseInStackQueuedSpinLock(&lock);
    if (isKept) return STATUS_PENDING;
    ExFreePoolWithTag(list, SAMPLE_TAG);
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_DATAGRAM_DISPATCH Callbacks = {ReceiveFromEvent};

/* ---- The rest runs on the thread. ---- */

/* Once nothing is kept or under way any more, no function of the socket is in progress but its callback. */
static VOID CloseWhenIdle(PECHO_SERVER S)
{
    if (!S->IsStopping || S->IsClosing || S->Replies != 0 || !IsListEmpty(&S->Lists)) return;
    S->IsClosing = TRUE;
    S->Dispatch->Basic.WskCloseSocket(S->Socket, SampleBeginOperation(&S->Close));
}

static VOID ReleaseList(PECHO_SERVER S, PECHO_LIST List)
{
    KLOCK_QUEUE_HANDLE lock;
    List->Unsent -= 1;
    if (List->Unsent != 0) return;
    S->Dispatch->WskRelease(S->Socket, List->First);
    KeAcquireInStackQueuedSpinLock(&S->Lock, &lock);
    S->Kept -= List->Count;
    KeReleaseInStackQueuedSpinLock(&lock);
    ExFreePoolWithTag(List, SAMPLE_TAG);
}

static VOID ReplyDone(PSAMPLE_WORK Work)
{
    PECHO_REPLY reply = CONTAINING_RECORD(Work, ECHO_REPLY, Send.Work);
    PECHO_SERVER s = reply->Server;
    NTSTATUS status = reply->Send.Irp->IoStatus.Status;
    if (NT_SUCCESS(status)) s->Sent += reply->Count;
    else DbgPrint("udp-echo: sending back -> STATUS 0x%08X\n", status);
    if (NT_SUCCESS(status) && reply->Count > 1) s->SentInBatches += reply->Count;
    ReleaseList(s, reply->List);
    SampleDeleteOperation(&reply->Send);
    ExFreePoolWithTag(reply, SAMPLE_TAG);
    s->Replies -= 1;
    CloseWhenIdle(s);
}

static VOID Print(const WSK_DATAGRAM_INDICATION *Datagram, const ECHO_CONTROL *Control)
{
    CHAR from[SAMPLE_ADDRESS_CHARS];
    CHAR to[SAMPLE_ADDRESS_CHARS];
    if (Control->Destination.si_family != 0) SampleFormatAddress((const SOCKADDR *)&Control->Destination, to);
    else RtlCopyMemory(to, "?", 2);
    DbgPrint("udp-echo: %Iu bytes from %s to %s, interface %u, hop limit %d, ECN %d\n",
        Datagram->Buffer.Length, SampleFormatAddress(Datagram->RemoteAddress, from), to,
        Control->InterfaceIndex, Control->HopLimit, Control->Ecn);
}

/* Whether two datagrams have the same peer, and came to the same address on the same interface. */
static BOOLEAN IsSameWay(const ECHO_SERVER *S, const WSK_DATAGRAM_INDICATION *First,
    const ECHO_CONTROL *FirstControl, const WSK_DATAGRAM_INDICATION *Next, const ECHO_CONTROL *NextControl)
{
    SIZE_T bytes = S->Local.si_family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
    return RtlEqualMemory(First->RemoteAddress, Next->RemoteAddress, bytes)
        && RtlEqualMemory(&FirstControl->Destination, &NextControl->Destination, bytes)
        && FirstControl->InterfaceIndex == NextControl->InterfaceIndex;
}

static VOID SendReply(PECHO_REPLY Reply, PSOCKADDR Remote, ULONG ControlBytes)
{
    PECHO_SERVER s = Reply->Server;
    PCMSGHDR control = ControlBytes != 0 ? (PCMSGHDR)Reply->Control : NULL;
    PIRP irp = SampleBeginOperation(&Reply->Send);
    s->Replies += 1;
    Reply->List->Unsent += 1;
    if (Reply->Count == 1)
        s->Dispatch->WskSendTo(s->Socket, &Reply->Buffers[0].Buffer, 0, Remote, ControlBytes, control, irp);
    else
        s->Dispatch->WskSendMessages(s->Socket, Reply->Buffers, 0, Remote, ControlBytes, control, irp);
}

static PECHO_REPLY AllocateReply(PECHO_SERVER S, PECHO_LIST List)
{
    PECHO_REPLY reply = (PECHO_REPLY)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*reply), SAMPLE_TAG);
    if (reply == NULL) return NULL;
    reply->Server = S;
    reply->List = List;
    if (NT_SUCCESS(SampleCreateOperation(&reply->Send, &S->Service.Worker, ReplyDone))) return reply;
    ExFreePoolWithTag(reply, SAMPLE_TAG);
    return NULL;
}

/* Answers the first datagrams of a list that go the same way; returns the one behind them. */
static PWSK_DATAGRAM_INDICATION AnswerBatch(
    PECHO_SERVER S, PECHO_LIST List, PWSK_DATAGRAM_INDICATION First)
{
    PECHO_REPLY reply = AllocateReply(S, List);
    PWSK_DATAGRAM_INDICATION datagram;
    ECHO_CONTROL control;
    EchoReadControl(First->ControlInfo, First->ControlInfoLength, S->Local.Ipv4.sin_port, &control);
    for (datagram = First; datagram != NULL; datagram = datagram->Next) {
        ECHO_CONTROL next;
        PWSK_BUF_LIST buffer;
        EchoReadControl(datagram->ControlInfo, datagram->ControlInfoLength, S->Local.Ipv4.sin_port, &next);
        if (!IsSameWay(S, First, &control, datagram, &next)) break;
        if (reply != NULL && reply->Count == BATCH_MAX) break;
        if (!S->Quiet) Print(datagram, &next);
        S->Received += 1;
        if (reply == NULL) continue;
        buffer = &reply->Buffers[reply->Count];
        buffer->Buffer = datagram->Buffer;
        if (reply->Count != 0) reply->Buffers[reply->Count - 1].Next = buffer;
        reply->Count += 1;
    }
    /* Without memory for the answer the datagrams are lost, as UDP allows. The control information must stay
     * until the send is complete, so it is the reply's; the peer's address is copied during the call. */
    if (reply != NULL)
        SendReply(reply, First->RemoteAddress,
            EchoWriteControl(&control, List->IsGroup, (PCMSGHDR)reply->Control));
    return datagram;
}

static PECHO_LIST TakeList(PECHO_SERVER S)
{
    KLOCK_QUEUE_HANDLE lock;
    PECHO_LIST list = NULL;
    KeAcquireInStackQueuedSpinLock(&S->Lock, &lock);
    if (!IsListEmpty(&S->Lists)) list = CONTAINING_RECORD(RemoveHeadList(&S->Lists), ECHO_LIST, Link);
    KeReleaseInStackQueuedSpinLock(&lock);
    return list;
}

static VOID Arrived(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, Arrived);
    PECHO_LIST list;
    while ((list = TakeList(s)) != NULL) {
        PWSK_DATAGRAM_INDICATION datagram = s->IsStopping ? NULL : list->First;
        list->Unsent = 1;
        while (datagram != NULL) datagram = AnswerBatch(s, list, datagram);
        ReleaseList(s, list);
    }
    CloseWhenIdle(s);
}

static VOID Stop(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, Service.Stop);
    KLOCK_QUEUE_HANDLE lock;
    KeAcquireInStackQueuedSpinLock(&s->Lock, &lock);
    s->IsStopping = TRUE;
    KeReleaseInStackQueuedSpinLock(&lock);
    Arrived(&s->Arrived);
}

static VOID Lost(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, Lost);
    DbgPrint("udp-echo: the socket is of no use any more\n");
    Stop(&s->Service.Stop);
}

static VOID CloseDone(PSAMPLE_WORK Work)
{
    PECHO_SERVER s = CONTAINING_RECORD(Work, ECHO_SERVER, Close.Work);
    DbgPrint("udp-echo: %I64u datagrams, %I64u sent back, %I64u of them in batches, %u dropped\n",
        s->Received, s->Sent, s->SentInBatches, s->Dropped);
    SampleEndWorker(&s->Service.Worker);
}

/* What is to come with each datagram is asked for before the bind, so that it comes with the first one. */
static NTSTATUS SetOptions(PECHO_SERVER S)
{
    static const ULONG options[2][3] = {
        {IP_PKTINFO, IP_HOPLIMIT, IP_ECN}, {IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_ECN}};
    BOOLEAN isIpv6 = S->Local.si_family == AF_INET6;
    ULONG at;
    for (at = 0; at < 3; at += 1) {
        ULONG option = options[isIpv6][at];
        NTSTATUS status = SampleSetOption(
            &S->Service.Call, S->Socket, isIpv6 ? IPPROTO_IPV6 : IPPROTO_IP, option, 1);
        if (NT_SUCCESS(status)) continue;
        DbgPrint("udp-echo: option %u -> STATUS 0x%08X\n", option, status);
        /* Without the address no answer could be right; the others are only printed. */
        if (at == 0) return status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS EnableCallback(PECHO_SERVER S)
{
    WSK_EVENT_CALLBACK_CONTROL control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM};
    NTSTATUS status = S->Dispatch->Basic.WskControlSocket(S->Socket, WskSetOption, SO_WSK_EVENT_CALLBACK,
        SOL_SOCKET, sizeof(control), &control, 0, NULL, NULL, NULL);
    if (!NT_SUCCESS(status)) DbgPrint("udp-echo: SO_WSK_EVENT_CALLBACK -> STATUS 0x%08X\n", status);
    return status;
}

static NTSTATUS Open(PSAMPLE_SERVICE Service)
{
    PECHO_SERVER s = CONTAINING_RECORD(Service, ECHO_SERVER, Service);
    CHAR text[SAMPLE_ADDRESS_CHARS];
    SAMPLE_SOCKET_KIND kind = {
        s->Local.si_family, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, s, &Callbacks};
    NTSTATUS status = SampleCreateSocket(&Service->Call, &Service->Provider, &kind, &s->Socket);
    if (!NT_SUCCESS(status)) {
        DbgPrint("udp-echo: WskSocket -> STATUS 0x%08X\n", status);
        return status;
    }
    s->Dispatch = (const WSK_PROVIDER_DATAGRAM_DISPATCH *)s->Socket->Dispatch;
    status = SetOptions(s);
    if (NT_SUCCESS(status)) {
        status = SampleBind(
            &Service->Call, s->Socket, s->Dispatch->WskBind, s->Dispatch->WskGetLocalAddress, &s->Local);
        DbgPrint("udp-echo: listening on %s -> STATUS 0x%08X\n",
            SampleFormatAddress((PSOCKADDR)&s->Local, text), status);
    }
    /* From here on datagrams come; everything that the callback needs is ready. */
    if (NT_SUCCESS(status)) status = EnableCallback(s);
    if (!NT_SUCCESS(status)) SampleCloseSocket(&Service->Call, s->Socket);
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
    SAMPLE_NUMBER numbers[2];
    NTSTATUS status;
    PECHO_SERVER s = (PECHO_SERVER)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*s), SAMPLE_TAG);
    if (s == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeSpinLock(&s->Lock);
    InitializeListHead(&s->Lists);
    SampleInitializeWork(&s->Arrived, Arrived);
    SampleInitializeWork(&s->Lost, Lost);
    s->KeptMax = 1000;
    numbers[0].Name = L"Quiet";
    numbers[0].Value = &s->Quiet;
    numbers[1].Name = L"Kept";
    numbers[1].Value = &s->KeptMax;
    status = SampleReadServer(RegistryPath, L"0.0.0.0", numbers, 2, &s->Local);
    if (NT_SUCCESS(status)) status = SampleCreateOperation(&s->Close, &s->Service.Worker, CloseDone);
    if (NT_SUCCESS(status)) status = SampleStartService(&s->Service, "udp-echo", Open, Stop);
    if (!NT_SUCCESS(status)) {
        DbgPrint("udp-echo: DriverEntry -> STATUS 0x%08X\n", status);
        FreeServer(s);
        return status;
    }
    Server = s;
    DriverObject->DriverUnload = EchoUnload;
    return STATUS_SUCCESS;
}
