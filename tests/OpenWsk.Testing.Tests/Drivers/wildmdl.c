/* wildmdl.c: a driver with a connection and a datagram socket, both to itself, that gives one wrong WSK_BUF
 * to one function when asked: the control code's input names the function, what is wrong and the IRQL. The
 * answer is the status of the call. It does not know what becomes of it, and nothing here is an example to
 * follow. */
#include <ntddk.h>
#include <wsk.h>

#define CODE_GIVE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define TAG 'dliW'
#define BLOCK_BYTES 4096

enum { SEND, RECEIVE, SEND_TO, RECEIVE_FROM, SEND_MESSAGES };

enum {
    RIGHT, NULL_BUF, WILD_BUF, NULL_MDL, SMALL_MDL, USER_MDL, KERNEL_MDL, NON_CANONICAL_MDL, FREED_MDL,
    TOO_LONG, TOO_MANY_BYTES, LOOP, EMPTY_LOOP, NOT_LOCKED, WILD_NEXT, NULL_DATA, USER_DATA, KERNEL_DATA,
    NON_CANONICAL_DATA, FREED_DATA, READ_ONLY_DATA, HUGE_LENGTH,
};

static PDEVICE_OBJECT device;
static UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\Wild");
static WSK_REGISTRATION registration;
static WSK_PROVIDER_NPI provider;
static const WSK_CLIENT_DISPATCH clientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static PWSK_SOCKET listener, connected, accepted, datagrams;
static SOCKADDR_INET streamAddress, datagramAddress;
static UCHAR *block;
static const UCHAR constant[BLOCK_BYTES] = {1};

typedef struct _CALL {
    PIRP Irp;
    KEVENT Done;
} CALL;

static CALL setUp, wild;

static NTSTATUS NTAPI OnDone(PDEVICE_OBJECT self, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(self);
    UNREFERENCED_PARAMETER(irp);
    KeSetEvent(&((CALL *)context)->Done, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP Begin(CALL *call)
{
    IoReuseIrp(call->Irp, STATUS_UNSUCCESSFUL);
    KeClearEvent(&call->Done);
    IoSetCompletionRoutine(call->Irp, OnDone, call, TRUE, TRUE, TRUE);
    return call->Irp;
}

static NTSTATUS End(CALL *call)
{
    KeWaitForSingleObject(&call->Done, Executive, KernelMode, FALSE, NULL);
    return call->Irp->IoStatus.Status;
}

static const WSK_PROVIDER_CONNECTION_DISPATCH *Connection(PWSK_SOCKET socket)
{
    return socket->Dispatch;
}

static const WSK_PROVIDER_DATAGRAM_DISPATCH *Datagram(VOID)
{
    return datagrams->Dispatch;
}

static PWSK_SOCKET Result(VOID)
{
    return NT_SUCCESS(End(&setUp)) ? (PWSK_SOCKET)setUp.Irp->IoStatus.Information : NULL;
}

static PWSK_SOCKET Open(USHORT type, ULONG protocol, ULONG category)
{
    provider.Dispatch->WskSocket(provider.Client, AF_INET, type, protocol, category, NULL, NULL, NULL, NULL,
        NULL, Begin(&setUp));
    return Result();
}

static VOID Bind(PWSK_SOCKET socket, PFN_WSK_BIND bind, PFN_WSK_GET_LOCAL_ADDRESS where, SOCKADDR_INET *local)
{
    RtlZeroMemory(local, sizeof(*local));
    local->Ipv4.sin_family = AF_INET;
    local->Ipv4.sin_addr.S_un.S_addr = 0x0100007F;
    bind(socket, (PSOCKADDR)local, 0, Begin(&setUp));
    End(&setUp);
    where(socket, (PSOCKADDR)local, Begin(&setUp));
    End(&setUp);
}

static VOID Close(PWSK_SOCKET socket)
{
    if (socket == NULL) return;
    ((const WSK_PROVIDER_BASIC_DISPATCH *)socket->Dispatch)->WskCloseSocket(socket, Begin(&setUp));
    End(&setUp);
}

static VOID OpenAll(VOID)
{
    const WSK_PROVIDER_LISTEN_DISPATCH *listen;
    SOCKADDR_INET any;
    RtlZeroMemory(&any, sizeof(any));
    any.Ipv4.sin_family = AF_INET;
    listener = Open(SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET);
    listen = listener->Dispatch;
    Bind(listener, listen->WskBind, listen->WskGetLocalAddress, &streamAddress);
    provider.Dispatch->WskSocketConnect(provider.Client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&any,
        (PSOCKADDR)&streamAddress, 0, NULL, NULL, NULL, NULL, NULL, Begin(&setUp));
    connected = Result();
    listen->WskAccept(listener, 0, NULL, NULL, NULL, NULL, Begin(&setUp));
    accepted = Result();
    datagrams = Open(SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET);
    Bind(datagrams, Datagram()->WskBind, Datagram()->WskGetLocalAddress, &datagramAddress);
}

static PMDL Describe(PVOID bytes, ULONG length)
{
    PMDL mdl = IoAllocateMdl(bytes, length, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

static VOID Spoil(UCHAR what, WSK_BUF *buffer)
{
    PMDL mdl = buffer->Mdl;
    switch (what) {
    case NULL_MDL: buffer->Mdl = NULL; break;
    case SMALL_MDL: buffer->Mdl = (PMDL)0x10; break;
    case USER_MDL: buffer->Mdl = (PMDL)0x0000400000000000; break;
    case KERNEL_MDL: buffer->Mdl = (PMDL)0xFFFFC00012345678; break;
    case NON_CANONICAL_MDL: buffer->Mdl = (PMDL)0x123456789ABCDEF0; break;
    case FREED_MDL: IoFreeMdl(mdl); break;
    case TOO_LONG: buffer->Length = BLOCK_BYTES + 1; break;
    case TOO_MANY_BYTES: mdl->ByteCount = 1 << 28; buffer->Length = 1 << 28; break;
    case LOOP: mdl->Next = mdl; buffer->Length = (SIZE_T)1 << 45; break;
    case EMPTY_LOOP:
        buffer->Length = BLOCK_BYTES + 1;
        mdl->Next = Describe(block, 0);
        mdl->Next->Next = mdl->Next;
        break;
    case NOT_LOCKED: mdl->MdlFlags = 0; mdl->MappedSystemVa = NULL; break;
    case WILD_NEXT: mdl->Next = (PMDL)0xFFFFC00012345678; buffer->Length = BLOCK_BYTES + 1; break;
    case NULL_DATA: mdl->MappedSystemVa = NULL; break;
    case USER_DATA: mdl->MappedSystemVa = (PVOID)0x0000400000000000; break;
    case KERNEL_DATA: mdl->MappedSystemVa = (PVOID)0xFFFFC00012345678; break;
    case NON_CANONICAL_DATA: mdl->MappedSystemVa = (PVOID)0x123456789ABCDEF0; break;
    case FREED_DATA: ExFreePoolWithTag(block, TAG); block = NULL; break;
    case READ_ONLY_DATA: mdl->MappedSystemVa = (PVOID)constant; break;
    case HUGE_LENGTH: buffer->Length = ~(SIZE_T)0; break;
    }
}

static VOID SendRight(UCHAR function, PMDL mdl)
{
    WSK_BUF buffer = {mdl, 0, 64};
    if (function == RECEIVE_FROM)
        Datagram()->WskSendTo(datagrams, &buffer, 0, (PSOCKADDR)&datagramAddress, 0, NULL, Begin(&setUp));
    else
        Connection(accepted)->WskSend(accepted, &buffer, 0, Begin(&setUp));
    End(&setUp);
}

static VOID Call(UCHAR function, WSK_BUF *buffer)
{
    static WSK_BUF_LIST list;
    switch (function) {
    case SEND: Connection(connected)->WskSend(connected, buffer, 0, Begin(&wild)); break;
    case SEND_TO:
        Datagram()->WskSendTo(datagrams, buffer, 0, (PSOCKADDR)&datagramAddress, 0, NULL, Begin(&wild));
        break;
    case SEND_MESSAGES:
        if (buffer != NULL) list.Buffer = *buffer;
        Datagram()->WskSendMessages(datagrams, buffer != NULL ? &list : NULL, 0,
            (PSOCKADDR)&datagramAddress, 0, NULL, Begin(&wild));
        break;
    case RECEIVE_FROM:
        Datagram()->WskReceiveFrom(datagrams, buffer, 0, NULL, NULL, NULL, NULL, Begin(&wild));
        break;
    default: Connection(connected)->WskReceive(connected, buffer, 0, Begin(&wild)); break;
    }
}

static NTSTATUS Give(const UCHAR *what)
{
    static UCHAR room[64];
    PMDL right = Describe(room, sizeof(room));
    WSK_BUF *buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*buffer), TAG);
    WSK_BUF *wildBuffer = what[1] == NULL_BUF ? NULL : (WSK_BUF *)0xFFFFC00012345678;
    WSK_BUF *given = what[1] == NULL_BUF || what[1] == WILD_BUF ? wildBuffer : buffer;
    BOOLEAN receives = what[0] == RECEIVE || what[0] == RECEIVE_FROM;
    KIRQL old;
    PMDL mdl;
    block = ExAllocatePool2(POOL_FLAG_NON_PAGED, BLOCK_BYTES, TAG);
    mdl = Describe(block, BLOCK_BYTES);
    buffer->Mdl = mdl;
    buffer->Offset = 0;
    buffer->Length = what[0] == SEND_TO || what[0] == SEND_MESSAGES ? 64 : BLOCK_BYTES;
    Spoil(what[1], buffer);
    KeRaiseIrql(what[2], &old);
    Call(what[0], given);
    KeLowerIrql(old);
    if (receives) SendRight(what[0], right);
    End(&wild);
    if (block != NULL) ExFreePoolWithTag(block, TAG);
    IoFreeMdl(right);
    ExFreePoolWithTag(buffer, TAG);
    if (what[1] == EMPTY_LOOP) IoFreeMdl(mdl->Next);
    if (what[1] != FREED_MDL) IoFreeMdl(mdl);
    return wild.Irp->IoStatus.Status;
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT self, PIRP irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
    NTSTATUS status = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(self);
    if (location->MajorFunction == IRP_MJ_DEVICE_CONTROL)
        status = Give(irp->AssociatedIrp.SystemBuffer);
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    Close(accepted);
    Close(connected);
    Close(listener);
    Close(datagrams);
    WskReleaseProviderNPI(&registration);
    WskDeregister(&registration);
    IoFreeIrp(setUp.Irp);
    IoFreeIrp(wild.Irp);
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(device);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Wild");
    WSK_CLIENT_NPI client = {NULL, &clientDispatch};
    ULONG i;
    UNREFERENCED_PARAMETER(registryPath);
    for (i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) driver->MajorFunction[i] = Dispatch;
    driver->DriverUnload = Unload;
    IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    IoCreateSymbolicLink(&link, &name);
    setUp.Irp = IoAllocateIrp(1, FALSE);
    wild.Irp = IoAllocateIrp(1, FALSE);
    KeInitializeEvent(&setUp.Done, SynchronizationEvent, FALSE);
    KeInitializeEvent(&wild.Done, SynchronizationEvent, FALSE);
    WskRegister(&client, &registration);
    WskCaptureProviderNPI(&registration, WSK_NO_WAIT, &provider);
    OpenAll();
    return STATUS_SUCCESS;
}
