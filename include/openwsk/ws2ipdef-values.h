/* ws2ipdef-values.h: the numeric constants of ws2ipdef.h.
 * Made from src/OpenWsk.Abi/Tables/ by the ABI tests: change the tables, not this file.
 * It knows nothing about their meaning. Include ws2ipdef.h, which includes this. */
#ifndef OPENWSK_WS2IPDEF_VALUES_H
#define OPENWSK_WS2IPDEF_VALUES_H

/* Further options seen in WSK clients (transport decides) */
#define TCP_NODELAY 1
#define TCP_KEEPALIVE 3
#define TCP_FASTOPEN 15
#define TCP_KEEPCNT 16
#define TCP_KEEPINTVL 17
#define IP_OPTIONS 1
#define IP_HDRINCL 2
#define IP_TOS 3
#define IP_TTL 4
#define IP_DONTFRAGMENT 14
#define IP_PKTINFO 19
#define IP_UNICAST_IF 31
#define IP_RECVERR 75
#define IPV6_UNICAST_HOPS 4
#define IPV6_DONTFRAG 14
#define IPV6_PKTINFO 19
#define IPV6_V6ONLY 27
#define IPV6_UNICAST_IF 31
#define IPV6_RTHDR 32
#define IPV6_RECVERR 75
#define UDP_SEND_MSG_SIZE 2
#define UDP_RECV_MAX_COALESCED_SIZE 3
#define UDP_COALESCED_INFO 3

/* Further options seen in WSK clients (transport decides) */
#define IP_RECVIF 24
#define IP_RECVDSTADDR 25
#define IP_RECVTOS 40
#define IP_ECN 50
#define IPV6_RECVTCLASS 40
#define IPV6_ECN 50

/* Options of TCP, IP, IPv6 and UDP that no WSK client was seen to use (transport decides) */
#define TCP_BSDURGENT 0x7000
#define IP_MULTICAST_IF 9
#define IP_MULTICAST_TTL 10
#define IP_MULTICAST_LOOP 11
#define IP_ADD_MEMBERSHIP 12
#define IP_DROP_MEMBERSHIP 13
#define IP_HOPLIMIT 21
#define IP_RECVTTL 21
#define IPV6_HDRINCL 2
#define IPV6_MULTICAST_IF 9
#define IPV6_MULTICAST_HOPS 10
#define IPV6_MULTICAST_LOOP 11
#define IPV6_ADD_MEMBERSHIP 12
#define IPV6_JOIN_GROUP 12
#define IPV6_DROP_MEMBERSHIP 13
#define IPV6_LEAVE_GROUP 13
#define IPV6_HOPLIMIT 21
#define IPV6_RECVIF 24
#define IPV6_RECVDSTADDR 25
#define IPV6_TCLASS 39
#define UDP_NOCHECKSUM 1
#define UDP_CHECKSUM_COVERAGE 20

#endif
