/* The driver of `openwsk bench datapath`: three listeners on neighbouring ports, each echoing in one way: by
 * the receive event with the very buffers that it keeps, by the event with a buffer of its own, and by calls
 * of WskReceive and WskSend. Each connection has all it needs from the start and reuses it, as a driver does
 * that wants to be fast. It knows nothing about measuring, and it ends with its world: it is never unloaded.
 */
#include <ntddk.h>
#include <wsk.h>

#define TAG 'ptaD'
#define BYTES 4096
#define FIRST_PORT 7001
#define KINDS 3

typedef struct _CONNECTION {
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch;
    PIRP Irp;
    PMDL Mdl;
    PWSK_DATA_INDICATION Kept;
    UCHAR Bytes[BYTES];
} CONNECTION, *PCONNECTION;

static WSK_REGISTRATION g_registration;
static WSK_PROVIDER_NPI g_provider;
static const WSK_CLIENT_DISPATCH g_client = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static KEVENT g_done;

static NTSTATUS NTAPI signal(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    UNREFERENCED_PARAMETER(context);
    KeSetEvent(&g_done, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP fresh_irp(void)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    KeInitializeEvent(&g_done, SynchronizationEvent, FALSE);
    if (irp != NULL) IoSetCompletionRoutine(irp, signal, NULL, TRUE, TRUE, TRUE);
    return irp;
}

static NTSTATUS await(PIRP irp, ULONG_PTR *information)
{
    NTSTATUS status;
    KeWaitForSingleObject(&g_done, Executive, KernelMode, FALSE, NULL);
    status = irp->IoStatus.Status;
    if (information != NULL) *information = irp->IoStatus.Information;
    IoFreeIrp(irp);
    return status;
}

static void begin(PCONNECTION c, PIO_COMPLETION_ROUTINE routine)
{
    IoReuseIrp(c->Irp, STATUS_SUCCESS);
    IoSetCompletionRoutine(c->Irp, routine, c, TRUE, TRUE, TRUE);
}

static NTSTATUS NTAPI kept_sent(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    PCONNECTION c = context;
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    c->Dispatch->WskRelease(c->Socket, c->Kept);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS WSKAPI keep_event(PVOID context, ULONG flags, PWSK_DATA_INDICATION indication,
    SIZE_T indicated, SIZE_T *accepted)
{
    PCONNECTION c = context;
    UNREFERENCED_PARAMETER(flags);
    UNREFERENCED_PARAMETER(indicated);
    UNREFERENCED_PARAMETER(accepted);
    if (indication == NULL) return STATUS_SUCCESS;
    c->Kept = indication;
    begin(c, kept_sent);
    c->Dispatch->WskSend(c->Socket, &indication->Buffer, 0, c->Irp);
    return STATUS_PENDING;
}

static NTSTATUS NTAPI copy_sent(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    UNREFERENCED_PARAMETER(context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS WSKAPI copy_event(PVOID context, ULONG flags, PWSK_DATA_INDICATION indication,
    SIZE_T indicated, SIZE_T *accepted)
{
    PCONNECTION c = context;
    WSK_BUF buffer;
    UNREFERENCED_PARAMETER(flags);
    UNREFERENCED_PARAMETER(accepted);
    if (indication == NULL || indicated > BYTES) return STATUS_SUCCESS;
    RtlCopyMemory(c->Bytes,
        (PUCHAR)MmGetSystemAddressForMdlSafe(indication->Buffer.Mdl, NormalPagePriority)
            + indication->Buffer.Offset, indicated);
    buffer.Mdl = c->Mdl;
    buffer.Offset = 0;
    buffer.Length = indicated;
    begin(c, copy_sent);
    c->Dispatch->WskSend(c->Socket, &buffer, 0, c->Irp);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI received(PDEVICE_OBJECT device, PIRP irp, PVOID context);

static void receive(PCONNECTION c)
{
    WSK_BUF buffer;
    buffer.Mdl = c->Mdl;
    buffer.Offset = 0;
    buffer.Length = BYTES;
    begin(c, received);
    c->Dispatch->WskReceive(c->Socket, &buffer, 0, c->Irp);
}

static NTSTATUS NTAPI call_sent(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    if (NT_SUCCESS(irp->IoStatus.Status)) receive(context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI received(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    PCONNECTION c = context;
    WSK_BUF buffer;
    UNREFERENCED_PARAMETER(device);
    buffer.Mdl = c->Mdl;
    buffer.Offset = 0;
    buffer.Length = irp->IoStatus.Information;
    if (!NT_SUCCESS(irp->IoStatus.Status) || buffer.Length == 0) return STATUS_MORE_PROCESSING_REQUIRED;
    begin(c, call_sent);
    c->Dispatch->WskSend(c->Socket, &buffer, 0, c->Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS WSKAPI disconnect_event(PVOID context, ULONG flags)
{
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(flags);
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_CONNECTION_DISPATCH g_callbacks[KINDS] = {
    {keep_event, disconnect_event, NULL},
    {copy_event, disconnect_event, NULL},
    {keep_event, disconnect_event, NULL},
};

static NTSTATUS WSKAPI accept_event(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
    PWSK_SOCKET socket, PVOID *socket_context, const WSK_CLIENT_CONNECTION_DISPATCH **dispatch)
{
    ULONG_PTR kind = (ULONG_PTR)context - 1;
    PCONNECTION c;
    UNREFERENCED_PARAMETER(flags);
    UNREFERENCED_PARAMETER(local);
    UNREFERENCED_PARAMETER(remote);
    if (socket == NULL) return STATUS_REQUEST_NOT_ACCEPTED;
    c = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*c), TAG);
    if (c == NULL) return STATUS_REQUEST_NOT_ACCEPTED;
    c->Socket = socket;
    c->Dispatch = socket->Dispatch;
    c->Irp = IoAllocateIrp(1, FALSE);
    c->Mdl = IoAllocateMdl(c->Bytes, BYTES, FALSE, FALSE, NULL);
    if (c->Irp == NULL || c->Mdl == NULL) return STATUS_REQUEST_NOT_ACCEPTED;
    MmBuildMdlForNonPagedPool(c->Mdl);
    *socket_context = c;
    *dispatch = &g_callbacks[kind];
    if (kind == KINDS - 1) receive(c);
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_LISTEN_DISPATCH g_listen = {accept_event, NULL, NULL};

static NTSTATUS listen_on(ULONG_PTR kind)
{
    WSK_EVENT_CALLBACK_CONTROL control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT};
    const WSK_PROVIDER_LISTEN_DISPATCH *dispatch;
    SOCKADDR_IN local = {0};
    ULONG_PTR socket;
    PIRP irp = fresh_irp();
    NTSTATUS status;
    g_provider.Dispatch->WskSocket(g_provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
        WSK_FLAG_LISTEN_SOCKET, (PVOID)(kind + 1), &g_listen, NULL, NULL, NULL, irp);
    status = await(irp, &socket);
    if (!NT_SUCCESS(status)) return status;
    dispatch = ((PWSK_SOCKET)socket)->Dispatch;
    local.sin_family = AF_INET;
    local.sin_port = RtlUshortByteSwap((USHORT)(FIRST_PORT + kind));
    irp = fresh_irp();
    dispatch->WskBind((PWSK_SOCKET)socket, (PSOCKADDR)&local, 0, irp);
    status = await(irp, NULL);
    if (!NT_SUCCESS(status)) return status;
    if (kind != KINDS - 1) control.EventMask |= WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT;
    return dispatch->Basic.WskControlSocket((PWSK_SOCKET)socket, WskSetOption, SO_WSK_EVENT_CALLBACK,
        SOL_SOCKET, sizeof(control), &control, 0, NULL, NULL, NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    WSK_CLIENT_NPI client = {NULL, &g_client};
    NTSTATUS status = WskRegister(&client, &g_registration);
    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(path);
    if (NT_SUCCESS(status))
        status = WskCaptureProviderNPI(&g_registration, WSK_INFINITE_WAIT, &g_provider);
    for (ULONG_PTR kind = 0; NT_SUCCESS(status) && kind < KINDS; kind++) status = listen_on(kind);
    return status;
}
