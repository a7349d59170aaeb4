/* Test driver: keys and values, by handle and by the run-time library, as a driver keeps its parameters. It
 * tells the line of the first check that failed, 0 for none. It knows nothing about devices. */
#include "wdk.h"

static HANDLE root;

static ULONG64 values(void)
{
    UCHAR room[128];
    PKEY_VALUE_PARTIAL_INFORMATION partial = (PKEY_VALUE_PARTIAL_INFORMATION)room;
    PKEY_VALUE_FULL_INFORMATION full = (PKEY_VALUE_FULL_INFORMATION)room;
    UNICODE_STRING name;
    ULONG number = 42, got = 0;
    RtlInitUnicodeString(&name, L"Limit");
    CHECK(ZwQueryValueKey(root, &name, KeyValuePartialInformation, room, sizeof(room), &got)
        == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(NT_SUCCESS(ZwSetValueKey(root, &name, 0, REG_DWORD, &number, sizeof(number))));
    CHECK(ZwQueryValueKey(root, &name, KeyValuePartialInformation, room, 4, &got) == STATUS_BUFFER_TOO_SMALL);
    CHECK(got == 16);
    CHECK(NT_SUCCESS(ZwQueryValueKey(root, &name, KeyValuePartialInformation, room, sizeof(room), &got)));
    CHECK(partial->Type == REG_DWORD && partial->DataLength == 4 && *(PULONG)partial->Data == 42);
    CHECK(NT_SUCCESS(ZwEnumerateValueKey(root, 0, KeyValueFullInformation, room, sizeof(room), &got)));
    CHECK(full->NameLength == 10 && *(PULONG)(room + full->DataOffset) == 42);
    CHECK(ZwEnumerateValueKey(root, 1, KeyValueFullInformation, room, sizeof(room), &got)
        == STATUS_NO_MORE_ENTRIES);
    CHECK(NT_SUCCESS(ZwDeleteValueKey(root, &name)) && NT_SUCCESS(ZwFlushKey(root)));
    CHECK(ZwDeleteValueKey(root, &name) == STATUS_OBJECT_NAME_NOT_FOUND);
    return 0;
}

static ULONG64 keys(void)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    UCHAR room[128];
    PKEY_BASIC_INFORMATION basic = (PKEY_BASIC_INFORMATION)room;
    PKEY_FULL_INFORMATION full = (PKEY_FULL_INFORMATION)room;
    HANDLE child;
    ULONG got = 0, disposition = 0;
    RtlInitUnicodeString(&name, L"Peer");
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, root, NULL);
    CHECK(ZwOpenKey(&child, KEY_READ, &attributes) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(NT_SUCCESS(ZwCreateKey(&child, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, &disposition)));
    CHECK(disposition == REG_CREATED_NEW_KEY);
    CHECK(NT_SUCCESS(ZwQueryKey(root, KeyFullInformation, room, sizeof(room), &got)) && full->SubKeys == 1);
    CHECK(NT_SUCCESS(ZwEnumerateKey(root, 0, KeyBasicInformation, room, sizeof(room), &got)));
    CHECK(basic->NameLength == 8 && basic->Name[0] == 'P');
    CHECK(NT_SUCCESS(ZwDeleteKey(child)) && NT_SUCCESS(ZwClose(child)));
    CHECK(ZwOpenKey(&child, KEY_READ, &attributes) == STATUS_OBJECT_NAME_NOT_FOUND);
    return 0;
}

static NTSTATUS NTAPI seen(PWSTR name, ULONG type, PVOID data, ULONG bytes, PVOID context, PVOID entry)
{
    (void)name;
    if (type == REG_DWORD && bytes == 4) *(PULONG)context += *(PULONG)data;
    return entry != NULL ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static ULONG64 queries(void)
{
    RTL_QUERY_REGISTRY_TABLE table[3];
    PCWSTR path = L"\\Registry\\Machine\\Software\\OpenWskTest";
    ULONG port = 4433, sum = 0, missing = 0, preset = 7;
    RtlZeroMemory(table, sizeof(table));
    CHECK(NT_SUCCESS(RtlWriteRegistryValue(
        RTL_REGISTRY_ABSOLUTE, path, L"Port", REG_DWORD, &port, sizeof(port))));
    CHECK(NT_SUCCESS(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, (PWSTR)path)));
    table[0].QueryRoutine = seen;
    table[0].Name = L"Port";
    table[0].EntryContext = &sum;
    table[1].Flags = RTL_QUERY_REGISTRY_DIRECT;
    table[1].Name = L"None";
    table[1].EntryContext = &missing;
    table[1].DefaultType = REG_DWORD;
    table[1].DefaultData = &preset;
    table[1].DefaultLength = sizeof(preset);
    CHECK(NT_SUCCESS(RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, &sum, NULL)));
    CHECK(sum == 4433 && missing == 7);
    CHECK(NT_SUCCESS(RtlDeleteRegistryValue(RTL_REGISTRY_ABSOLUTE, path, L"Port")));
    table[0].Flags = RTL_QUERY_REGISTRY_REQUIRED;
    CHECK(RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, &sum, NULL)
        == STATUS_OBJECT_NAME_NOT_FOUND);
    return 0;
}

static ULONG64 run(void)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    ULONG64 line;
    RtlInitUnicodeString(&name, L"\\Registry\\Machine\\Software\\OpenWskTest");
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    CHECK(NT_SUCCESS(ZwCreateKey(&root, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, NULL)));
    line = values();
    if (line == 0) line = keys();
    if (line == 0) line = queries();
    if (line != 0) return line;
    CHECK(NT_SUCCESS(ZwDeleteKey(root)) && NT_SUCCESS(ZwClose(root)));
    return 0;
}
