/* listener.h: a listening socket for TCP over IPv6 and IPv4, opened on the service's thread.
 * It knows nothing about accepting. */
#pragma once

#include "service.h"

typedef struct _SAMPLE_LISTENER {
    PWSK_SOCKET Socket;     /* NULL when it is not open. */
    const WSK_PROVIDER_LISTEN_DISPATCH *Dispatch;
} SAMPLE_LISTENER, *PSAMPLE_LISTENER;

/* Creates the socket and binds it to Local, which makes it listen; with IsConditional in conditional accept
 * mode. Callbacks and their context may be NULL; once it is bound, nothing fails any more, so callbacks that
 * have come need not be undone. Prints where it listens. For the service's thread. */
NTSTATUS SampleOpenListener(PSAMPLE_SERVICE Service, PSOCKADDR_INET Local, BOOLEAN IsConditional,
    const WSK_CLIENT_LISTEN_DISPATCH *Callbacks, PVOID Context, PSAMPLE_LISTENER Listener);

/* Begins to close it, and forgets it at once: after this call no function of the socket may be called. */
VOID SampleCloseListener(PSAMPLE_LISTENER Listener, PSAMPLE_OPERATION Operation);
