/* A driver that writes events: one of a manifest, and two that describe themselves, laid out as the macros of
 * TraceLogging lay them out. It knows nothing about who listens. See EtwTests.cs. */
#include <ntddk.h>
#include <evntprov.h>

static const GUID provider = {0x3f1b9a52, 0x0c5e, 0x4b1d, {0x9e, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77}};

#pragma pack(push, 1)
static const struct { USHORT Bytes; char Name[8]; } traits = {10, "Tunnel1"};

/* Length, no tags, the event's name, a field's name and type: an unsigned number of 16 bits. */
static const struct { USHORT Bytes; UCHAR Tags; char Name[10]; char Port[5]; UCHAR Type; } connected =
    {19, 0, "Connected", "port", 6};
#pragma pack(pop)

static void write(REGHANDLE handle, UCHAR level, USHORT port)
{
    EVENT_DESCRIPTOR event;
    EVENT_DATA_DESCRIPTOR data[3];
    EventDescCreate(&event, 0, 0, 11, level, 0, 0, 1);
    EventDataDescCreate(&data[0], &traits, sizeof(traits));
    data[0].Type = EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA;
    EventDataDescCreate(&data[1], &connected, sizeof(connected));
    data[1].Type = EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA;
    EventDataDescCreate(&data[2], &port, sizeof(port));
    EtwWriteTransfer(handle, &event, NULL, NULL, 3, data);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    REGHANDLE handle = 0;
    NTSTATUS status = EtwRegister(&provider, NULL, NULL, &handle);
    (void)DriverObject;
    (void)RegistryPath;
    if (!NT_SUCCESS(status)) return status;
    EtwSetInformation(handle, EventProviderSetTraits, (PVOID)&traits, sizeof(traits));
    write(handle, 3, 51820);
    write(handle, 5, 4433);
    EtwUnregister(handle);
    return STATUS_UNSUCCESSFUL;
}
