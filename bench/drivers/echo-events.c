/* echo-events.c: a TCP echo by event callbacks: WskReceiveEvent keeps what it is shown, sends the very same
 * buffers back, and releases them when they are sent. A connection keeps one send ready, so that in the usual
 * course nothing is allocated. Parameter: LocalPort.
 * It knows nothing about measuring; by calls: echo-calls.c. A sample to learn from: samples/echo-events.
 */
#include "common.h"

struct _CONNECTION;

/* A kept list while it is sent: one WskSend for each of its indications, the next when one is done. */
typedef struct _ECHO {
    CHAIN Chain;
    struct _CONNECTION *Connection;
    PWSK_DATA_INDICATION List;
    PWSK_DATA_INDICATION At;
} ECHO, *PECHO;

typedef struct _CONNECTION {
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch;
    volatile PVOID Spare;   /* A PECHO that is not in use. */
    volatile LONG Uses;     /* Kept lists, and one until the peer has ended. */
} CONNECTION, *PCONNECTION;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION Registration;
static WSK_CLIENT_NPI Client;
static WSK_PROVIDER_NPI Provider;

static VOID FreeEcho(PECHO Echo)
{
    if (Echo->Chain.Irp != NULL) IoFreeIrp(Echo->Chain.Irp);
    ExFreePoolWithTag(Echo, BENCH_TAG);
}

static NTSTATUS NTAPI CloseDone(PDEVICE_OBJECT Unused, PIRP Irp, PVOID Context)
{
    PCONNECTION c = (PCONNECTION)Context;
    UNREFERENCED_PARAMETER(Unused);
    if (c->Spare != NULL) FreeEcho((PECHO)c->Spare);
    IoFreeIrp(Irp);
    ExFreePoolWithTag(c, BENCH_TAG);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Who ends the last use closes the socket: no call of it is in progress then. */
static VOID EndUse(PCONNECTION C)
{
    PIRP irp;
    if (InterlockedDecrement(&C->Uses) != 0) return;
    irp = IoAllocateIrp(1, FALSE);
    if (irp == NULL) return;
    IoSetCompletionRoutine(irp, CloseDone, C, TRUE, TRUE, TRUE);
    C->Dispatch->Basic.WskCloseSocket(C->Socket, irp);
}

static NTSTATUS NTAPI SendDone(PDEVICE_OBJECT Unused, PIRP Irp, PVOID Context);

/* Sends what is left of the list; at its end the list goes back to the provider. */
static VOID SendRest(PECHO Echo)
{
    PCONNECTION c = Echo->Connection;
    while (Echo->At != NULL) {
        PWSK_BUF buffer = &Echo->At->Buffer;
        Echo->At = Echo->At->Next;
        BeginStep(&Echo->Chain, SendDone, Echo);
        c->Dispatch->WskSend(c->Socket, buffer, WSK_FLAG_NODELAY, Echo->Chain.Irp);
        if (!IsStepDone(&Echo->Chain)) return;
    }
    c->Dispatch->WskRelease(c->Socket, Echo->List);
    if (InterlockedCompareExchangePointer(&c->Spare, Echo, NULL) != NULL) FreeEcho(Echo);
    EndUse(c);
}

static NTSTATUS NTAPI SendDone(PDEVICE_OBJECT Unused, PIRP Irp, PVOID Context)
{
    PECHO echo = (PECHO)Context;
    UNREFERENCED_PARAMETER(Unused);
    UNREFERENCED_PARAMETER(Irp);
    if (GoesOnHere(&echo->Chain)) SendRest(echo);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PECHO TakeEcho(PCONNECTION C)
{
    PECHO echo = (PECHO)InterlockedExchangePointer(&C->Spare, NULL);
    if (echo != NULL) return echo;
    echo = (PECHO)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*echo), BENCH_TAG);
    if (echo == NULL) return NULL;
    echo->Connection = C;
    echo->Chain.Irp = IoAllocateIrp(1, FALSE);
    if (echo->Chain.Irp != NULL) return echo;
    FreeEcho(echo);
    return NULL;
}

static NTSTATUS WSKAPI ReceiveEvent(PVOID SocketContext, ULONG Flags, PWSK_DATA_INDICATION DataIndication,
    SIZE_T BytesIndicated, SIZE_T *BytesAccepted)
{
    PCONNECTION c = (PCONNECTION)SocketContext;
    PECHO echo;
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(BytesIndicated);
    UNREFERENCED_PARAMETER(BytesAccepted);
    if (DataIndication == NULL) return STATUS_SUCCESS;
    echo = TakeEcho(c);
    if (echo == NULL) return STATUS_DATA_NOT_ACCEPTED;
    InterlockedIncrement(&c->Uses);
    echo->List = DataIndication;
    echo->At = DataIndication;
    SendRest(echo);
    return STATUS_PENDING;
}

static NTSTATUS WSKAPI DisconnectEvent(PVOID SocketContext, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    EndUse((PCONNECTION)SocketContext);
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_CONNECTION_DISPATCH ConnectionCallbacks = {ReceiveEvent, DisconnectEvent, NULL};

static NTSTATUS WSKAPI AcceptEvent(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress,
    PSOCKADDR RemoteAddress, PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
    const WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    PCONNECTION c;
    UNREFERENCED_PARAMETER(SocketContext);
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    if (AcceptSocket == NULL) return STATUS_REQUEST_NOT_ACCEPTED;
    c = (PCONNECTION)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*c), BENCH_TAG);
    if (c == NULL) return STATUS_REQUEST_NOT_ACCEPTED;
    c->Socket = AcceptSocket;
    c->Dispatch = (const WSK_PROVIDER_CONNECTION_DISPATCH *)AcceptSocket->Dispatch;
    c->Uses = 1;
    *AcceptSocketContext = c;
    *AcceptSocketDispatch = &ConnectionCallbacks;
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_LISTEN_DISPATCH ListenCallbacks = {AcceptEvent, NULL, NULL};

static NTSTATUS Listen(ULONG Port)
{
    WSK_EVENT_CALLBACK_CONTROL control = {
        &NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT};
    WAITED_CALL call;
    SOCKADDR_IN local;
    ULONG_PTR created = 0;
    PWSK_SOCKET socket;
    NTSTATUS status = Provider.Dispatch->WskControlClient(Provider.Client, WSK_SET_STATIC_EVENT_CALLBACKS,
        sizeof(control), &control, 0, NULL, NULL, NULL);
    if (!NT_SUCCESS(status)) return status;
    if (BeginWaitedCall(&call) == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Provider.Dispatch->WskSocket(Provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET,
        NULL, &ListenCallbacks, NULL, NULL, NULL, call.Irp);
    status = EndWaitedCall(&call, &created);
    if (!NT_SUCCESS(status)) return status;
    socket = (PWSK_SOCKET)created;
    if (BeginWaitedCall(&call) == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    SetIpv4(&local, 0x7F000001, Port);
    ((const WSK_PROVIDER_LISTEN_DISPATCH *)socket->Dispatch)
        ->WskBind(socket, (PSOCKADDR)&local, 0, call.Irp);
    return EndWaitedCall(&call, NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status;
    UNREFERENCED_PARAMETER(DriverObject);
    Client.Dispatch = &ClientDispatch;
    status = WskRegister(&Client, &Registration);
    if (!NT_SUCCESS(status)) return status;
    status = WskCaptureProviderNPI(&Registration, WSK_INFINITE_WAIT, &Provider);
    if (NT_SUCCESS(status)) status = Listen(ReadNumber(RegistryPath, L"LocalPort", 0));
    return status;
}
