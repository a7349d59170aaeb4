/* control.h: what goes with a datagram beside its bytes, out of and into control information.
 * It knows nothing about sending or receiving. */
#pragma once

#include <ntddk.h>
#include <wsk.h>

/* What was told about a received datagram; a number that was not told is -1. */
typedef struct _ECHO_CONTROL {
    SOCKADDR_INET Destination;  /* The address that it was sent to; family 0 when that was not told. */
    ULONG InterfaceIndex;
    INT HopLimit;
    INT Ecn;                    /* The two bits of RFC 3168. */
} ECHO_CONTROL, *PECHO_CONTROL;

/* Room for one object that chooses the source of a datagram. */
#define ECHO_CONTROL_BYTES WSA_CMSG_SPACE(sizeof(IN6_PKTINFO))

/* Reads control information; Port is that of the socket. */
VOID EchoReadControl(PCMSGHDR Info, ULONG Length, USHORT Port, PECHO_CONTROL Control);

/* Writes control information that sends from the address and interface that a datagram came to; returns its
 * length, 0 when they are not known. With IsGroup the address is no host's (broadcast, multicast) and only
 * the interface is chosen. Info has room for ECHO_CONTROL_BYTES. */
ULONG EchoWriteControl(const ECHO_CONTROL *Control, BOOLEAN IsGroup, PCMSGHDR Info);
