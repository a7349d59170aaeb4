/* mstcpip-values.h: the numeric constants of mstcpip.h.
 * Made from src/OpenWsk.Abi/Tables/ by the ABI tests: change the tables, not this file.
 * It knows nothing about their meaning. Include mstcpip.h, which includes this. */
#ifndef OPENWSK_MSTCPIP_VALUES_H
#define OPENWSK_MSTCPIP_VALUES_H

/* Winsock I/O controls usable through WSK */
#define SIO_LOOPBACK_FAST_PATH 0x98000010
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS 0x980000DC
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT 0x980000DD
#define SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS 0x980000DE

/* Further options seen in WSK clients (transport decides) */
#define SIO_KEEPALIVE_VALS 0x98000004
#define SIO_UDP_CONNRESET 0x9800000C

#endif
