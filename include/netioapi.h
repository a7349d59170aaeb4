/* netioapi.h: addresses, interfaces and routes of this machine as tables, and callbacks when they change.
 * Import the routines from NETIO.SYS. It knows nothing about sockets: those are in wsk.h. */
#ifndef OPENWSK_NETIOAPI_H
#define OPENWSK_NETIOAPI_H

#include <ntdef.h>
#include <ws2def.h>
#include <ws2ipdef.h>

OPENWSK_EXTERN_C_BEGIN

#define NETIOAPI_API_ NTAPI
#define IF_MAX_STRING_SIZE 256
#define IF_MAX_PHYS_ADDRESS_LENGTH 32
#define IF_TYPE_ETHERNET_CSMACD 6
#define IF_TYPE_SOFTWARE_LOOPBACK 24
#define IF_TYPE_IEEE80211 71
#define NDIS_IF_MAX_STRING_SIZE IF_MAX_STRING_SIZE

typedef ULONG NET_IFINDEX, *PNET_IFINDEX, IF_INDEX, IFTYPE;

typedef union _NET_LUID {
    ULONG64 Value;
    struct {
        ULONG64 Reserved : 24;
        ULONG64 NetLuidIndex : 24;
        ULONG64 IfType : 16;
    } Info;
} NET_LUID, *PNET_LUID, IF_LUID, *PIF_LUID;

typedef enum _NL_PREFIX_ORIGIN {
    IpPrefixOriginOther, IpPrefixOriginManual, IpPrefixOriginWellKnown, IpPrefixOriginDhcp,
    IpPrefixOriginRouterAdvertisement, IpPrefixOriginUnchanged = 16
} NL_PREFIX_ORIGIN;
typedef enum _NL_SUFFIX_ORIGIN {
    IpSuffixOriginOther, IpSuffixOriginManual, IpSuffixOriginWellKnown, IpSuffixOriginDhcp,
    IpSuffixOriginLinkLayerAddress, IpSuffixOriginRandom, IpSuffixOriginUnchanged = 16
} NL_SUFFIX_ORIGIN;
typedef enum _NL_DAD_STATE {
    IpDadStateInvalid, IpDadStateTentative, IpDadStateDuplicate, IpDadStateDeprecated, IpDadStatePreferred
} NL_DAD_STATE;
typedef enum _NL_ROUTE_PROTOCOL {
    RouteProtocolOther = 1, RouteProtocolLocal = 2, RouteProtocolNetMgmt = 3
} NL_ROUTE_PROTOCOL;
typedef enum _NL_ROUTE_ORIGIN {
    NlroManual, NlroWellKnown, NlroDHCP, NlroRouterAdvertisement, Nlro6to4
} NL_ROUTE_ORIGIN;
typedef enum _NL_ROUTER_DISCOVERY_BEHAVIOR {
    RouterDiscoveryDisabled, RouterDiscoveryEnabled, RouterDiscoveryDhcp, RouterDiscoveryUnchanged = -1
} NL_ROUTER_DISCOVERY_BEHAVIOR;
typedef enum _NL_LINK_LOCAL_ADDRESS_BEHAVIOR {
    LinkLocalAlwaysOff, LinkLocalDelayed, LinkLocalAlwaysOn, LinkLocalUnchanged = -1
} NL_LINK_LOCAL_ADDRESS_BEHAVIOR;
typedef enum _IF_OPER_STATUS { IfOperStatusUp = 1, IfOperStatusDown = 2 } IF_OPER_STATUS;
typedef enum _NET_IF_ADMIN_STATUS {
    NET_IF_ADMIN_STATUS_UP = 1, NET_IF_ADMIN_STATUS_DOWN = 2
} NET_IF_ADMIN_STATUS;
typedef enum _NET_IF_MEDIA_CONNECT_STATE {
    MediaConnectStateUnknown, MediaConnectStateConnected, MediaConnectStateDisconnected
} NET_IF_MEDIA_CONNECT_STATE;
typedef enum _NET_IF_ACCESS_TYPE {
    NET_IF_ACCESS_LOOPBACK = 1, NET_IF_ACCESS_BROADCAST = 2, NET_IF_ACCESS_POINT_TO_POINT = 3
} NET_IF_ACCESS_TYPE;
typedef enum _MIB_NOTIFICATION_TYPE {
    MibParameterNotification, MibAddInstance, MibDeleteInstance, MibInitialNotification
} MIB_NOTIFICATION_TYPE;
typedef enum _MIB_IF_TABLE_LEVEL { MibIfTableNormal, MibIfTableRaw } MIB_IF_TABLE_LEVEL;
typedef enum _MIB_IF_ENTRY_LEVEL {
    MibIfEntryNormal, MibIfEntryNormalWithoutStatistics = 2
} MIB_IF_ENTRY_LEVEL;

typedef struct _IP_ADDRESS_PREFIX {
    SOCKADDR_INET Prefix;
    UINT8 PrefixLength;
} IP_ADDRESS_PREFIX, *PIP_ADDRESS_PREFIX;

typedef struct _NL_INTERFACE_OFFLOAD_ROD {
    BOOLEAN NlChecksumSupported : 1;
    BOOLEAN NlOptionsSupported : 1;
    BOOLEAN TlDatagramChecksumSupported : 1;
    BOOLEAN TlStreamChecksumSupported : 1;
    BOOLEAN TlStreamOptionsSupported : 1;
    BOOLEAN FastPathCompatible : 1;
    BOOLEAN TlLargeSendOffloadSupported : 1;
    BOOLEAN TlGiantSendOffloadSupported : 1;
} NL_INTERFACE_OFFLOAD_ROD;

typedef struct _MIB_UNICASTIPADDRESS_ROW {
    SOCKADDR_INET Address;
    NET_LUID InterfaceLuid;
    NET_IFINDEX InterfaceIndex;
    NL_PREFIX_ORIGIN PrefixOrigin;
    NL_SUFFIX_ORIGIN SuffixOrigin;
    ULONG ValidLifetime;
    ULONG PreferredLifetime;
    UINT8 OnLinkPrefixLength;
    BOOLEAN SkipAsSource;
    NL_DAD_STATE DadState;
    SCOPE_ID ScopeId;
    LARGE_INTEGER CreationTimeStamp;
} MIB_UNICASTIPADDRESS_ROW, *PMIB_UNICASTIPADDRESS_ROW;

typedef struct _MIB_UNICASTIPADDRESS_TABLE {
    ULONG NumEntries;
    MIB_UNICASTIPADDRESS_ROW Table[ANYSIZE_ARRAY];
} MIB_UNICASTIPADDRESS_TABLE, *PMIB_UNICASTIPADDRESS_TABLE;

typedef struct _MIB_IPFORWARD_ROW2 {
    NET_LUID InterfaceLuid;
    NET_IFINDEX InterfaceIndex;
    IP_ADDRESS_PREFIX DestinationPrefix;
    SOCKADDR_INET NextHop;
    UCHAR SitePrefixLength;
    ULONG ValidLifetime;
    ULONG PreferredLifetime;
    ULONG Metric;
    NL_ROUTE_PROTOCOL Protocol;
    BOOLEAN Loopback;
    BOOLEAN AutoconfigureAddress;
    BOOLEAN Publish;
    BOOLEAN Immortal;
    ULONG Age;
    NL_ROUTE_ORIGIN Origin;
} MIB_IPFORWARD_ROW2, *PMIB_IPFORWARD_ROW2;

typedef struct _MIB_IPFORWARD_TABLE2 {
    ULONG NumEntries;
    MIB_IPFORWARD_ROW2 Table[ANYSIZE_ARRAY];
} MIB_IPFORWARD_TABLE2, *PMIB_IPFORWARD_TABLE2;

typedef struct _MIB_IPINTERFACE_ROW {
    ADDRESS_FAMILY Family;
    NET_LUID InterfaceLuid;
    NET_IFINDEX InterfaceIndex;
    ULONG MaxReassemblySize;
    ULONG64 InterfaceIdentifier;
    ULONG MinRouterAdvertisementInterval;
    ULONG MaxRouterAdvertisementInterval;
    BOOLEAN AdvertisingEnabled;
    BOOLEAN ForwardingEnabled;
    BOOLEAN WeakHostSend;
    BOOLEAN WeakHostReceive;
    BOOLEAN UseAutomaticMetric;
    BOOLEAN UseNeighborUnreachabilityDetection;
    BOOLEAN ManagedAddressConfigurationSupported;
    BOOLEAN OtherStatefulConfigurationSupported;
    BOOLEAN AdvertiseDefaultRoute;
    NL_ROUTER_DISCOVERY_BEHAVIOR RouterDiscoveryBehavior;
    ULONG DadTransmits;
    ULONG BaseReachableTime;
    ULONG RetransmitTime;
    ULONG PathMtuDiscoveryTimeout;
    NL_LINK_LOCAL_ADDRESS_BEHAVIOR LinkLocalAddressBehavior;
    ULONG LinkLocalAddressTimeout;
    ULONG ZoneIndices[16];
    ULONG SitePrefixLength;
    ULONG Metric;
    ULONG NlMtu;
    BOOLEAN Connected;
    BOOLEAN SupportsWakeUpPatterns;
    BOOLEAN SupportsNeighborDiscovery;
    BOOLEAN SupportsRouterDiscovery;
    ULONG ReachableTime;
    NL_INTERFACE_OFFLOAD_ROD TransmitOffload;
    NL_INTERFACE_OFFLOAD_ROD ReceiveOffload;
    BOOLEAN DisableDefaultRoutes;
} MIB_IPINTERFACE_ROW, *PMIB_IPINTERFACE_ROW;

typedef struct _MIB_IPINTERFACE_TABLE {
    ULONG NumEntries;
    MIB_IPINTERFACE_ROW Table[ANYSIZE_ARRAY];
} MIB_IPINTERFACE_TABLE, *PMIB_IPINTERFACE_TABLE;

typedef struct _MIB_IF_ROW2 {
    NET_LUID InterfaceLuid;
    NET_IFINDEX InterfaceIndex;
    GUID InterfaceGuid;
    WCHAR Alias[IF_MAX_STRING_SIZE + 1];
    WCHAR Description[IF_MAX_STRING_SIZE + 1];
    ULONG PhysicalAddressLength;
    UCHAR PhysicalAddress[IF_MAX_PHYS_ADDRESS_LENGTH];
    UCHAR PermanentPhysicalAddress[IF_MAX_PHYS_ADDRESS_LENGTH];
    ULONG Mtu;
    IFTYPE Type;
    ULONG TunnelType;
    ULONG MediaType;
    ULONG PhysicalMediumType;
    NET_IF_ACCESS_TYPE AccessType;
    ULONG DirectionType;
    struct {
        BOOLEAN HardwareInterface : 1;
        BOOLEAN FilterInterface : 1;
        BOOLEAN ConnectorPresent : 1;
        BOOLEAN NotAuthenticated : 1;
        BOOLEAN NotMediaConnected : 1;
        BOOLEAN Paused : 1;
        BOOLEAN LowPower : 1;
        BOOLEAN EndPointInterface : 1;
    } InterfaceAndOperStatusFlags;
    IF_OPER_STATUS OperStatus;
    NET_IF_ADMIN_STATUS AdminStatus;
    NET_IF_MEDIA_CONNECT_STATE MediaConnectState;
    GUID NetworkGuid;
    ULONG ConnectionType;
    ULONG64 TransmitLinkSpeed;
    ULONG64 ReceiveLinkSpeed;
    ULONG64 InOctets;
    ULONG64 InUcastPkts;
    ULONG64 InNUcastPkts;
    ULONG64 InDiscards;
    ULONG64 InErrors;
    ULONG64 InUnknownProtos;
    ULONG64 InUcastOctets;
    ULONG64 InMulticastOctets;
    ULONG64 InBroadcastOctets;
    ULONG64 OutOctets;
    ULONG64 OutUcastPkts;
    ULONG64 OutNUcastPkts;
    ULONG64 OutDiscards;
    ULONG64 OutErrors;
    ULONG64 OutUcastOctets;
    ULONG64 OutMulticastOctets;
    ULONG64 OutBroadcastOctets;
    ULONG64 OutQLen;
} MIB_IF_ROW2, *PMIB_IF_ROW2;

typedef struct _MIB_IF_TABLE2 {
    ULONG NumEntries;
    MIB_IF_ROW2 Table[ANYSIZE_ARRAY];
} MIB_IF_TABLE2, *PMIB_IF_TABLE2;

typedef enum _NL_NEIGHBOR_STATE {
    NlnsUnreachable, NlnsIncomplete, NlnsProbe, NlnsDelay, NlnsStale, NlnsReachable, NlnsPermanent
} NL_NEIGHBOR_STATE;

typedef struct _MIB_IPNET_ROW2 {
    SOCKADDR_INET Address;
    NET_IFINDEX InterfaceIndex;
    NET_LUID InterfaceLuid;
    UCHAR PhysicalAddress[IF_MAX_PHYS_ADDRESS_LENGTH];
    ULONG PhysicalAddressLength;
    NL_NEIGHBOR_STATE State;
    union {
        struct {
            BOOLEAN IsRouter : 1;
            BOOLEAN IsUnreachable : 1;
        };
        UCHAR Flags;
    };
    union {
        ULONG LastReachable;
        ULONG LastUnreachable;
    } ReachabilityTime;
} MIB_IPNET_ROW2, *PMIB_IPNET_ROW2;

typedef struct _MIB_IPNET_TABLE2 {
    ULONG NumEntries;
    MIB_IPNET_ROW2 Table[ANYSIZE_ARRAY];
} MIB_IPNET_TABLE2, *PMIB_IPNET_TABLE2;

typedef VOID(NTAPI *PUNICAST_IPADDRESS_CHANGE_CALLBACK)(
    PVOID CallerContext, PMIB_UNICASTIPADDRESS_ROW Row, MIB_NOTIFICATION_TYPE NotificationType);
typedef VOID(NTAPI *PIPINTERFACE_CHANGE_CALLBACK)(
    PVOID CallerContext, PMIB_IPINTERFACE_ROW Row, MIB_NOTIFICATION_TYPE NotificationType);
typedef VOID(NTAPI *PIPFORWARD_CHANGE_CALLBACK)(
    PVOID CallerContext, PMIB_IPFORWARD_ROW2 Row, MIB_NOTIFICATION_TYPE NotificationType);
typedef VOID(NTAPI *PSTABLE_UNICAST_IPADDRESS_TABLE_CALLBACK)(
    PVOID CallerContext, PMIB_UNICASTIPADDRESS_TABLE AddressTable);

NTKERNELAPI NTSTATUS NTAPI GetUnicastIpAddressTable(
    ADDRESS_FAMILY Family, PMIB_UNICASTIPADDRESS_TABLE *Table);
NTKERNELAPI NTSTATUS NTAPI GetUnicastIpAddressEntry(PMIB_UNICASTIPADDRESS_ROW Row);
NTKERNELAPI NTSTATUS NTAPI GetIfTable2(PMIB_IF_TABLE2 *Table);
NTKERNELAPI NTSTATUS NTAPI GetIfTable2Ex(MIB_IF_TABLE_LEVEL Level, PMIB_IF_TABLE2 *Table);
NTKERNELAPI NTSTATUS NTAPI GetIfEntry2(PMIB_IF_ROW2 Row);
NTKERNELAPI NTSTATUS NTAPI GetIfEntry2Ex(MIB_IF_ENTRY_LEVEL Level, PMIB_IF_ROW2 Row);
NTKERNELAPI NTSTATUS NTAPI GetIpInterfaceTable(ADDRESS_FAMILY Family, PMIB_IPINTERFACE_TABLE *Table);
NTKERNELAPI NTSTATUS NTAPI GetIpInterfaceEntry(PMIB_IPINTERFACE_ROW Row);
NTKERNELAPI VOID NTAPI InitializeIpInterfaceEntry(PMIB_IPINTERFACE_ROW Row);
NTKERNELAPI NTSTATUS NTAPI GetIpForwardTable2(ADDRESS_FAMILY Family, PMIB_IPFORWARD_TABLE2 *Table);
NTKERNELAPI NTSTATUS NTAPI GetBestRoute2(NET_LUID *InterfaceLuid, NET_IFINDEX InterfaceIndex,
    const SOCKADDR_INET *SourceAddress, const SOCKADDR_INET *DestinationAddress, ULONG AddressSortOptions,
    PMIB_IPFORWARD_ROW2 BestRoute, SOCKADDR_INET *BestSourceAddress);
NTKERNELAPI NTSTATUS NTAPI GetIpNetTable2(ADDRESS_FAMILY Family, PMIB_IPNET_TABLE2 *Table);
NTKERNELAPI NTSTATUS NTAPI GetIpNetEntry2(PMIB_IPNET_ROW2 Row);
NTKERNELAPI VOID NTAPI FreeMibTable(PVOID Memory);
NTKERNELAPI NTSTATUS NTAPI NotifyUnicastIpAddressChange(ADDRESS_FAMILY Family,
    PUNICAST_IPADDRESS_CHANGE_CALLBACK Callback, PVOID CallerContext, BOOLEAN InitialNotification,
    HANDLE *NotificationHandle);
NTKERNELAPI NTSTATUS NTAPI NotifyIpInterfaceChange(ADDRESS_FAMILY Family,
    PIPINTERFACE_CHANGE_CALLBACK Callback, PVOID CallerContext, BOOLEAN InitialNotification,
    HANDLE *NotificationHandle);
NTKERNELAPI NTSTATUS NTAPI NotifyRouteChange2(ADDRESS_FAMILY AddressFamily,
    PIPFORWARD_CHANGE_CALLBACK Callback, PVOID CallerContext, BOOLEAN InitialNotification,
    HANDLE *NotificationHandle);
NTKERNELAPI NTSTATUS NTAPI NotifyStableUnicastIpAddressTable(ADDRESS_FAMILY Family,
    PMIB_UNICASTIPADDRESS_TABLE *AddressTable, PSTABLE_UNICAST_IPADDRESS_TABLE_CALLBACK CallerCallback,
    PVOID CallerContext, HANDLE *NotificationHandle);
NTKERNELAPI NTSTATUS NTAPI CancelMibChangeNotify2(HANDLE NotificationHandle);
NTKERNELAPI NTSTATUS NTAPI ConvertInterfaceLuidToIndex(
    const NET_LUID *InterfaceLuid, PNET_IFINDEX InterfaceIndex);
NTKERNELAPI NTSTATUS NTAPI ConvertInterfaceIndexToLuid(NET_IFINDEX InterfaceIndex, PNET_LUID InterfaceLuid);
NTKERNELAPI NTSTATUS NTAPI ConvertInterfaceLuidToGuid(const NET_LUID *InterfaceLuid, GUID *InterfaceGuid);
NTKERNELAPI NTSTATUS NTAPI ConvertInterfaceGuidToLuid(const GUID *InterfaceGuid, PNET_LUID InterfaceLuid);
NTKERNELAPI NTSTATUS NTAPI ConvertInterfaceLuidToAlias(
    const NET_LUID *InterfaceLuid, PWSTR InterfaceAlias, SIZE_T Length);
NTKERNELAPI NTSTATUS NTAPI ConvertInterfaceAliasToLuid(const WCHAR *InterfaceAlias, PNET_LUID InterfaceLuid);
NTKERNELAPI NTSTATUS NTAPI ConvertInterfaceLuidToNameW(
    const NET_LUID *InterfaceLuid, PWSTR InterfaceName, SIZE_T Length);
NTKERNELAPI NTSTATUS NTAPI ConvertInterfaceNameToLuidW(const WCHAR *InterfaceName, PNET_LUID InterfaceLuid);

OPENWSK_EXTERN_C_END

#endif
