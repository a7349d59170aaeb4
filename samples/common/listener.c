/* listener.c: what listener.h describes. Options that say how to listen must be set before the bind, because
 * a listening socket listens as soon as it is bound.
 * It knows nothing about accepting. */
#include "listener.h"
#include "parameters.h"
#include "socket.h"

static NTSTATUS SetOptions(
    PSAMPLE_SERVICE Service, PWSK_SOCKET Socket, ADDRESS_FAMILY Family, BOOLEAN IsConditional)
{
    NTSTATUS status = STATUS_SUCCESS;
    /* A socket of AF_INET6 takes IPv4 too, with addresses of the form ::ffff:127.0.0.1, when told so. */
    if (Family == AF_INET6) {
        status = SampleSetOption(&Service->Call, Socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        if (!NT_SUCCESS(status)) DbgPrint("%s: IPV6_V6ONLY -> STATUS 0x%08X\n", Service->Name, status);
    }
    if (NT_SUCCESS(status) && IsConditional) {
        status = SampleSetOption(&Service->Call, Socket, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1);
        if (!NT_SUCCESS(status))
            DbgPrint("%s: SO_CONDITIONAL_ACCEPT -> STATUS 0x%08X\n", Service->Name, status);
    }
    return status;
}

NTSTATUS SampleOpenListener(PSAMPLE_SERVICE Service, PSOCKADDR_INET Local, BOOLEAN IsConditional,
    const WSK_CLIENT_LISTEN_DISPATCH *Callbacks, PVOID Context, PSAMPLE_LISTENER Listener)
{
    CHAR text[SAMPLE_ADDRESS_CHARS];
    SAMPLE_SOCKET_KIND kind = {
        Local->si_family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, Context, Callbacks};
    PWSK_SOCKET socket;
    NTSTATUS status = SampleCreateSocket(&Service->Call, &Service->Provider, &kind, &socket);
    if (!NT_SUCCESS(status)) {
        DbgPrint("%s: WskSocket -> STATUS 0x%08X\n", Service->Name, status);
        return status;
    }
    Listener->Dispatch = (const WSK_PROVIDER_LISTEN_DISPATCH *)socket->Dispatch;
    Listener->Socket = socket;
    status = SetOptions(Service, socket, Local->si_family, IsConditional);
    if (NT_SUCCESS(status)) {
        status = SampleBind(&Service->Call, socket, Listener->Dispatch->WskBind,
            Listener->Dispatch->WskGetLocalAddress, Local);
        DbgPrint("%s: listening on %s -> STATUS 0x%08X\n", Service->Name,
            SampleFormatAddress((PSOCKADDR)Local, text), status);
    }
    if (!NT_SUCCESS(status)) {
        SampleCloseSocket(&Service->Call, socket);
        Listener->Socket = NULL;
    }
    return status;
}

VOID SampleCloseListener(PSAMPLE_LISTENER Listener, PSAMPLE_OPERATION Operation)
{
    PWSK_SOCKET socket = Listener->Socket;
    Listener->Socket = NULL;
    Listener->Dispatch->Basic.WskCloseSocket(socket, SampleBeginOperation(Operation));
}
