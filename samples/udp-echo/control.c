/* control.c: what control.h describes. Control information is a row of objects, each a CMSGHDR, which names
 * level and type, with data behind it at an aligned place; the macros of ws2def.h find both.
 * It knows nothing about sending or receiving. */
#include "control.h"

static VOID ReadIpv4(PCMSGHDR Header, USHORT Port, PECHO_CONTROL Control)
{
    PVOID data = WSA_CMSG_DATA(Header);
    switch (Header->cmsg_type) {
    case IP_PKTINFO:
        Control->Destination.Ipv4.sin_family = AF_INET;
        Control->Destination.Ipv4.sin_port = Port;
        Control->Destination.Ipv4.sin_addr = ((PIN_PKTINFO)data)->ipi_addr;
        Control->InterfaceIndex = ((PIN_PKTINFO)data)->ipi_ifindex;
        break;
    case IP_TTL: /* The answer to IP_HOPLIMIT has either type. */
    case IP_HOPLIMIT:
        Control->HopLimit = *(PINT)data;
        break;
    case IP_ECN:
        Control->Ecn = *(PINT)data;
        break;
    }
}

static VOID ReadIpv6(PCMSGHDR Header, USHORT Port, PECHO_CONTROL Control)
{
    PVOID data = WSA_CMSG_DATA(Header);
    switch (Header->cmsg_type) {
    case IPV6_PKTINFO:
        Control->Destination.Ipv6.sin6_family = AF_INET6;
        Control->Destination.Ipv6.sin6_port = Port;
        Control->Destination.Ipv6.sin6_addr = ((PIN6_PKTINFO)data)->ipi6_addr;
        Control->InterfaceIndex = ((PIN6_PKTINFO)data)->ipi6_ifindex;
        break;
    case IPV6_HOPLIMIT:
        Control->HopLimit = *(PINT)data;
        break;
    case IPV6_ECN:
        Control->Ecn = *(PINT)data;
        break;
    }
}

VOID EchoReadControl(PCMSGHDR Info, ULONG Length, USHORT Port, PECHO_CONTROL Control)
{
    WSAMSG message;
    PCMSGHDR header;
    RtlZeroMemory(&message, sizeof(message));
    message.Control.buf = (CHAR *)Info;
    message.Control.len = Length;
    RtlZeroMemory(Control, sizeof(*Control));
    Control->HopLimit = -1;
    Control->Ecn = -1;
    for (header = WSA_CMSG_FIRSTHDR(&message); header != NULL; header = WSA_CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == IPPROTO_IP) ReadIpv4(header, Port, Control);
        else if (header->cmsg_level == IPPROTO_IPV6) ReadIpv6(header, Port, Control);
    }
}

ULONG EchoWriteControl(const ECHO_CONTROL *Control, BOOLEAN IsGroup, PCMSGHDR Info)
{
    RtlZeroMemory(Info, ECHO_CONTROL_BYTES);
    if (Control->Destination.si_family == AF_INET) {
        PIN_PKTINFO source = (PIN_PKTINFO)WSA_CMSG_DATA(Info);
        Info->cmsg_len = WSA_CMSG_LEN(sizeof(*source));
        Info->cmsg_level = IPPROTO_IP;
        Info->cmsg_type = IP_PKTINFO;
        if (!IsGroup) source->ipi_addr = Control->Destination.Ipv4.sin_addr;
        source->ipi_ifindex = Control->InterfaceIndex;
        return WSA_CMSG_SPACE(sizeof(*source));
    }
    if (Control->Destination.si_family == AF_INET6) {
        PIN6_PKTINFO source = (PIN6_PKTINFO)WSA_CMSG_DATA(Info);
        Info->cmsg_len = WSA_CMSG_LEN(sizeof(*source));
        Info->cmsg_level = IPPROTO_IPV6;
        Info->cmsg_type = IPV6_PKTINFO;
        if (!IsGroup) source->ipi6_addr = Control->Destination.Ipv6.sin6_addr;
        source->ipi6_ifindex = Control->InterfaceIndex;
        return WSA_CMSG_SPACE(sizeof(*source));
    }
    return 0;
}
