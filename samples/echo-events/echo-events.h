/* echo-events.h: the parts of the echo server by event callbacks, which echo-events.c describes, and who may
 * touch what. It knows nothing about how they work: callbacks.c has what runs at up to DISPATCH_LEVEL,
 * connection.c what the thread does with a connection, echo-events.c the listening socket and the driver. */
#pragma once

#include "../common/listener.h"
#include "../common/parameters.h"

#define ECHO_REST_BYTES 4096

/* How far the end of a connection is. */
typedef enum _ECHO_STAGE {
    EchoOpen,
    EchoReceivingRest,
    EchoSendingRest,
    EchoDisconnecting,
    EchoEnded
} ECHO_STAGE;

typedef struct _ECHO_CONNECTION {
    LIST_ENTRY Link;
    struct _ECHO_SERVER *Server;
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch;
    SOCKADDR_INET Remote;
    EX_RUNDOWN_REF Uses;    /* Held for every kept list, and by callbacks that use the socket. */
    SAMPLE_WORK Attention;  /* Tells the thread to look. */

    KSPIN_LOCK Lock;        /* Guards the rest of this paragraph. */
    SIZE_T BacklogBytes;    /* So much may be kept. */
    SIZE_T KeptBytes;
    ULONGLONG EchoedBytes;
    NTSTATUS Status;        /* Why it broke. */
    BOOLEAN IsBroken;       /* Reset, failed or stopped. */
    BOOLEAN IsIndicating;   /* WskReceiveEvent is at work on data. */
    BOOLEAN IsRefusing;     /* It has refused data and comes again only after a WskReceive. */
    BOOLEAN IsPeerDone;     /* The peer has ended its side. */

    /* The rest is the thread's. */
    ECHO_STAGE Stage;
    BOOLEAN IsAsked;
    BOOLEAN IsResuming;
    BOOLEAN IsClosing;
    SIZE_T QueriedBytes;
    SAMPLE_OPERATION Query;
    SAMPLE_OPERATION Resume;
    SAMPLE_OPERATION Finish; /* What the stages after EchoOpen do, one after the other. */
    SAMPLE_OPERATION Close;
    SAMPLE_BUFFER Rest;
    UCHAR RestBytes[ECHO_REST_BYTES];
} ECHO_CONNECTION, *PECHO_CONNECTION;

typedef struct _ECHO_SERVER {
    SAMPLE_SERVICE Service;
    SAMPLE_LISTENER Listener;
    SAMPLE_WORK ListenerLost;
    SAMPLE_OPERATION Close;
    SOCKADDR_INET Local;
    ULONG Backlog;          /* Instead of what the provider says; 0 for that. */

    KSPIN_LOCK Lock;        /* Guards the insertion into the list, and the next. */
    BOOLEAN IsStopping;
    LIST_ENTRY Connections;

    /* The rest is the thread's. */
    BOOLEAN IsListenerClosing;
    ULONG Served;
    ULONGLONG EchoedBytes;
} ECHO_SERVER, *PECHO_SERVER;

/* connection.c. IRQL: <= DISPATCH_LEVEL for the first two and the last. */
PECHO_CONNECTION EchoAllocateConnection(PECHO_SERVER Server, PWSK_SOCKET Socket, PSOCKADDR Remote);
VOID EchoFreeConnection(PECHO_CONNECTION Connection);
VOID EchoBreak(PECHO_CONNECTION Connection, NTSTATUS Status);

/* echo-events.c: the thread has closed a connection. */
VOID EchoConnectionClosed(PECHO_CONNECTION Connection);

/* callbacks.c */
extern const WSK_CLIENT_CONNECTION_DISPATCH EchoCallbacks;
VOID EchoSetBacklog(PECHO_CONNECTION Connection, SIZE_T Bytes);
