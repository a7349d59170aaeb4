/* connect.c: a Winsock Kernel client that makes one request over TCP and prints the reply.
 * WskSocketConnect creates, binds and connects the socket in one call; then send, receive until the peer has
 * sent everything, disconnect, close. Parameters: see ../common/parameters.h. Each call's status is printed.
 * The reply stands between two lines that name its length, byte for byte (a zero byte is shown as a dot).
 * It does not know: listening (../echo-calls/echo-calls.c), or the registrar underneath (../nmr/nmr.c). */
#include "../common/parameters.h"
#include "../common/call.h"
#include "../common/print.h"
#include "../common/thread.h"

#define RECEIVE_BYTES 4096

typedef struct _CONNECT_STATE {
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Provider;
    SAMPLE_PARAMETERS Parameters;
    SAMPLE_CALL Call;
    SAMPLE_BUFFER Request;
    SAMPLE_BUFFER Reply;
    UCHAR ReplyBytes[RECEIVE_BYTES];
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch;
    PVOID Thread;
} CONNECT_STATE, *PCONNECT_STATE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD ConnectUnload;
static KSTART_ROUTINE ConnectThread;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};

/* The driver has one instance. It is allocated because IRP, event and buffers must not be pageable. */
static PCONNECT_STATE State;

static NTSTATUS Connect(PCONNECT_STATE S)
{
    ULONG_PTR socket = 0;
    NTSTATUS status;
    SampleBeginCall(&S->Call);
    if (SampleIsStopping(&S->Call)) return STATUS_CANCELLED;
    status = SampleEndCall(&S->Call,
        S->Provider.Dispatch->WskSocketConnect(S->Provider.Client, SOCK_STREAM, IPPROTO_TCP,
            (PSOCKADDR)&S->Parameters.Local, (PSOCKADDR)&S->Parameters.Remote, 0, NULL, NULL, NULL, NULL,
            NULL, S->Call.Irp),
        &socket);
    DbgPrint("connect: WskSocketConnect %s -> STATUS 0x%08X\n", S->Parameters.RemoteText, status);
    if (!NT_SUCCESS(status)) return status;
    S->Socket = (PWSK_SOCKET)socket;
    S->Dispatch = (const WSK_PROVIDER_CONNECTION_DISPATCH *)S->Socket->Dispatch;
    return status;
}

static NTSTATUS SendRequest(PCONNECT_STATE S)
{
    WSK_BUF buffer;
    ULONG_PTR sentBytes = 0;
    NTSTATUS status;
    if (S->Parameters.RequestBytes == 0) return STATUS_SUCCESS;
    buffer.Mdl = S->Request.Mdl;
    buffer.Offset = 0;
    buffer.Length = S->Parameters.RequestBytes;
    SampleBeginCall(&S->Call);
    if (SampleIsStopping(&S->Call)) return STATUS_CANCELLED;
    status = SampleEndCall(&S->Call, S->Dispatch->WskSend(S->Socket, &buffer, 0, S->Call.Irp), &sentBytes);
    DbgPrint("connect: WskSend %u bytes -> STATUS 0x%08X, sent %Iu\n", S->Parameters.RequestBytes, status,
        sentBytes);
    return status;
}

static NTSTATUS ReceiveReply(PCONNECT_STATE S)
{
    ULONG_PTR receivedBytes = 0;
    SIZE_T totalBytes = 0;
    NTSTATUS status;
    DbgPrint("connect: reply begins\n");
    do {
        WSK_BUF buffer;
        buffer.Mdl = S->Reply.Mdl;
        buffer.Offset = 0;
        buffer.Length = RECEIVE_BYTES;
        SampleBeginCall(&S->Call);
        if (SampleIsStopping(&S->Call)) {
            status = STATUS_CANCELLED;
            break;
        }
        status = SampleEndCall(
            &S->Call, S->Dispatch->WskReceive(S->Socket, &buffer, 0, S->Call.Irp), &receivedBytes);
        if (!NT_SUCCESS(status)) break;
        SamplePrintBytes(S->Reply.Bytes, receivedBytes);
        totalBytes += receivedBytes;
    } while (receivedBytes != 0);
    DbgPrint("\nconnect: reply ends after %Iu bytes\n", totalBytes);
    DbgPrint("connect: WskReceive -> STATUS 0x%08X\n", status);
    return status;
}

static VOID DisconnectAndClose(PCONNECT_STATE S, BOOLEAN IsGraceful)
{
    NTSTATUS status;
    SampleBeginCall(&S->Call);
    status = SampleEndCall(&S->Call,
        S->Dispatch->WskDisconnect(S->Socket, NULL, IsGraceful ? 0 : WSK_FLAG_ABORTIVE, S->Call.Irp), NULL);
    DbgPrint("connect: WskDisconnect %s -> STATUS 0x%08X\n", IsGraceful ? "graceful" : "abortive", status);
    SampleBeginCall(&S->Call);
    status = SampleEndCall(&S->Call, S->Dispatch->Basic.WskCloseSocket(S->Socket, S->Call.Irp), NULL);
    DbgPrint("connect: WskCloseSocket -> STATUS 0x%08X\n", status);
    S->Socket = NULL;
}

static VOID NTAPI ConnectThread(PVOID Context)
{
    PCONNECT_STATE s = (PCONNECT_STATE)Context;
    NTSTATUS status = WskCaptureProviderNPI(&s->Registration, WSK_INFINITE_WAIT, &s->Provider);
    DbgPrint("connect: WskCaptureProviderNPI -> STATUS 0x%08X\n", status);
    if (NT_SUCCESS(status)) {
        status = Connect(s);
        if (NT_SUCCESS(status)) {
            status = SendRequest(s);
            if (NT_SUCCESS(status)) status = ReceiveReply(s);
            DisconnectAndClose(s, NT_SUCCESS(status));
        }
        WskReleaseProviderNPI(&s->Registration);
    }
    DbgPrint("connect: done -> STATUS 0x%08X\n", status);
    PsTerminateSystemThread(status);
}

static VOID FreeState(PCONNECT_STATE S)
{
    if (S->Request.Mdl != NULL) IoFreeMdl(S->Request.Mdl);
    if (S->Reply.Mdl != NULL) IoFreeMdl(S->Reply.Mdl);
    SampleDeleteCall(&S->Call);
    SampleFreeParameters(&S->Parameters);
    ExFreePoolWithTag(S, SAMPLE_TAG);
}

static VOID NTAPI ConnectUnload(PDRIVER_OBJECT DriverObject)
{
    PCONNECT_STATE s = State;
    UNREFERENCED_PARAMETER(DriverObject);
    SampleStopCall(&s->Call);
    /* Deregistering wakes a capture that still waits, and returns when the thread has released its own. */
    WskDeregister(&s->Registration);
    SampleJoinThread(s->Thread);
    FreeState(s);
    State = NULL;
    DbgPrint("connect: unloaded\n");
}

static NTSTATUS Prepare(PCONNECT_STATE S, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = SampleReadParameters(RegistryPath, &S->Parameters);
    if (NT_SUCCESS(status)) status = SampleCreateCall(&S->Call);
    if (NT_SUCCESS(status) && S->Parameters.RequestBytes != 0)
        status = SampleDescribe(&S->Request, S->Parameters.Request, S->Parameters.RequestBytes);
    if (NT_SUCCESS(status)) status = SampleDescribe(&S->Reply, S->ReplyBytes, RECEIVE_BYTES);
    return status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WSK_CLIENT_NPI client;
    NTSTATUS status;
    PCONNECT_STATE s = (PCONNECT_STATE)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*s), SAMPLE_TAG);
    if (s == NULL) return STATUS_INSUFFICIENT_RESOURCES;

    status = Prepare(s, RegistryPath);
    if (NT_SUCCESS(status)) {
        client.ClientContext = s;
        client.Dispatch = &ClientDispatch;
        status = WskRegister(&client, &s->Registration);
        DbgPrint("connect: WskRegister -> STATUS 0x%08X\n", status);
    }
    if (NT_SUCCESS(status)) {
        status = SampleStartThread(ConnectThread, s, &s->Thread);
        if (!NT_SUCCESS(status)) WskDeregister(&s->Registration);
    }
    if (!NT_SUCCESS(status)) {
        DbgPrint("connect: DriverEntry -> STATUS 0x%08X\n", status);
        FreeState(s);
        return status;
    }
    State = s;
    DriverObject->DriverUnload = ConnectUnload;
    return STATUS_SUCCESS;
}
