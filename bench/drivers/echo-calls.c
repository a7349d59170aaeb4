/* echo-calls.c: a TCP echo by calls alone: WskSocket, WskBind, WskAccept, then WskReceive and WskSend in turn
 * with one IRP and one MDL for each connection, from completion routines. It keeps to what every provider of
 * WSK has, Wine's netio.sys too, so that the same file is measured under both.
 * Parameters: LocalPort, BufferBytes. It knows nothing about measuring; with events: echo-events.c.
 */
#include "common.h"

#define BUFFER_BYTES 4096

typedef struct _CONNECTION {
    CHAIN Chain;
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch;
    PIO_WORKITEM Close;
    PMDL Mdl;
    BOOLEAN IsSending;
    UCHAR Bytes[1];
} CONNECTION, *PCONNECTION;

typedef struct _SERVER {
    WSK_REGISTRATION Registration;
    WSK_CLIENT_NPI Client;
    WSK_PROVIDER_NPI Provider;
    PDEVICE_OBJECT Device;
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_LISTEN_DISPATCH *Dispatch;
    CHAIN Accept;
    ULONG BufferBytes;
} SERVER;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static SERVER Server;

static VOID FreeConnection(PCONNECTION C)
{
    if (C->Mdl != NULL) IoFreeMdl(C->Mdl);
    if (C->Close != NULL) IoFreeWorkItem(C->Close);
    if (C->Chain.Irp != NULL) IoFreeIrp(C->Chain.Irp);
    ExFreePoolWithTag(C, BENCH_TAG);
}

static NTSTATUS NTAPI CloseDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    FreeConnection((PCONNECTION)Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* On a thread of its own: some providers wait in the close for the completion that it follows. */
static VOID NTAPI Close(PDEVICE_OBJECT Device, PVOID Context)
{
    PCONNECTION c = (PCONNECTION)Context;
    UNREFERENCED_PARAMETER(Device);
    IoReuseIrp(c->Chain.Irp, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(c->Chain.Irp, CloseDone, c, TRUE, TRUE, TRUE);
    c->Dispatch->Basic.WskCloseSocket(c->Socket, c->Chain.Irp);
}

static NTSTATUS NTAPI TransferDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context);

/* Receives what comes and sends it back, until something fails or the peer ends. */
static VOID Echo(PCONNECTION C)
{
    for (;;) {
        NTSTATUS status = C->Chain.Irp->IoStatus.Status;
        WSK_BUF buffer = {C->Mdl, 0, Server.BufferBytes};
        if (!NT_SUCCESS(status) || (!C->IsSending && C->Chain.Irp->IoStatus.Information == 0)) break;
        C->IsSending = !C->IsSending;
        if (C->IsSending) buffer.Length = C->Chain.Irp->IoStatus.Information;
        BeginStep(&C->Chain, TransferDone, C);
        if (C->IsSending) C->Dispatch->WskSend(C->Socket, &buffer, WSK_FLAG_NODELAY, C->Chain.Irp);
        else C->Dispatch->WskReceive(C->Socket, &buffer, 0, C->Chain.Irp);
        if (!IsStepDone(&C->Chain)) return;
    }
    IoQueueWorkItem(C->Close, Close, DelayedWorkQueue, C);
}

static NTSTATUS NTAPI TransferDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    PCONNECTION c = (PCONNECTION)Context;
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    if (GoesOnHere(&c->Chain)) Echo(c);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID Serve(PWSK_SOCKET Socket)
{
    PCONNECTION c = (PCONNECTION)ExAllocatePoolWithTag(
        NonPagedPoolNx, FIELD_OFFSET(CONNECTION, Bytes) + Server.BufferBytes, BENCH_TAG);
    if (c == NULL) return;
    c->Socket = Socket;
    c->Dispatch = (const WSK_PROVIDER_CONNECTION_DISPATCH *)Socket->Dispatch;
    c->Chain.Irp = IoAllocateIrp(1, FALSE);
    c->Close = IoAllocateWorkItem(Server.Device);
    c->Mdl = IoAllocateMdl(c->Bytes, Server.BufferBytes, FALSE, FALSE, NULL);
    if (c->Chain.Irp == NULL || c->Close == NULL || c->Mdl == NULL) {
        FreeConnection(c);
        return;
    }
    MmBuildMdlForNonPagedPool(c->Mdl);
    /* As if a send were over: it begins with a receive. */
    c->IsSending = TRUE;
    c->Chain.Irp->IoStatus.Status = STATUS_SUCCESS;
    Echo(c);
}

static NTSTATUS NTAPI AcceptDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context);

static VOID Accept(VOID)
{
    for (;;) {
        BeginStep(&Server.Accept, AcceptDone, NULL);
        Server.Dispatch->WskAccept(Server.Socket, 0, NULL, NULL, NULL, NULL, Server.Accept.Irp);
        if (!IsStepDone(&Server.Accept) || !NT_SUCCESS(Server.Accept.Irp->IoStatus.Status)) return;
        Serve((PWSK_SOCKET)Server.Accept.Irp->IoStatus.Information);
    }
}

static NTSTATUS NTAPI AcceptDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Context);
    if (!GoesOnHere(&Server.Accept) || !NT_SUCCESS(Irp->IoStatus.Status))
        return STATUS_MORE_PROCESSING_REQUIRED;
    Serve((PWSK_SOCKET)Irp->IoStatus.Information);
    Accept();
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS Listen(ULONG Port)
{
    WAITED_CALL call;
    SOCKADDR_IN local;
    ULONG_PTR socket = 0;
    NTSTATUS status;
    if (BeginWaitedCall(&call) == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Server.Provider.Dispatch->WskSocket(Server.Provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
        WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, NULL, call.Irp);
    status = EndWaitedCall(&call, &socket);
    if (!NT_SUCCESS(status)) return status;
    Server.Socket = (PWSK_SOCKET)socket;
    Server.Dispatch = (const WSK_PROVIDER_LISTEN_DISPATCH *)Server.Socket->Dispatch;
    if (BeginWaitedCall(&call) == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    SetIpv4(&local, 0x7F000001, Port);
    Server.Dispatch->WskBind(Server.Socket, (PSOCKADDR)&local, 0, call.Irp);
    return EndWaitedCall(&call, NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status =
        IoCreateDevice(DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Server.Device);
    if (!NT_SUCCESS(status)) return status;
    Server.Client.Dispatch = &ClientDispatch;
    Server.BufferBytes = ReadNumber(RegistryPath, L"BufferBytes", BUFFER_BYTES);
    Server.Accept.Irp = IoAllocateIrp(1, FALSE);
    if (Server.Accept.Irp == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    status = WskRegister(&Server.Client, &Server.Registration);
    if (!NT_SUCCESS(status)) return status;
    status = WskCaptureProviderNPI(&Server.Registration, WSK_INFINITE_WAIT, &Server.Provider);
    if (NT_SUCCESS(status)) status = Listen(ReadNumber(RegistryPath, L"LocalPort", 0));
    if (NT_SUCCESS(status)) Accept();
    return status;
}
