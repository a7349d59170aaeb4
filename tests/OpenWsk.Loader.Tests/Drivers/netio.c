/* Test driver: the machine's interfaces, addresses and routes, and callbacks when they change, as tunnels and
 * servers ask for them. It tells the line of the first check that failed, 0 for none. It knows the addresses
 * that the test gives its machine: 10.0.0.1, 10.0.0.3 and fd00::1. */
#include "wdk.h"
#include <netioapi.h>

static LONG told, routes;
static KEVENT was_told;
static const ULONG first = 0x0100000a, third = 0x0300000a, peer = 0x0200000a;

static VOID NTAPI changed(PVOID context, PMIB_UNICASTIPADDRESS_ROW row, MIB_NOTIFICATION_TYPE type)
{
    if (context == &told && row == NULL && type == MibInitialNotification) InterlockedIncrement(&told);
    KeSetEvent(&was_told, 0, FALSE);
}

static VOID NTAPI route_changed(PVOID context, PMIB_IPFORWARD_ROW2 row, MIB_NOTIFICATION_TYPE type)
{
    (void)row;
    (void)type;
    InterlockedIncrement((LONG *)context);
}

static ULONG64 addresses(NET_LUID *luid)
{
    PMIB_UNICASTIPADDRESS_TABLE table = NULL;
    MIB_UNICASTIPADDRESS_ROW row;
    ULONG seen = 0;
    CHECK(NT_SUCCESS(GetUnicastIpAddressTable(AF_UNSPEC, &table)) && table != NULL);
    for (ULONG i = 0; i < table->NumEntries; i++) {
        PMIB_UNICASTIPADDRESS_ROW each = &table->Table[i];
        CHECK(each->DadState == IpDadStatePreferred && each->InterfaceIndex != 0);
        if (each->Address.si_family == AF_INET6) continue;
        if (each->Address.Ipv4.sin_addr.s_addr == first) *luid = each->InterfaceLuid;
        if (each->Address.Ipv4.sin_addr.s_addr == first || each->Address.Ipv4.sin_addr.s_addr == third)
            seen++;
    }
    CHECK(seen == 2);
    FreeMibTable(table);
    RtlZeroMemory(&row, sizeof(row));
    row.Address.si_family = AF_INET;
    row.Address.Ipv4.sin_addr.s_addr = third;
    row.InterfaceLuid = *luid;
    CHECK(NT_SUCCESS(GetUnicastIpAddressEntry(&row)) && row.OnLinkPrefixLength <= 32);
    row.Address.Ipv4.sin_addr.s_addr = peer;
    CHECK(GetUnicastIpAddressEntry(&row) == STATUS_NOT_FOUND);
    return 0;
}

static ULONG64 interfaces(NET_LUID luid)
{
    PMIB_IF_TABLE2 table = NULL;
    MIB_IPINTERFACE_ROW row;
    static MIB_IF_ROW2 entry;
    WCHAR alias[IF_MAX_STRING_SIZE + 1];
    NET_LUID again = {0};
    NET_IFINDEX index = 0;
    GUID guid;
    CHECK(NT_SUCCESS(GetIfTable2(&table)) && table->NumEntries != 0);
    FreeMibTable(table);
    CHECK(NT_SUCCESS(ConvertInterfaceLuidToIndex(&luid, &index)) && index != 0);
    CHECK(NT_SUCCESS(ConvertInterfaceIndexToLuid(index, &again)) && again.Value == luid.Value);
    CHECK(NT_SUCCESS(ConvertInterfaceLuidToGuid(&luid, &guid)));
    CHECK(NT_SUCCESS(ConvertInterfaceGuidToLuid(&guid, &again)) && again.Value == luid.Value);
    CHECK(NT_SUCCESS(ConvertInterfaceLuidToAlias(&luid, alias, sizeof(alias) / sizeof(*alias))));
    CHECK(NT_SUCCESS(ConvertInterfaceAliasToLuid(alias, &again)) && again.Value == luid.Value);
    CHECK(!NT_SUCCESS(ConvertInterfaceIndexToLuid(0x7fffff, &again)));
    InitializeIpInterfaceEntry(&row);
    row.Family = AF_INET;
    row.InterfaceLuid = luid;
    CHECK(NT_SUCCESS(GetIpInterfaceEntry(&row)) && row.NlMtu >= 576 && row.InterfaceIndex == index);
    entry.InterfaceLuid = luid;
    CHECK(NT_SUCCESS(GetIfEntry2(&entry)) && entry.OperStatus == IfOperStatusUp);
    return 0;
}

static ULONG64 best_route(NET_LUID luid)
{
    SOCKADDR_INET to, from;
    MIB_IPFORWARD_ROW2 row;
    PMIB_IPFORWARD_TABLE2 table = NULL;
    RtlZeroMemory(&to, sizeof(to));
    to.si_family = AF_INET;
    to.Ipv4.sin_addr.s_addr = peer;
    CHECK(NT_SUCCESS(GetBestRoute2(NULL, 0, NULL, &to, 0, &row, &from)));
    /* 10.0.0.3 has one more bit in common with 10.0.0.2 than 10.0.0.1 has. */
    CHECK(from.si_family == AF_INET && from.Ipv4.sin_addr.s_addr == third);
    CHECK(row.InterfaceLuid.Value == luid.Value);
    CHECK(NT_SUCCESS(GetIpForwardTable2(AF_INET, &table)) && table->NumEntries != 0);
    FreeMibTable(table);
    return 0;
}

static ULONG64 run(void)
{
    NET_LUID luid = {0};
    HANDLE addresses_handle = NULL, routes_handle = NULL;
    ULONG64 line;
    KeInitializeEvent(&was_told, NotificationEvent, FALSE);
    CHECK(NT_SUCCESS(NotifyUnicastIpAddressChange(AF_UNSPEC, changed, &told, TRUE, &addresses_handle)));
    CHECK(addresses_handle != NULL);
    CHECK(NT_SUCCESS(NotifyRouteChange2(AF_INET, route_changed, &routes, FALSE, &routes_handle)));
    line = addresses(&luid);
    if (line == 0) line = interfaces(luid);
    if (line == 0) line = best_route(luid);
    KeWaitForSingleObject(&was_told, Executive, KernelMode, FALSE, NULL);
    CHECK(NT_SUCCESS(CancelMibChangeNotify2(addresses_handle)));
    CHECK(NT_SUCCESS(CancelMibChangeNotify2(routes_handle)));
    CHECK(line != 0 || (told == 1 && routes == 0));
    return line;
}
