/* conditional.h: the parts of the conditional-accept server, which conditional.c describes.
 * It knows nothing about how they work: requests.c decides about requests, conditional.c serves those that
 * were accepted. */
#pragma once

#include "../common/listener.h"
#include "../common/parameters.h"

typedef struct _DOOR_SERVER {
    SAMPLE_SERVICE Service;
    SAMPLE_LISTENER Listener;
    SAMPLE_WORK ListenerLost;
    SAMPLE_OPERATION Close;
    SOCKADDR_INET Local;
    ULONG Rule;             /* 0: by the peer's port; otherwise every peer is treated as port Rule - 1. */
    ULONG PendMilliseconds; /* How long a pended request waits for its decision. */

    /* Requests whose inspection is pended (requests.c). */
    KSPIN_LOCK Lock;        /* Guards the next two. */
    LIST_ENTRY Requests;
    BOOLEAN IsRefusing;     /* The server stops: every new request is rejected. */
    SAMPLE_WORK Decide;
    KTIMER Timer;
    KDPC TimerDpc;

    /* The rest is the thread's. */
    BOOLEAN IsStopping;
    BOOLEAN IsListenerClosing;
    struct _DOOR_CONNECTION *Accepting;
    LIST_ENTRY Connections;
    ULONG Served;
} DOOR_SERVER, *PDOOR_SERVER;

/* requests.c */
extern const WSK_CLIENT_LISTEN_DISPATCH DoorCallbacks;
VOID DoorInitializeRequests(PDOOR_SERVER Server);

/* The rest is for the thread. Rejects what is pended and every later request. */
VOID DoorRejectAll(PDOOR_SERVER Server);

/* Whether nothing is pended any more; no function of the listening socket is then in progress. */
BOOLEAN DoorHasDecidedAll(PDOOR_SERVER Server);

/* After the last decision: no timer and no DPC of the requests runs any more. */
VOID DoorStopTimer(PDOOR_SERVER Server);

/* conditional.c: a decision has been carried out. */
VOID DoorDecided(PDOOR_SERVER Server);
