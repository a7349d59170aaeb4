/* Test driver: callback objects, queues, plug and play and key notifications, processes, and the readers of
 * texts, as drivers of the field import them. It tells the line of the first check that failed, 0 for none.
 * It knows nothing about devices' requests. */
#include "wdk.h"
#include <string.h>

int __cdecl sscanf(const char *text, const char *format, ...);

static LONG calls, arrivals;
static KEVENT seen;
static KQUEUE queue;
static const GUID class_guid = {0x5b0f5d2a, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};

static VOID NTAPI called(PVOID context, PVOID first, PVOID second)
{
    if (first == (PVOID)1 && second == (PVOID)2) *(LONG *)context += 1;
}

static ULONG64 callbacks(void)
{
    PCALLBACK_OBJECT object, again, power;
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    PVOID one, two;
    RtlInitUnicodeString(&name, L"\\Callback\\OpenWskTest");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_PERMANENT, NULL, NULL);
    CHECK(ExCreateCallback(&object, &attributes, FALSE, TRUE) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(NT_SUCCESS(ExCreateCallback(&object, &attributes, TRUE, TRUE)));
    CHECK(NT_SUCCESS(ExCreateCallback(&again, &attributes, FALSE, FALSE)) && again == object);
    one = ExRegisterCallback(object, called, &calls);
    two = ExRegisterCallback(again, called, &calls);
    CHECK(one != NULL && two != NULL && one != two);
    ExNotifyCallback(object, (PVOID)1, (PVOID)2);
    CHECK(calls == 2);
    ExUnregisterCallback(one);
    ExNotifyCallback(object, (PVOID)1, (PVOID)2);
    CHECK(calls == 3);
    ExUnregisterCallback(two);
    ObDereferenceObject(object);
    ObDereferenceObject(again);
    RtlInitUnicodeString(&name, L"\\Callback\\PowerState");
    CHECK(NT_SUCCESS(ExCreateCallback(&power, &attributes, FALSE, TRUE)));
    one = ExRegisterCallback(power, called, &calls);
    CHECK(one != NULL);
    ExUnregisterCallback(one);
    ObDereferenceObject(power);
    return 0;
}

static VOID NTAPI feed(PVOID context)
{
    LIST_ENTRY *entries = (LIST_ENTRY *)context;
    for (int i = 0; i < 3; i++)
        KeInsertQueue(&queue, &entries[i]);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static ULONG64 queues(void)
{
    static LIST_ENTRY entries[5];
    LARGE_INTEGER none = {0};
    HANDLE thread;
    KeInitializeQueue(&queue, 0);
    CHECK(KeRemoveQueue(&queue, KernelMode, &none) == (PLIST_ENTRY)STATUS_TIMEOUT);
    CHECK(NT_SUCCESS(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, feed, entries)));
    for (int i = 0; i < 3; i++)
        CHECK(KeRemoveQueue(&queue, KernelMode, NULL) == &entries[i]);
    CHECK(ZwWaitForSingleObject(thread, FALSE, NULL) == STATUS_SUCCESS && NT_SUCCESS(ZwClose(thread)));
    CHECK(KeInsertQueue(&queue, &entries[0]) == 0 && KeInsertHeadQueue(&queue, &entries[1]) == 1);
    CHECK(KeReadStateQueue(&queue) == 2 && KeRemoveQueue(&queue, KernelMode, NULL) == &entries[1]);
    CHECK(KeInsertQueue(&queue, &entries[2]) == 1);
    CHECK(KeRundownQueue(&queue) == &entries[0]);
    CHECK(entries[0].Flink == &entries[2] && entries[2].Flink == &entries[0]);
    return 0;
}

static NTSTATUS NTAPI arrived(PVOID structure, PVOID context)
{
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION told = (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)structure;
    if (context == &arrivals && told->Version == 1 && told->Size == sizeof(*told)
        && RtlEqualMemory(&told->InterfaceClassGuid, &class_guid, sizeof(GUID))
        && told->SymbolicLinkName->Length != 0)
        arrivals++;
    return STATUS_SUCCESS;
}

static ULONG64 plug_and_play(void)
{
    PDEVICE_OBJECT device = NULL;
    UNICODE_STRING link;
    PVOID entry = NULL;
    HANDLE key;
    ULONG got = 1;
    CHECK(NT_SUCCESS(IoCreateDevice(
        the_driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)));
    CHECK(NT_SUCCESS(IoRegisterDeviceInterface(device, &class_guid, NULL, &link)));
    CHECK(NT_SUCCESS(IoSetDeviceInterfaceState(&link, TRUE)));
    CHECK(NT_SUCCESS(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
        PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES, (PVOID)&class_guid, the_driver, arrived,
        &arrivals, &entry)));
    CHECK(arrivals == 1 && entry != NULL);
    CHECK(NT_SUCCESS(IoUnregisterPlugPlayNotification(entry)));
    CHECK(NT_SUCCESS(IoOpenDeviceRegistryKey(device, PLUGPLAY_REGKEY_DRIVER, KEY_READ, &key)));
    CHECK(NT_SUCCESS(ZwClose(key)));
    CHECK(IoGetDeviceProperty(device, DevicePropertyBusNumber, 0, NULL, &got)
        == STATUS_INVALID_DEVICE_REQUEST);
    CHECK(NT_SUCCESS(IoSetDeviceInterfaceState(&link, FALSE)));
    RtlFreeUnicodeString(&link);
    IoDeleteDevice(device);
    return 0;
}

static VOID NTAPI changed(PVOID context)
{
    KeSetEvent((PKEVENT)context, 0, FALSE);
}

static ULONG64 keys(void)
{
    static WORK_QUEUE_ITEM item;
    static IO_STATUS_BLOCK io;
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    HANDLE key, event;
    ULONG number = 1;
    RtlInitUnicodeString(&name, L"\\Registry\\Machine\\Software\\OpenWskNotify");
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    CHECK(NT_SUCCESS(ZwCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, NULL)));
    item.WorkerRoutine = changed;
    item.Parameter = &seen;
    CHECK(ZwNotifyChangeKey(key, NULL, (PIO_APC_ROUTINE)(ULONG_PTR)&item, (PVOID)DelayedWorkQueue, &io,
        REG_NOTIFY_CHANGE_LAST_SET, TRUE, NULL, 0, TRUE) == STATUS_PENDING);
    RtlInitUnicodeString(&name, L"Value");
    CHECK(NT_SUCCESS(ZwSetValueKey(key, &name, 0, REG_DWORD, &number, sizeof(number))));
    KeWaitForSingleObject(&seen, Executive, KernelMode, FALSE, NULL);
    CHECK(io.Status == STATUS_NOTIFY_ENUM_DIR);
    CHECK(NT_SUCCESS(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE)));
    CHECK(ZwNotifyChangeKey(key, event, NULL, NULL, &io, REG_NOTIFY_CHANGE_NAME, FALSE, NULL, 0, TRUE)
        == STATUS_PENDING);
    CHECK(NT_SUCCESS(ZwDeleteKey(key)) && ZwWaitForSingleObject(event, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(NT_SUCCESS(ZwClose(event)) && NT_SUCCESS(ZwClose(key)));
    return 0;
}

static ULONG64 processes(void)
{
    PROCESS_BASIC_INFORMATION basic;
    ULONG got = 0, product = 0;
    CHECK(strcmp((char *)PsGetProcessImageFileName(PsInitialSystemProcess), "System") == 0);
    CHECK(NT_SUCCESS(ZwQueryInformationProcess(
        ZwCurrentProcess(), ProcessBasicInformation, &basic, sizeof(basic), &got)));
    CHECK(got == sizeof(basic) && basic.UniqueProcessId == 4);
    CHECK(ZwQueryInformationProcess(ZwCurrentProcess(), ProcessBasicInformation, &basic, 8, &got)
        == STATUS_INFO_LENGTH_MISMATCH);
    CHECK(RtlGetProductInfo(10, 0, 0, 0, &product) && product == PRODUCT_PROFESSIONAL);
    return 0;
}

static ULONG64 texts(void)
{
    char words[] = " one,two;;three", name[16] = "", set[8] = "", more[4] = "";
    int number = 0, hex = 0, any = 0, end = 0;
    unsigned char byte = 0;
    unsigned long long large = 0;
    CHECK(strcmp(strtok(words, ",; "), "one") == 0 && strcmp(strtok(NULL, ",; "), "two") == 0);
    CHECK(strcmp(strtok(NULL, ",; "), "three") == 0 && strtok(NULL, ",; ") == NULL);
    CHECK(sscanf("peer -42 0x1F 017 abc", "%s %d %x %i %[a-b]%n", name, &number, &hex, &any, set, &end)
        == 5);
    CHECK(strcmp(name, "peer") == 0 && number == -42 && hex == 31 && any == 15 && end == 20);
    CHECK(strcmp(set, "ab") == 0);
    CHECK(sscanf("10.0.255:18446744073709551615", "%*d.%*d.%hhu:%llu", &byte, &large) == 2);
    CHECK(byte == 255 && large == ~0ull);
    CHECK(sscanf("", "%d", &number) == -1 && sscanf("x", "%d", &number) == 0);
    CHECK(sscanf("12345", "%2d%3s", &number, more) == 2 && number == 12 && strcmp(more, "345") == 0);
    return 0;
}

static ULONG64 run(void)
{
    ULONG64 (*const all[])(void) = {callbacks, queues, plug_and_play, keys, processes, texts};
    KeInitializeEvent(&seen, SynchronizationEvent, FALSE);
    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        ULONG64 line = all[i]();
        if (line != 0) return line;
    }
    return 0;
}
