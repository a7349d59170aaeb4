/* ws2ipdef.h: addresses and control data of IPv6, and the options of IP, TCP and UDP.
 * It knows nothing about any call. The numbers are in openwsk/ws2ipdef-values.h. */
#ifndef OPENWSK_WS2IPDEF_H
#define OPENWSK_WS2IPDEF_H

#define _WS2IPDEF_

#include <ws2def.h>
#include <in6addr.h>
#include <openwsk/ws2ipdef-values.h>

OPENWSK_EXTERN_C_BEGIN

typedef union {
    struct {
        ULONG Zone : 28;
        ULONG Level : 4;
    };
    ULONG Value;
} SCOPE_ID, *PSCOPE_ID;
#define SCOPEID_UNSPECIFIED_INIT {{0}}

typedef struct sockaddr_in6 {
    ADDRESS_FAMILY sin6_family;
    USHORT sin6_port;
    ULONG sin6_flowinfo;
    IN6_ADDR sin6_addr;
    union {
        ULONG sin6_scope_id;
        SCOPE_ID sin6_scope_struct;
    };
} SOCKADDR_IN6_LH, *PSOCKADDR_IN6_LH, SOCKADDR_IN6, *PSOCKADDR_IN6;

typedef union _SOCKADDR_INET {
    SOCKADDR_IN Ipv4;
    SOCKADDR_IN6 Ipv6;
    ADDRESS_FAMILY si_family;
} SOCKADDR_INET, *PSOCKADDR_INET;

typedef struct in_pktinfo {
    IN_ADDR ipi_addr;
    ULONG ipi_ifindex;
} IN_PKTINFO, *PIN_PKTINFO;

typedef struct in6_pktinfo {
    IN6_ADDR ipi6_addr;
    ULONG ipi6_ifindex;
} IN6_PKTINFO, *PIN6_PKTINFO;

typedef enum _SCOPE_LEVEL {
    ScopeLevelInterface = 1,
    ScopeLevelLink = 2,
    ScopeLevelSubnet = 3,
    ScopeLevelAdmin = 4,
    ScopeLevelSite = 5,
    ScopeLevelOrganization = 8,
    ScopeLevelGlobal = 14
} SCOPE_LEVEL;

#define IN6ADDR_ANY_INIT {{{0}}}
#define IN6ADDR_LOOPBACK_INIT {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}
#define IN6_ADDR_EQUAL(a, b) (!memcmp((a), (b), sizeof(IN6_ADDR)))
#define IN4_IS_ADDR_UNSPECIFIED(a) ((a)->s_addr == 0)
#define IN4_IS_ADDR_LOOPBACK(a) (*((const UCHAR *)(a)) == 0x7f)

FORCEINLINE BOOLEAN IN6_IS_ADDR_UNSPECIFIED(const IN6_ADDR *a)
{
    const IN6_ADDR any = IN6ADDR_ANY_INIT;
    return (BOOLEAN)IN6_ADDR_EQUAL(a, &any);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_LOOPBACK(const IN6_ADDR *a)
{
    const IN6_ADDR loopback = IN6ADDR_LOOPBACK_INIT;
    return (BOOLEAN)IN6_ADDR_EQUAL(a, &loopback);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_MULTICAST(const IN6_ADDR *a)
{
    return (BOOLEAN)(a->u.Byte[0] == 0xff);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_LINKLOCAL(const IN6_ADDR *a)
{
    return (BOOLEAN)(a->u.Byte[0] == 0xfe && (a->u.Byte[1] & 0xc0) == 0x80);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_V4MAPPED(const IN6_ADDR *a)
{
    return (BOOLEAN)(a->u.Word[0] == 0 && a->u.Word[1] == 0 && a->u.Word[2] == 0 && a->u.Word[3] == 0
        && a->u.Word[4] == 0 && a->u.Word[5] == 0xffff);
}

OPENWSK_EXTERN_C_END

#endif
