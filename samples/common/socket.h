/* socket.h: the calls that set a socket up or end it, made one after the other and waited for.
 * They are for a thread at PASSIVE_LEVEL with a call of its own (call.h). Each returns the final status.
 * It knows nothing about data or connections. */
#pragma once

#include "call.h"

/* What WskSocket is given beside the client. */
typedef struct _SAMPLE_SOCKET_KIND {
    ADDRESS_FAMILY Family;
    USHORT SocketType;
    ULONG Protocol;
    ULONG Category;         /* WSK_FLAG_LISTEN_SOCKET and the like. */
    PVOID Context;          /* Nonpaged, for the callbacks; NULL without any. */
    const VOID *Dispatch;   /* The client's callback table of the category; NULL without callbacks. */
} SAMPLE_SOCKET_KIND, *PSAMPLE_SOCKET_KIND;

NTSTATUS SampleCreateSocket(
    PSAMPLE_CALL Call, const WSK_PROVIDER_NPI *Provider, const SAMPLE_SOCKET_KIND *Kind, PWSK_SOCKET *Socket);

/* Sets an option that is a ULONG. */
NTSTATUS SampleSetOption(PSAMPLE_CALL Call, PWSK_SOCKET Socket, ULONG Level, ULONG Option, ULONG Value);

/* Bind and GetLocalAddress are members of the socket's own dispatch table.
 * Binds, and then replaces Local by the address that the socket got: a port 0 has become a number. */
NTSTATUS SampleBind(PSAMPLE_CALL Call, PWSK_SOCKET Socket, PFN_WSK_BIND Bind,
    PFN_WSK_GET_LOCAL_ADDRESS GetLocalAddress, PSOCKADDR_INET Local);

NTSTATUS SampleCloseSocket(PSAMPLE_CALL Call, PWSK_SOCKET Socket);
