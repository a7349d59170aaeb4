/* stream-client.c: a stream socket (WSK_FLAG_STREAM_SOCKET), which is created without saying whether it will
 * connect or listen, and then does one of both.
 * It connects (Listen=0, the default): bind, connect, send the request, print the reply, disconnect, close.
 * It listens (Listen=1): bind, listen, accept one connection, send the request as a greeting, throw away what
 * the peer sends until it ends, close both sockets. The accepted socket is connection-oriented, not a stream
 * socket. Parameters: those of ../common/parameters.h, LocalAddress, LocalPort, Listen. Each call's status is
 * printed. It does not know event callbacks: see ../echo-events; WskSocketConnect: see ../connect. */
#include "../common/parameters.h"
#include "../common/print.h"
#include "../common/socket.h"
#include "../common/thread.h"

#define RECEIVE_BYTES 4096

typedef struct _STREAM_STATE {
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Provider;
    SAMPLE_PARAMETERS Parameters;
    SOCKADDR_INET Local;
    ULONG Listen;
    SAMPLE_CALL Call;
    SAMPLE_BUFFER Request;
    SAMPLE_BUFFER Reply;
    UCHAR ReplyBytes[RECEIVE_BYTES];
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_STREAM_DISPATCH *Dispatch;
    PVOID Thread;
} STREAM_STATE, *PSTREAM_STATE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD StreamUnload;
static KSTART_ROUTINE StreamThread;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};

/* The driver has one instance. It is allocated because IRP, event and buffers must not be pageable. */
static PSTREAM_STATE State;

/* Every call that may wait for the peer looks at IsStopping after IoReuseIrp (in SampleBeginCall): a
 * cancellation before that is seen there, a later one is in the IRP. Closing is never skipped. */
static BOOLEAN Begin(PSTREAM_STATE S)
{
    SampleBeginCall(&S->Call);
    return !SampleIsStopping(&S->Call);
}

static NTSTATUS CreateAndBind(PSTREAM_STATE S)
{
    CHAR text[SAMPLE_ADDRESS_CHARS];
    SAMPLE_SOCKET_KIND kind = {
        S->Local.si_family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_STREAM_SOCKET, NULL, NULL};
    NTSTATUS status = SampleCreateSocket(&S->Call, &S->Provider, &kind, &S->Socket);
    DbgPrint("stream-client: WskSocket -> STATUS 0x%08X\n", status);
    if (!NT_SUCCESS(status)) return status;
    S->Dispatch = (const WSK_PROVIDER_STREAM_DISPATCH *)S->Socket->Dispatch;
    status =
        SampleBind(&S->Call, S->Socket, S->Dispatch->WskBind, S->Dispatch->WskGetLocalAddress, &S->Local);
    DbgPrint("stream-client: WskBind %s -> STATUS 0x%08X\n",
        SampleFormatAddress((PSOCKADDR)&S->Local, text), status);
    return status;
}

static VOID PrintAddresses(PSTREAM_STATE S)
{
    SOCKADDR_INET local;
    SOCKADDR_INET remote;
    CHAR localText[SAMPLE_ADDRESS_CHARS];
    CHAR remoteText[SAMPLE_ADDRESS_CHARS];
    NTSTATUS status;
    SampleBeginCall(&S->Call);
    status = SampleEndCall(
        &S->Call, S->Dispatch->WskGetLocalAddress(S->Socket, (PSOCKADDR)&local, S->Call.Irp), NULL);
    if (!NT_SUCCESS(status)) return;
    SampleBeginCall(&S->Call);
    status = SampleEndCall(
        &S->Call, S->Dispatch->WskGetRemoteAddress(S->Socket, (PSOCKADDR)&remote, S->Call.Irp), NULL);
    if (!NT_SUCCESS(status)) return;
    DbgPrint("stream-client: %s is connected to %s\n", SampleFormatAddress((PSOCKADDR)&local, localText),
        SampleFormatAddress((PSOCKADDR)&remote, remoteText));
}

static NTSTATUS ReceiveReply(PSTREAM_STATE S)
{
    ULONG_PTR receivedBytes = 0;
    SIZE_T totalBytes = 0;
    NTSTATUS status;
    DbgPrint("stream-client: reply begins\n");
    do {
        WSK_BUF buffer = {S->Reply.Mdl, 0, RECEIVE_BYTES};
        status = STATUS_CANCELLED;
        if (!Begin(S)) break;
        status = SampleEndCall(
            &S->Call, S->Dispatch->WskReceive(S->Socket, &buffer, 0, S->Call.Irp), &receivedBytes);
        if (!NT_SUCCESS(status)) break;
        SamplePrintBytes(S->Reply.Bytes, receivedBytes);
        totalBytes += receivedBytes;
    } while (receivedBytes != 0);
    DbgPrint("\nstream-client: reply ends after %Iu bytes\n", totalBytes);
    DbgPrint("stream-client: WskReceive -> STATUS 0x%08X\n", status);
    return status;
}

static NTSTATUS Converse(PSTREAM_STATE S)
{
    WSK_BUF buffer = {S->Request.Mdl, 0, S->Parameters.RequestBytes};
    ULONG_PTR sentBytes = 0;
    NTSTATUS status;
    if (!Begin(S)) return STATUS_CANCELLED;
    status = SampleEndCall(&S->Call, S->Dispatch->WskSend(S->Socket, &buffer, 0, S->Call.Irp), &sentBytes);
    DbgPrint("stream-client: WskSend %u bytes -> STATUS 0x%08X, sent %Iu\n", S->Parameters.RequestBytes,
        status, sentBytes);
    if (NT_SUCCESS(status)) status = ReceiveReply(S);
    return status;
}

static NTSTATUS RunConnected(PSTREAM_STATE S)
{
    NTSTATUS status;
    NTSTATUS disconnected;
    if (!Begin(S)) return STATUS_CANCELLED;
    status = SampleEndCall(&S->Call,
        S->Dispatch->WskConnect(S->Socket, (PSOCKADDR)&S->Parameters.Remote, 0, S->Call.Irp), NULL);
    DbgPrint("stream-client: WskConnect %s -> STATUS 0x%08X\n", S->Parameters.RemoteText, status);
    if (!NT_SUCCESS(status)) return status;
    PrintAddresses(S);
    status = Converse(S);
    if (!NT_SUCCESS(status)) return status;
    if (!Begin(S)) return STATUS_CANCELLED;
    disconnected = SampleEndCall(&S->Call, S->Dispatch->WskDisconnect(S->Socket, NULL, 0, S->Call.Irp), NULL);
    DbgPrint("stream-client: WskDisconnect -> STATUS 0x%08X\n", disconnected);
    return disconnected;
}

/* The last data may go with the disconnection. Then what the peer sends is thrown away until it ends, because
 * a socket that is closed before both sides have ended resets the connection. */
static NTSTATUS Greet(PSTREAM_STATE S, PWSK_SOCKET Socket)
{
    const WSK_PROVIDER_CONNECTION_DISPATCH *dispatch =
        (const WSK_PROVIDER_CONNECTION_DISPATCH *)Socket->Dispatch;
    WSK_BUF greeting = {S->Request.Mdl, 0, S->Parameters.RequestBytes};
    WSK_BUF nothing = {NULL, 0, 0};
    NTSTATUS status;
    if (!Begin(S)) return STATUS_CANCELLED;
    status = SampleEndCall(&S->Call, dispatch->WskDisconnect(Socket, &greeting, 0, S->Call.Irp), NULL);
    DbgPrint("stream-client: WskDisconnect with %u bytes -> STATUS 0x%08X\n", S->Parameters.RequestBytes,
        status);
    if (!NT_SUCCESS(status)) return status;
    if (!Begin(S)) return STATUS_CANCELLED;
    status =
        SampleEndCall(&S->Call, dispatch->WskReceive(Socket, &nothing, WSK_FLAG_DRAIN, S->Call.Irp), NULL);
    DbgPrint("stream-client: WskReceive until the end -> STATUS 0x%08X\n", status);
    return status;
}

static NTSTATUS RunListening(PSTREAM_STATE S)
{
    CHAR text[SAMPLE_ADDRESS_CHARS];
    SOCKADDR_INET remote;
    ULONG_PTR accepted = 0;
    NTSTATUS status;
    SampleBeginCall(&S->Call);
    status = SampleEndCall(&S->Call, S->Dispatch->WskListen(S->Socket, S->Call.Irp), NULL);
    DbgPrint("stream-client: listening on %s -> STATUS 0x%08X\n",
        SampleFormatAddress((PSOCKADDR)&S->Local, text), status);
    if (!NT_SUCCESS(status)) return status;

    if (!Begin(S)) return STATUS_CANCELLED;
    status = SampleEndCall(&S->Call,
        S->Dispatch->WskAccept(S->Socket, 0, NULL, NULL, NULL, (PSOCKADDR)&remote, S->Call.Irp), &accepted);
    if (!NT_SUCCESS(status)) {
        DbgPrint("stream-client: WskAccept -> STATUS 0x%08X\n", status);
        return status;
    }
    DbgPrint("stream-client: %s is connected\n", SampleFormatAddress((PSOCKADDR)&remote, text));
    status = Greet(S, (PWSK_SOCKET)accepted);
    SampleCloseSocket(&S->Call, (PWSK_SOCKET)accepted);
    return status;
}

static VOID NTAPI StreamThread(PVOID Context)
{
    PSTREAM_STATE s = (PSTREAM_STATE)Context;
    NTSTATUS status = WskCaptureProviderNPI(&s->Registration, WSK_INFINITE_WAIT, &s->Provider);
    if (NT_SUCCESS(status)) {
        status = CreateAndBind(s);
        if (NT_SUCCESS(status)) status = s->Listen ? RunListening(s) : RunConnected(s);
        if (s->Socket != NULL)
            DbgPrint("stream-client: WskCloseSocket -> STATUS 0x%08X\n",
                SampleCloseSocket(&s->Call, s->Socket));
        WskReleaseProviderNPI(&s->Registration);
    }
    DbgPrint("stream-client: done -> STATUS 0x%08X\n", status);
    PsTerminateSystemThread(status);
}

static VOID FreeState(PSTREAM_STATE S)
{
    if (S->Request.Mdl != NULL) IoFreeMdl(S->Request.Mdl);
    if (S->Reply.Mdl != NULL) IoFreeMdl(S->Reply.Mdl);
    SampleDeleteCall(&S->Call);
    SampleFreeParameters(&S->Parameters);
    ExFreePoolWithTag(S, SAMPLE_TAG);
}

static VOID NTAPI StreamUnload(PDRIVER_OBJECT DriverObject)
{
    PSTREAM_STATE s = State;
    UNREFERENCED_PARAMETER(DriverObject);
    SampleStopCall(&s->Call);
    /* Deregistering wakes a capture that still waits, and returns when the thread has released its own. */
    WskDeregister(&s->Registration);
    SampleJoinThread(s->Thread);
    FreeState(s);
    State = NULL;
    DbgPrint("stream-client: unloaded\n");
}

static NTSTATUS Prepare(PSTREAM_STATE S, PUNICODE_STRING RegistryPath)
{
    SAMPLE_NUMBER numbers[1];
    NTSTATUS status = SampleReadParameters(RegistryPath, &S->Parameters);
    numbers[0].Name = L"Listen";
    numbers[0].Value = &S->Listen;
    if (NT_SUCCESS(status))
        status = SampleReadServer(RegistryPath,
            S->Parameters.Remote.si_family == AF_INET6 ? L"::" : L"0.0.0.0", numbers, 1, &S->Local);
    if (NT_SUCCESS(status) && !S->Listen && S->Local.si_family != S->Parameters.Remote.si_family) {
        DbgPrint("stream-client: LocalAddress and RemoteAddress are of different families\n");
        status = STATUS_INVALID_PARAMETER;
    }
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
    PSTREAM_STATE s = (PSTREAM_STATE)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*s), SAMPLE_TAG);
    if (s == NULL) return STATUS_INSUFFICIENT_RESOURCES;

    status = Prepare(s, RegistryPath);
    if (NT_SUCCESS(status)) {
        client.ClientContext = s;
        client.Dispatch = &ClientDispatch;
        status = WskRegister(&client, &s->Registration);
    }
    if (NT_SUCCESS(status)) {
        status = SampleStartThread(StreamThread, s, &s->Thread);
        if (!NT_SUCCESS(status)) WskDeregister(&s->Registration);
    }
    if (!NT_SUCCESS(status)) {
        DbgPrint("stream-client: DriverEntry -> STATUS 0x%08X\n", status);
        FreeState(s);
        return status;
    }
    State = s;
    DriverObject->DriverUnload = StreamUnload;
    return STATUS_SUCCESS;
}
