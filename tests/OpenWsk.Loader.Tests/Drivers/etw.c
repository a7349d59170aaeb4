/* Test driver: providers and events: manifest events, events that describe themselves (laid out by hand, as
 * the macros of TraceLogging lay them out) and WPP. It tells the line of the first check that failed, 0 for
 * none. It knows nothing about who listens. */
#include "wdk.h"
#include <evntrace.h>

static const GUID provider = {0x3f1b9a52, 0x0c5e, 0x4b1d, {0x9e, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77}};
static REGHANDLE handle;
static LONG enabled;
static UCHAR level_told;
static ULONGLONG keywords_told;

/* Traits: their length and the provider's name. */
#pragma pack(push, 1)
static const struct { USHORT Bytes; char Name[8]; } traits = {10, "Tunnel1"};

/* An event's metadata: its length, no tags, its name, then each field's name and type. */
static const struct {
    USHORT Bytes;
    UCHAR Tags;
    char Name[10];
    char Port[5];
    UCHAR PortType;
    char Peer[5];
    UCHAR PeerType;
} metadata = {25, 0, "Connected", "port", 6, "peer", 2};
#pragma pack(pop)

static VOID NTAPI tell(const GUID *source, ULONG code, UCHAR level, ULONGLONG any, ULONGLONG all,
    PEVENT_FILTER_DESCRIPTOR filter, PVOID context)
{
    (void)source;
    (void)all;
    (void)filter;
    if (context != &handle) return;
    enabled = code == EVENT_CONTROL_CODE_ENABLE_PROVIDER;
    level_told = level;
    keywords_told = any;
}

static ULONG64 self_described(void)
{
    static const EVENT_DESCRIPTOR event = {0, 0, 11, TRACE_LEVEL_WARNING, 0, 0, 0x2};
    EVENT_DATA_DESCRIPTOR data[4];
    USHORT port = 51820;
    char peer[] = "10.0.0.7";
    EventDataDescCreate(&data[0], &traits, traits.Bytes);
    data[0].Type = EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA;
    EventDataDescCreate(&data[1], &metadata, sizeof(metadata));
    data[1].Type = EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA;
    EventDataDescCreate(&data[2], &port, sizeof(port));
    EventDataDescCreate(&data[3], peer, sizeof(peer));
    CHECK(sizeof(metadata) == 25);
    CHECK(NT_SUCCESS(EtwWriteTransfer(handle, &event, NULL, NULL, 4, data)));
    return 0;
}

static ULONG64 events(void)
{
    EVENT_DESCRIPTOR event;
    EVENT_DATA_DESCRIPTOR data;
    GUID activity = {0}, before = {0};
    ULONG number = 7;
    EventDescCreate(&event, 101, 1, 0, TRACE_LEVEL_ERROR, 3, 1, 0x2);
    EventDataDescCreate(&data, &number, sizeof(number));
    CHECK(NT_SUCCESS(EtwWrite(handle, &event, NULL, 1, &data)));
    CHECK(NT_SUCCESS(EtwWriteString(handle, TRACE_LEVEL_ERROR, 0, NULL, L"it works")));
    CHECK(NT_SUCCESS(EtwActivityIdControl(EVENT_ACTIVITY_CTRL_CREATE_ID, &activity)));
    CHECK(activity.Data1 != 0 || activity.Data2 != 0);
    before = activity;
    CHECK(NT_SUCCESS(EtwActivityIdControl(EVENT_ACTIVITY_CTRL_GET_SET_ID, &before)));
    CHECK(NT_SUCCESS(EtwActivityIdControl(EVENT_ACTIVITY_CTRL_GET_ID, &before)));
    CHECK(RtlEqualMemory(&before, &activity, sizeof(GUID)));
    RtlZeroMemory(&before, sizeof(before));
    CHECK(NT_SUCCESS(EtwActivityIdControl(EVENT_ACTIVITY_CTRL_SET_ID, &before)));
    return 0;
}

static ULONG64 messages(void)
{
    static const GUID file = {0x11111111, 0x2222, 0x3333, {1, 2, 3, 4, 5, 6, 7, 8}};
    ULONG number = 99;
    CHECK(NT_SUCCESS(WmiTraceMessage(1, TRACE_MESSAGE_SEQUENCE | TRACE_MESSAGE_GUID, &file, 10, &number,
        sizeof(number), (PVOID)NULL)));
    return 0;
}

static ULONG64 run(void)
{
    ULONG64 line;
    EVENT_DESCRIPTOR event;
    CHECK(NT_SUCCESS(EtwRegister(&provider, tell, &handle, &handle)) && handle != 0);
    CHECK(NT_SUCCESS(EtwSetInformation(handle, EventProviderSetTraits, (PVOID)&traits, sizeof(traits))));
    /* The test listens to warnings and worse. */
    CHECK(enabled && level_told == TRACE_LEVEL_WARNING && keywords_told == 0x6);
    EventDescCreate(&event, 1, 0, 0, TRACE_LEVEL_VERBOSE, 0, 0, 0x2);
    CHECK(!EtwEventEnabled(handle, &event) && EtwProviderEnabled(handle, TRACE_LEVEL_ERROR, 0x4));
    CHECK(!EtwProviderEnabled(handle, TRACE_LEVEL_ERROR, 0x8));
    event.Level = TRACE_LEVEL_WARNING;
    CHECK(EtwEventEnabled(handle, &event));
    line = events();
    if (line == 0) line = self_described();
    if (line == 0) line = messages();
    CHECK(NT_SUCCESS(EtwUnregister(handle)));
    CHECK(EtwWrite(handle, &event, NULL, 0, NULL) == STATUS_INVALID_HANDLE);
    return line;
}
