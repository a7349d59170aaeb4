/* ws2def-values.h: the numeric constants of ws2def.h.
 * Made from src/OpenWsk.Abi/Tables/ by the ABI tests: change the tables, not this file.
 * It knows nothing about their meaning. Include ws2def.h, which includes this. */
#ifndef OPENWSK_WS2DEF_VALUES_H
#define OPENWSK_WS2DEF_VALUES_H

/* Winsock I/O controls usable through WSK */
#define SIO_ADDRESS_LIST_QUERY 0x48000016
#define SIO_ADDRESS_LIST_CHANGE 0x28000017
#define SIO_ADDRESS_LIST_SORT 0xC8000019

/* I/O control code fields */
#define IOC_VOID 0x20000000
#define IOC_OUT 0x40000000
#define IOC_IN 0x80000000
#define IOC_INOUT 0xC0000000
#define IOC_UNIX 0x00000000
#define IOC_WS2 0x08000000
#define IOC_PROTOCOL 0x10000000
#define IOC_VENDOR 0x18000000

/* Address families */
#define AF_UNSPEC 0
#define AF_INET 2
#define AF_INET6 23

/* Socket types */
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_RDM 4
#define SOCK_SEQPACKET 5

/* IPPROTO values (Protocol, and Level of options) */
#define IPPROTO_HOPOPTS 0
#define IPPROTO_IP 0
#define IPPROTO_ICMP 1
#define IPPROTO_IGMP 2
#define IPPROTO_GGP 3
#define IPPROTO_IPV4 4
#define IPPROTO_ST 5
#define IPPROTO_TCP 6
#define IPPROTO_CBT 7
#define IPPROTO_EGP 8
#define IPPROTO_IGP 9
#define IPPROTO_PUP 12
#define IPPROTO_UDP 17
#define IPPROTO_IDP 22
#define IPPROTO_RDP 27
#define IPPROTO_IPV6 41
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_ESP 50
#define IPPROTO_AH 51
#define IPPROTO_ICMPV6 58
#define IPPROTO_NONE 59
#define IPPROTO_DSTOPTS 60
#define IPPROTO_ND 77
#define IPPROTO_ICLFXBM 78
#define IPPROTO_PIM 103
#define IPPROTO_PGM 113
#define IPPROTO_L2TP 115
#define IPPROTO_SCTP 132
#define IPPROTO_RAW 255

/* Datagram receive flags (ControlFlags; Flags of WskReceiveFromEvent) */
#define MSG_TRUNC 0x0100
#define MSG_CTRUNC 0x0200
#define MSG_BCAST 0x0400
#define MSG_MCAST 0x0800
#define MSG_ERRQUEUE 0x1000

/* WskGetNameInfo flags */
#define NI_NOFQDN 0x01
#define NI_NUMERICHOST 0x02
#define NI_NAMEREQD 0x04
#define NI_NUMERICSERV 0x08
#define NI_DGRAM 0x10
#define NI_MAXHOST 1025
#define NI_MAXSERV 32

/* ADDRINFOEXW.ai_flags (Hints of WskGetAddressInfo) */
#define AI_PASSIVE 0x00000001
#define AI_CANONNAME 0x00000002
#define AI_NUMERICHOST 0x00000004
#define AI_NUMERICSERV 0x00000008
#define AI_DNS_ONLY 0x00000010
#define AI_ALL 0x00000100
#define AI_ADDRCONFIG 0x00000400
#define AI_V4MAPPED 0x00000800
#define AI_NON_AUTHORITATIVE 0x00004000
#define AI_SECURE 0x00008000
#define AI_RETURN_PREFERRED_NAMES 0x00010000
#define AI_FQDN 0x00020000
#define AI_FILESERVER 0x00040000
#define AI_EXTENDED 0x80000000

/* Namespaces (NameSpace of WskGetAddressInfo) */
#define NS_ALL 0
#define NS_NETBT 13
#define NS_DNS 12
#define NS_WINS 14
#define NS_NLA 15
#define NS_BTH 16
#define NS_NTDS 32
#define NS_EMAIL 37
#define NS_PNRPNAME 38
#define NS_PNRPCLOUD 39

/* SOL_SOCKET options named by WSK pages */
#define SOL_SOCKET 0xFFFF
#define SO_REUSEADDR 0x0004
#define SO_KEEPALIVE 0x0008
#define SO_BROADCAST 0x0020
#define SO_EXCLUSIVEADDRUSE 0xFFFFFFFB
#define SO_RCVBUF 0x1002
#define SO_CONDITIONAL_ACCEPT 0x3002

/* Further options seen in WSK clients (transport decides) */
#define SO_SNDBUF 0x1001
#define SO_PAUSE_ACCEPT 0x3003
#define SO_COMPARTMENT_ID 0x3004
#define SO_RANDOMIZE_PORT 0x3005
#define SO_PORT_SCALABILITY 0x3006

/* Further options seen in WSK clients (transport decides) */
#define SO_REUSE_UNICASTPORT 0x3007

#endif
