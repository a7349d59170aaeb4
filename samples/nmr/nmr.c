/* nmr.c: connects as connect.c does, but finds Winsock Kernel through the Network Module Registrar.
 * NmrRegisterClient calls back when the provider is there; the driver attaches and gets the client object and
 * the dispatch table that WskCaptureProviderNPI would give.
 * It connects, prints the local address and closes. Parameters: see ../common/parameters.h.
 * It does not know WskRegister: that way in is connect.c. */
#include "../common/parameters.h"
#include "../common/call.h"
#include "../common/thread.h"

typedef struct _NMR_STATE {
    SAMPLE_PARAMETERS Parameters;
    SAMPLE_CALL Call;
    HANDLE Registration;
    HANDLE Binding;
    PWSK_CLIENT Client;
    const WSK_PROVIDER_DISPATCH *Dispatch;
    PVOID Thread;
} NMR_STATE, *PNMR_STATE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD NmrUnload;
static KSTART_ROUTINE NmrThread;
static NPI_CLIENT_ATTACH_PROVIDER_FN NmrAttach;
static NPI_CLIENT_DETACH_PROVIDER_FN NmrDetach;
static NPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN NmrCleanup;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};

static const NPI_MODULEID ModuleId = {
    sizeof(NPI_MODULEID), MIT_GUID,
    {{0x5e1f2a60, 0x7b1d, 0x4c55, {0x9a, 0x31, 0x0f, 0x6b, 0x8e, 0x2d, 0x41, 0x77}}}};

static const NPI_CLIENT_CHARACTERISTICS Characteristics = {
    0, sizeof(NPI_CLIENT_CHARACTERISTICS), NmrAttach, NmrDetach, NmrCleanup,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &NPI_WSK_INTERFACE_ID, &ModuleId, 0, NULL}};

static PNMR_STATE State;

static VOID PrintLocalAddress(
    PNMR_STATE S, PWSK_SOCKET Socket, const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch)
{
    SOCKADDR_INET local;
    NTSTATUS status;
    RtlZeroMemory(&local, sizeof(local));
    SampleBeginCall(&S->Call);
    status = SampleEndCall(
        &S->Call, Dispatch->WskGetLocalAddress(Socket, (PSOCKADDR)&local, S->Call.Irp), NULL);
    DbgPrint("nmr: WskGetLocalAddress -> STATUS 0x%08X, family %u, port %u\n", status, local.si_family,
        RtlUshortByteSwap(local.Ipv4.sin_port));
}

static VOID NTAPI NmrThread(PVOID Context)
{
    PNMR_STATE s = (PNMR_STATE)Context;
    ULONG_PTR created = 0;
    NTSTATUS status;
    SampleBeginCall(&s->Call);
    if (SampleIsStopping(&s->Call)) PsTerminateSystemThread(STATUS_CANCELLED);
    status = SampleEndCall(&s->Call,
        s->Dispatch->WskSocketConnect(s->Client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&s->Parameters.Local,
            (PSOCKADDR)&s->Parameters.Remote, 0, NULL, NULL, NULL, NULL, NULL, s->Call.Irp),
        &created);
    DbgPrint("nmr: WskSocketConnect %s -> STATUS 0x%08X\n", s->Parameters.RemoteText, status);
    if (NT_SUCCESS(status)) {
        PWSK_SOCKET socket = (PWSK_SOCKET)created;
        const WSK_PROVIDER_CONNECTION_DISPATCH *dispatch =
            (const WSK_PROVIDER_CONNECTION_DISPATCH *)socket->Dispatch;
        PrintLocalAddress(s, socket, dispatch);
        SampleBeginCall(&s->Call);
        status = SampleEndCall(&s->Call, dispatch->WskDisconnect(socket, NULL, 0, s->Call.Irp), NULL);
        DbgPrint("nmr: WskDisconnect -> STATUS 0x%08X\n", status);
        SampleBeginCall(&s->Call);
        status = SampleEndCall(&s->Call, dispatch->Basic.WskCloseSocket(socket, s->Call.Irp), NULL);
        DbgPrint("nmr: WskCloseSocket -> STATUS 0x%08X\n", status);
    }
    DbgPrint("nmr: done -> STATUS 0x%08X\n", status);
    PsTerminateSystemThread(status);
}

static NTSTATUS NTAPI NmrAttach(
    HANDLE NmrBindingHandle, PVOID ClientContext, PNPI_REGISTRATION_INSTANCE ProviderRegistrationInstance)
{
    PNMR_STATE s = (PNMR_STATE)ClientContext;
    PVOID client = NULL;
    const VOID *dispatch = NULL;
    NTSTATUS status;
    UNREFERENCED_PARAMETER(ProviderRegistrationInstance);
    if (s->Binding != NULL) return STATUS_NOINTERFACE;
    status = NmrClientAttachProvider(NmrBindingHandle, s, &ClientDispatch, &client, &dispatch);
    DbgPrint("nmr: NmrClientAttachProvider -> STATUS 0x%08X\n", status);
    if (!NT_SUCCESS(status)) return status;
    s->Binding = NmrBindingHandle;
    s->Client = (PWSK_CLIENT)client;
    s->Dispatch = (const WSK_PROVIDER_DISPATCH *)dispatch;
    /* The binding stays when the thread cannot be made: the driver then waits for its unloading. */
    status = SampleStartThread(NmrThread, s, &s->Thread);
    if (!NT_SUCCESS(status)) DbgPrint("nmr: PsCreateSystemThread -> STATUS 0x%08X\n", status);
    return STATUS_SUCCESS;
}

/* Detaching can be asked for at DISPATCH_LEVEL, where waiting is not possible; the unload routine, which
 * alone causes it here, has stopped the thread and waited for it before. */
static NTSTATUS NTAPI NmrDetach(PVOID ClientBindingContext)
{
    UNREFERENCED_PARAMETER(ClientBindingContext);
    return STATUS_SUCCESS;
}

static VOID NTAPI NmrCleanup(PVOID ClientBindingContext)
{
    ((PNMR_STATE)ClientBindingContext)->Binding = NULL;
}

static VOID FreeState(PNMR_STATE S)
{
    SampleDeleteCall(&S->Call);
    SampleFreeParameters(&S->Parameters);
    ExFreePoolWithTag(S, SAMPLE_TAG);
}

static VOID NTAPI NmrUnload(PDRIVER_OBJECT DriverObject)
{
    PNMR_STATE s = State;
    NTSTATUS status;
    UNREFERENCED_PARAMETER(DriverObject);
    SampleStopCall(&s->Call);
    if (s->Thread != NULL) SampleJoinThread(s->Thread);
    status = NmrDeregisterClient(s->Registration);
    if (status == STATUS_PENDING) status = NmrWaitForClientDeregisterComplete(s->Registration);
    DbgPrint("nmr: NmrDeregisterClient -> STATUS 0x%08X\n", status);
    FreeState(s);
    State = NULL;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status;
    PNMR_STATE s = (PNMR_STATE)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*s), SAMPLE_TAG);
    if (s == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    status = SampleReadParameters(RegistryPath, &s->Parameters);
    if (NT_SUCCESS(status)) status = SampleCreateCall(&s->Call);
    /* The registrar may attach before this returns; everything that the callback needs is ready. */
    if (NT_SUCCESS(status)) status = NmrRegisterClient(&Characteristics, s, &s->Registration);
    DbgPrint("nmr: NmrRegisterClient -> STATUS 0x%08X\n", status);
    if (!NT_SUCCESS(status)) {
        FreeState(s);
        return status;
    }
    State = s;
    DriverObject->DriverUnload = NmrUnload;
    return STATUS_SUCCESS;
}
