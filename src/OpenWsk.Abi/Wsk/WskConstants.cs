// The numeric constants of WSK and Winsock (wsk.h and its neighbours) under their Windows names.
// Made from src/OpenWsk.Abi/Tables/wsk-constants.txt by the ABI tests: change the table, not this file.
// It knows nothing about their meaning; each is documented where it is used.
namespace OpenWsk.Abi;

/// <summary>Constants by their Windows names; import with <c>using static</c>.</summary>
public static class WskConstants
{
    // Waiting (WskCaptureProviderNPI)
    public const uint WSK_NO_WAIT = 0;
    public const uint WSK_INFINITE_WAIT = 0xFFFFFFFF;

    // Socket category (WskSocket Flags)
    public const uint WSK_FLAG_BASIC_SOCKET = 0x00000000;
    public const uint WSK_FLAG_LISTEN_SOCKET = 0x00000001;
    public const uint WSK_FLAG_CONNECTION_SOCKET = 0x00000002;
    public const uint WSK_FLAG_DATAGRAM_SOCKET = 0x00000004;
    public const uint WSK_FLAG_STREAM_SOCKET = 0x00000008;

    // Send, receive, disconnect and callback flags
    public const uint WSK_FLAG_ABORTIVE = 0x00000001;
    public const uint WSK_FLAG_OOB = 0x00000001;
    public const uint WSK_FLAG_NODELAY = 0x00000002;
    public const uint WSK_FLAG_WAITALL = 0x00000002;
    public const uint WSK_FLAG_DRAIN = 0x00000004;
    public const uint WSK_FLAG_RELEASE_ASAP = 0x00000002;
    public const uint WSK_FLAG_ENTIRE_MESSAGE = 0x00000004;
    public const uint WSK_FLAG_AT_DISPATCH_LEVEL = 0x00000008;

    // Events (WSK_EVENT_CALLBACK_CONTROL.EventMask)
    public const uint WSK_EVENT_SEND_BACKLOG = 0x00000010;
    public const uint WSK_EVENT_RECEIVE = 0x00000040;
    public const uint WSK_EVENT_DISCONNECT = 0x00000080;
    public const uint WSK_EVENT_RECEIVE_FROM = 0x00000100;
    public const uint WSK_EVENT_ACCEPT = 0x00000200;
    public const uint WSK_EVENT_DISABLE = 0x80000000;

    // Client control codes (WskControlClient)
    public const uint WSK_TRANSPORT_LIST_QUERY = 2;
    public const uint WSK_TRANSPORT_LIST_CHANGE = 3;
    public const uint WSK_CACHE_SD = 4;
    public const uint WSK_RELEASE_SD = 5;
    public const uint WSK_TDI_DEVICENAME_MAPPING = 6;
    public const uint WSK_SET_STATIC_EVENT_CALLBACKS = 7;
    public const uint WSK_TDI_BEHAVIOR = 8;
    public const uint WSK_TDI_BEHAVIOR_BYPASS_TDI = 0x00000001;

    // WSK socket options
    public const uint WSK_SO_BASE = 0x4000;
    public const uint SO_WSK_SECURITY = 0x4001;
    public const uint SO_WSK_EVENT_CALLBACK = 0x4002;

    // WSK I/O controls (IOC_WSK = IOC_WS2 + 0x07000000)
    public const uint IOC_WSK = 0x0F000000;
    public const uint SIO_WSK_SET_REMOTE_ADDRESS = 0x8F000001;
    public const uint SIO_WSK_REGISTER_EXTENSION = 0xCF000002;
    public const uint SIO_WSK_QUERY_IDEAL_SEND_BACKLOG = 0x4F000003;
    public const uint SIO_WSK_QUERY_RECEIVE_BACKLOG = 0x4F000004;
    public const uint SIO_WSK_QUERY_INSPECT_ID = 0x4F000005;
    public const uint SIO_WSK_SET_SENDTO_ADDRESS = 0x8F000006;
    public const uint SIO_WSK_SET_TCP_SILENT_MODE = 0x2F000007;

    // Winsock I/O controls usable through WSK
    public const uint SIO_ADDRESS_LIST_QUERY = 0x48000016;
    public const uint SIO_ADDRESS_LIST_CHANGE = 0x28000017;
    public const uint SIO_ADDRESS_LIST_SORT = 0xC8000019;
    public const uint SIO_LOOPBACK_FAST_PATH = 0x98000010;
    public const uint SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS = 0x980000DC;
    public const uint SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT = 0x980000DD;
    public const uint SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS = 0x980000DE;

    // I/O control code fields
    public const uint IOC_VOID = 0x20000000;
    public const uint IOC_OUT = 0x40000000;
    public const uint IOC_IN = 0x80000000;
    public const uint IOC_INOUT = 0xC0000000;
    public const uint IOC_UNIX = 0x00000000;
    public const uint IOC_WS2 = 0x08000000;
    public const uint IOC_PROTOCOL = 0x10000000;
    public const uint IOC_VENDOR = 0x18000000;

    // Address families
    public const ushort AF_UNSPEC = 0;
    public const ushort AF_INET = 2;
    public const ushort AF_INET6 = 23;

    // Socket types
    public const ushort SOCK_STREAM = 1;
    public const ushort SOCK_DGRAM = 2;
    public const ushort SOCK_RAW = 3;
    public const ushort SOCK_RDM = 4;
    public const ushort SOCK_SEQPACKET = 5;

    // IPPROTO values (Protocol, and Level of options)
    public const uint IPPROTO_HOPOPTS = 0;
    public const uint IPPROTO_IP = 0;
    public const uint IPPROTO_ICMP = 1;
    public const uint IPPROTO_IGMP = 2;
    public const uint IPPROTO_GGP = 3;
    public const uint IPPROTO_IPV4 = 4;
    public const uint IPPROTO_ST = 5;
    public const uint IPPROTO_TCP = 6;
    public const uint IPPROTO_CBT = 7;
    public const uint IPPROTO_EGP = 8;
    public const uint IPPROTO_IGP = 9;
    public const uint IPPROTO_PUP = 12;
    public const uint IPPROTO_UDP = 17;
    public const uint IPPROTO_IDP = 22;
    public const uint IPPROTO_RDP = 27;
    public const uint IPPROTO_IPV6 = 41;
    public const uint IPPROTO_ROUTING = 43;
    public const uint IPPROTO_FRAGMENT = 44;
    public const uint IPPROTO_ESP = 50;
    public const uint IPPROTO_AH = 51;
    public const uint IPPROTO_ICMPV6 = 58;
    public const uint IPPROTO_NONE = 59;
    public const uint IPPROTO_DSTOPTS = 60;
    public const uint IPPROTO_ND = 77;
    public const uint IPPROTO_ICLFXBM = 78;
    public const uint IPPROTO_PIM = 103;
    public const uint IPPROTO_PGM = 113;
    public const uint IPPROTO_L2TP = 115;
    public const uint IPPROTO_SCTP = 132;
    public const uint IPPROTO_RAW = 255;

    // Datagram receive flags (ControlFlags; Flags of WskReceiveFromEvent)
    public const uint MSG_TRUNC = 0x0100;
    public const uint MSG_CTRUNC = 0x0200;
    public const uint MSG_BCAST = 0x0400;
    public const uint MSG_MCAST = 0x0800;
    public const uint MSG_ERRQUEUE = 0x1000;

    // WskGetNameInfo flags
    public const uint NI_NOFQDN = 0x01;
    public const uint NI_NUMERICHOST = 0x02;
    public const uint NI_NAMEREQD = 0x04;
    public const uint NI_NUMERICSERV = 0x08;
    public const uint NI_DGRAM = 0x10;
    public const uint NI_MAXHOST = 1025;
    public const uint NI_MAXSERV = 32;

    // ADDRINFOEXW.ai_flags (Hints of WskGetAddressInfo)
    public const uint AI_PASSIVE = 0x00000001;
    public const uint AI_CANONNAME = 0x00000002;
    public const uint AI_NUMERICHOST = 0x00000004;
    public const uint AI_NUMERICSERV = 0x00000008;
    public const uint AI_DNS_ONLY = 0x00000010;
    public const uint AI_ALL = 0x00000100;
    public const uint AI_ADDRCONFIG = 0x00000400;
    public const uint AI_V4MAPPED = 0x00000800;
    public const uint AI_NON_AUTHORITATIVE = 0x00004000;
    public const uint AI_SECURE = 0x00008000;
    public const uint AI_RETURN_PREFERRED_NAMES = 0x00010000;
    public const uint AI_FQDN = 0x00020000;
    public const uint AI_FILESERVER = 0x00040000;
    public const uint AI_EXTENDED = 0x80000000;

    // Namespaces (NameSpace of WskGetAddressInfo)
    public const uint NS_ALL = 0;
    public const uint NS_NETBT = 13;
    public const uint NS_DNS = 12;
    public const uint NS_WINS = 14;
    public const uint NS_NLA = 15;
    public const uint NS_BTH = 16;
    public const uint NS_NTDS = 32;
    public const uint NS_EMAIL = 37;
    public const uint NS_PNRPNAME = 38;
    public const uint NS_PNRPCLOUD = 39;

    // SOL_SOCKET options named by WSK pages
    public const uint SOL_SOCKET = 0xFFFF;
    public const uint SO_REUSEADDR = 0x0004;
    public const uint SO_KEEPALIVE = 0x0008;
    public const uint SO_BROADCAST = 0x0020;
    public const uint SO_EXCLUSIVEADDRUSE = 0xFFFFFFFB;
    public const uint SO_RCVBUF = 0x1002;
    public const uint SO_CONDITIONAL_ACCEPT = 0x3002;

    // Further options seen in WSK clients (transport decides)
    public const uint SO_SNDBUF = 0x1001;
    public const uint SO_PAUSE_ACCEPT = 0x3003;
    public const uint SO_COMPARTMENT_ID = 0x3004;
    public const uint SO_RANDOMIZE_PORT = 0x3005;
    public const uint SO_PORT_SCALABILITY = 0x3006;
    public const uint TCP_NODELAY = 1;
    public const uint TCP_KEEPALIVE = 3;
    public const uint TCP_FASTOPEN = 15;
    public const uint TCP_KEEPCNT = 16;
    public const uint TCP_KEEPINTVL = 17;
    public const uint IP_OPTIONS = 1;
    public const uint IP_HDRINCL = 2;
    public const uint IP_TOS = 3;
    public const uint IP_TTL = 4;
    public const uint IP_DONTFRAGMENT = 14;
    public const uint IP_PKTINFO = 19;
    public const uint IP_UNICAST_IF = 31;
    public const uint IP_RECVERR = 75;
    public const uint IPV6_UNICAST_HOPS = 4;
    public const uint IPV6_DONTFRAG = 14;
    public const uint IPV6_PKTINFO = 19;
    public const uint IPV6_V6ONLY = 27;
    public const uint IPV6_UNICAST_IF = 31;
    public const uint IPV6_RTHDR = 32;
    public const uint IPV6_RECVERR = 75;
    public const uint UDP_SEND_MSG_SIZE = 2;
    public const uint UDP_RECV_MAX_COALESCED_SIZE = 3;
    public const uint UDP_COALESCED_INFO = 3;
    public const uint SO_REUSE_UNICASTPORT = 0x3007;
    public const uint IP_RECVIF = 24;
    public const uint IP_RECVDSTADDR = 25;
    public const uint IP_RECVTOS = 40;
    public const uint IP_ECN = 50;
    public const uint IPV6_RECVTCLASS = 40;
    public const uint IPV6_ECN = 50;

    // Options of TCP, IP, IPv6 and UDP that no WSK client was seen to use (transport decides)
    public const uint TCP_BSDURGENT = 0x7000;
    public const uint IP_MULTICAST_IF = 9;
    public const uint IP_MULTICAST_TTL = 10;
    public const uint IP_MULTICAST_LOOP = 11;
    public const uint IP_ADD_MEMBERSHIP = 12;
    public const uint IP_DROP_MEMBERSHIP = 13;
    public const uint IP_HOPLIMIT = 21;
    public const uint IP_RECVTTL = 21;
    public const uint IPV6_HDRINCL = 2;
    public const uint IPV6_MULTICAST_IF = 9;
    public const uint IPV6_MULTICAST_HOPS = 10;
    public const uint IPV6_MULTICAST_LOOP = 11;
    public const uint IPV6_ADD_MEMBERSHIP = 12;
    public const uint IPV6_JOIN_GROUP = 12;
    public const uint IPV6_DROP_MEMBERSHIP = 13;
    public const uint IPV6_LEAVE_GROUP = 13;
    public const uint IPV6_HOPLIMIT = 21;
    public const uint IPV6_RECVIF = 24;
    public const uint IPV6_RECVDSTADDR = 25;
    public const uint IPV6_TCLASS = 39;
    public const uint UDP_NOCHECKSUM = 1;
    public const uint UDP_CHECKSUM_COVERAGE = 20;

    // Further options seen in WSK clients (transport decides)
    public const uint SIO_KEEPALIVE_VALS = 0x98000004;
    public const uint SIO_UDP_CONNRESET = 0x9800000C;

    // Network Module Registrar
    public const uint MIT_GUID = 1;
    public const uint MIT_IF_LUID = 2;

    // Kernel constants that WSK clients compile in
    public const byte SL_PENDING_RETURNED = 0x01;
    public const byte SL_ERROR_RETURNED = 0x02;
    public const byte SL_INVOKE_ON_CANCEL = 0x20;
    public const byte SL_INVOKE_ON_SUCCESS = 0x40;
    public const byte SL_INVOKE_ON_ERROR = 0x80;
    public const short IO_TYPE_IRP = 6;
    public const short MDL_MAPPED_TO_SYSTEM_VA = 0x0001;
    public const short MDL_PAGES_LOCKED = 0x0002;
    public const short MDL_SOURCE_IS_NONPAGED_POOL = 0x0004;
    public const short MDL_ALLOCATED_FIXED_SIZE = 0x0008;
    public const short MDL_PARTIAL = 0x0010;
    public const short MDL_PARTIAL_HAS_BEEN_MAPPED = 0x0020;
    public const short MDL_IO_PAGE_READ = 0x0040;
    public const short MDL_WRITE_OPERATION = 0x0080;
    public const short MDL_LOCKED_PAGE_TABLES = 0x0100;
    public const short MDL_PARENT_MAPPED_SYSTEM_VA = 0x0100;
}
