/* mstcpip.h: Microsoft's own I/O controls and structures of TCP/IP, as far as kernel clients use them.
 * It knows nothing about any call. The numbers are in openwsk/mstcpip-values.h. */
#ifndef OPENWSK_MSTCPIP_H
#define OPENWSK_MSTCPIP_H

#include <ws2ipdef.h>
#include <openwsk/mstcpip-values.h>
#include <ip2string.h>

struct tcp_keepalive {
    ULONG onoff;
    ULONG keepalivetime;
    ULONG keepaliveinterval;
};

#endif
