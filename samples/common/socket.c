/* socket.c: what socket.h describes. The first two members of every dispatch table are those of the basic
 * one, so options and closing need not know the category.
 * It knows nothing about data or connections. */
#include "socket.h"

static const WSK_PROVIDER_BASIC_DISPATCH *BasicOf(PWSK_SOCKET Socket)
{
    return (const WSK_PROVIDER_BASIC_DISPATCH *)Socket->Dispatch;
}

NTSTATUS SampleCreateSocket(
    PSAMPLE_CALL Call, const WSK_PROVIDER_NPI *Provider, const SAMPLE_SOCKET_KIND *Kind, PWSK_SOCKET *Socket)
{
    ULONG_PTR created = 0;
    NTSTATUS status;
    SampleBeginCall(Call);
    status = SampleEndCall(Call,
        Provider->Dispatch->WskSocket(Provider->Client, Kind->Family, Kind->SocketType, Kind->Protocol,
            Kind->Category, Kind->Context, Kind->Dispatch, NULL, NULL, NULL, Call->Irp),
        &created);
    *Socket = NT_SUCCESS(status) ? (PWSK_SOCKET)created : NULL;
    return status;
}

NTSTATUS SampleSetOption(PSAMPLE_CALL Call, PWSK_SOCKET Socket, ULONG Level, ULONG Option, ULONG Value)
{
    SampleBeginCall(Call);
    return SampleEndCall(Call,
        BasicOf(Socket)->WskControlSocket(
            Socket, WskSetOption, Option, Level, sizeof(Value), &Value, 0, NULL, NULL, Call->Irp),
        NULL);
}

NTSTATUS SampleBind(PSAMPLE_CALL Call, PWSK_SOCKET Socket, PFN_WSK_BIND Bind,
    PFN_WSK_GET_LOCAL_ADDRESS GetLocalAddress, PSOCKADDR_INET Local)
{
    NTSTATUS status;
    SampleBeginCall(Call);
    status = SampleEndCall(Call, Bind(Socket, (PSOCKADDR)Local, 0, Call->Irp), NULL);
    if (!NT_SUCCESS(status)) return status;
    /* The socket is bound, whatever becomes of this. */
    SampleBeginCall(Call);
    SampleEndCall(Call, GetLocalAddress(Socket, (PSOCKADDR)Local, Call->Irp), NULL);
    return status;
}

NTSTATUS SampleCloseSocket(PSAMPLE_CALL Call, PWSK_SOCKET Socket)
{
    SampleBeginCall(Call);
    return SampleEndCall(Call, BasicOf(Socket)->WskCloseSocket(Socket, Call->Irp), NULL);
}
