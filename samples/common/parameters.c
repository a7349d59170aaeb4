/* parameters.c: reads what parameters.h describes, most by RtlQueryRegistryValues, the request by
 * ZwQueryValueKey. It knows nothing about sockets; addresses are parsed in address.c. */
#include "parameters.h"

static const CHAR DefaultRequest[] = "GET / HTTP/1.0\r\nHost: openwsk\r\n\r\n";

/* A number that is REG_DWORD or text, or the text of an address that is allocated by the registry routine. */
static NTSTATUS NTAPI ReadNumber(
    PWSTR ValueName, ULONG ValueType, PVOID ValueData, ULONG ValueLength, PVOID Context, PVOID EntryContext)
{
    PULONG number = (PULONG)EntryContext;
    UNREFERENCED_PARAMETER(Context);
    if (ValueType == REG_DWORD && ValueLength == sizeof(ULONG)) {
        *number = *(PULONG)ValueData;
        return STATUS_SUCCESS;
    }
    if (ValueType == REG_SZ) {
        PCWSTR at = (PCWSTR)ValueData;
        PCWSTR end = at + ValueLength / sizeof(WCHAR);
        ULONG value = 0;
        while (at < end && *at >= L'0' && *at <= L'9' && value < 100000000)
            value = value * 10 + (*at++ - L'0');
        if (at != (PCWSTR)ValueData && (at == end || *at == 0)) {
            *number = value;
            return STATUS_SUCCESS;
        }
    }
    DbgPrint("sample: parameter %ws is not a number\n", ValueName);
    return STATUS_INVALID_PARAMETER;
}

/* The path of the Parameters key with a terminator; the caller frees it. */
static PWSTR ParametersPath(PUNICODE_STRING RegistryPath)
{
    static const WCHAR suffix[] = L"\\Parameters";
    PWSTR path = (PWSTR)ExAllocatePool2(POOL_FLAG_PAGED, RegistryPath->Length + sizeof(suffix), SAMPLE_TAG);
    if (path == NULL) return NULL;
    RtlCopyMemory(path, RegistryPath->Buffer, RegistryPath->Length);
    RtlCopyMemory((PUCHAR)path + RegistryPath->Length, suffix, sizeof(suffix));
    return path;
}

static NTSTATUS ReadTable(PWSTR Path, PUNICODE_STRING Address, PULONG Port, PSAMPLE_PARAMETERS Parameters)
{
    RTL_QUERY_REGISTRY_TABLE table[6];
    RtlZeroMemory(table, sizeof(table));
    table[0].Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
    table[0].Name = (PWSTR)L"RemoteAddress";
    table[0].EntryContext = Address;
    table[0].DefaultType = (REG_SZ << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_SZ;
    table[0].DefaultData = (PVOID)L"127.0.0.1";
    table[1].QueryRoutine = ReadNumber;
    table[1].Name = (PWSTR)L"RemotePort";
    table[1].EntryContext = Port;
    table[2].QueryRoutine = ReadNumber;
    table[2].Name = (PWSTR)L"Threads";
    table[2].EntryContext = &Parameters->Threads;
    table[3].QueryRoutine = ReadNumber;
    table[3].Name = (PWSTR)L"Cycles";
    table[3].EntryContext = &Parameters->Cycles;
    table[4].QueryRoutine = ReadNumber;
    table[4].Name = (PWSTR)L"Abortive";
    table[4].EntryContext = &Parameters->Abortive;
    return RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, Path, table, NULL, NULL);
}

/* The text of the request as bytes, escapes resolved; Bytes has room for one byte a character. */
static ULONG Unescape(PCWSTR Text, ULONG Characters, PUCHAR Bytes)
{
    ULONG count = 0;
    ULONG at;
    for (at = 0; at < Characters && Text[at] != 0; at += 1) {
        WCHAR character = Text[at];
        if (character == L'\\' && at + 1 < Characters) {
            character = Text[++at];
            if (character == L'r') character = L'\r';
            else if (character == L'n') character = L'\n';
            else if (character == L't') character = L'\t';
        }
        Bytes[count++] = character < 0x100 ? (UCHAR)character : '?';
    }
    return count;
}

/* Makes the request of the value's data, or of the default when there is none. */
static NTSTATUS MakeRequest(PKEY_VALUE_PARTIAL_INFORMATION Value, PSAMPLE_PARAMETERS Parameters)
{
    ULONG bytesMax = Value != NULL ? Value->DataLength / sizeof(WCHAR) + 1 : sizeof(DefaultRequest);
    Parameters->Request = (PUCHAR)ExAllocatePool2(POOL_FLAG_NON_PAGED, bytesMax, SAMPLE_TAG);
    if (Parameters->Request == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    if (Value != NULL) {
        Parameters->RequestBytes =
            Unescape((PCWSTR)Value->Data, Value->DataLength / sizeof(WCHAR), Parameters->Request);
    } else {
        Parameters->RequestBytes = sizeof(DefaultRequest) - 1;
        RtlCopyMemory(Parameters->Request, DefaultRequest, Parameters->RequestBytes);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS ReadRequest(PWSTR Path, PSAMPLE_PARAMETERS Parameters)
{
    UNICODE_STRING keyName;
    UNICODE_STRING valueName;
    OBJECT_ATTRIBUTES attributes;
    HANDLE key;
    PKEY_VALUE_PARTIAL_INFORMATION value;
    ULONG valueBytes = 0;
    NTSTATUS status;

    RtlInitUnicodeString(&keyName, Path);
    RtlInitUnicodeString(&valueName, L"Request");
    InitializeObjectAttributes(&attributes, &keyName, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    status = ZwOpenKey(&key, KEY_READ, &attributes);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND) return MakeRequest(NULL, Parameters);
    if (!NT_SUCCESS(status)) return status;

    status = ZwQueryValueKey(key, &valueName, KeyValuePartialInformation, NULL, 0, &valueBytes);
    if (status != STATUS_BUFFER_TOO_SMALL && status != STATUS_BUFFER_OVERFLOW) {
        ZwClose(key);
        return status == STATUS_OBJECT_NAME_NOT_FOUND ? MakeRequest(NULL, Parameters) : status;
    }
    value = (PKEY_VALUE_PARTIAL_INFORMATION)ExAllocatePool2(POOL_FLAG_PAGED, valueBytes, SAMPLE_TAG);
    if (value == NULL) {
        ZwClose(key);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = ZwQueryValueKey(key, &valueName, KeyValuePartialInformation, value, valueBytes, &valueBytes);
    if (NT_SUCCESS(status))
        status = value->Type == REG_SZ ? MakeRequest(value, Parameters) : STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(status)) DbgPrint("sample: parameter Request -> STATUS 0x%08X\n", status);
    ExFreePoolWithTag(value, SAMPLE_TAG);
    ZwClose(key);
    return status;
}

/* Parses the address, sets both addresses and the text that the samples print. */
static NTSTATUS SetAddresses(PUNICODE_STRING Text, ULONG Port, PSAMPLE_PARAMETERS Parameters)
{
    if (!SampleParseAddress(Text, &Parameters->Remote) || Port == 0 || Port > 65535) {
        DbgPrint("sample: RemoteAddress %wZ with RemotePort %u is not an address\n", Text, Port);
        return STATUS_INVALID_PARAMETER;
    }
    Parameters->Remote.Ipv4.sin_port = RtlUshortByteSwap((USHORT)Port);
    Parameters->Local.si_family = Parameters->Remote.si_family;
    SampleFormatAddress((PSOCKADDR)&Parameters->Remote, Parameters->RemoteText);
    return STATUS_SUCCESS;
}

NTSTATUS SampleReadParameters(PUNICODE_STRING RegistryPath, PSAMPLE_PARAMETERS Parameters)
{
    UNICODE_STRING address;
    ULONG port = 80;
    NTSTATUS status;
    PWSTR path = ParametersPath(RegistryPath);
    if (path == NULL) return STATUS_INSUFFICIENT_RESOURCES;

    RtlZeroMemory(Parameters, sizeof(*Parameters));
    RtlZeroMemory(&address, sizeof(address));
    Parameters->Threads = 1;
    Parameters->Cycles = 1;
    status = ReadTable(path, &address, &port, Parameters);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
        /* No Parameters key at all: every value has its default. */
        DbgPrint("sample: the driver has no Parameters key; the defaults hold\n");
        RtlInitUnicodeString(&address, L"127.0.0.1");
        status = SetAddresses(&address, port, Parameters);
    } else {
        if (NT_SUCCESS(status)) status = SetAddresses(&address, port, Parameters);
        if (address.Buffer != NULL) RtlFreeUnicodeString(&address);
    }
    if (NT_SUCCESS(status)) status = ReadRequest(path, Parameters);
    ExFreePoolWithTag(path, SAMPLE_TAG);
    return status;
}

NTSTATUS SampleReadServer(PUNICODE_STRING RegistryPath, PCWSTR DefaultAddress, const SAMPLE_NUMBER *Numbers,
    ULONG Count, PSOCKADDR_INET Local)
{
    RTL_QUERY_REGISTRY_TABLE table[SAMPLE_NUMBERS_MAX + 3];
    UNICODE_STRING address;
    ULONG port = 0;
    ULONG number;
    NTSTATUS status;
    PWSTR path = ParametersPath(RegistryPath);
    if (path == NULL) return STATUS_INSUFFICIENT_RESOURCES;

    RtlZeroMemory(table, sizeof(table));
    RtlZeroMemory(&address, sizeof(address));
    table[0].Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
    table[0].Name = (PWSTR)L"LocalAddress";
    table[0].EntryContext = &address;
    table[0].DefaultType = (REG_SZ << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_SZ;
    table[0].DefaultData = (PVOID)DefaultAddress;
    table[1].QueryRoutine = ReadNumber;
    table[1].Name = (PWSTR)L"LocalPort";
    table[1].EntryContext = &port;
    for (number = 0; number < Count; number += 1) {
        table[2 + number].QueryRoutine = ReadNumber;
        table[2 + number].Name = (PWSTR)Numbers[number].Name;
        table[2 + number].EntryContext = Numbers[number].Value;
    }
    status = RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, NULL, NULL);
    ExFreePoolWithTag(path, SAMPLE_TAG);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
        /* No Parameters key at all: every value has its default. */
        RtlInitUnicodeString(&address, DefaultAddress);
        return SampleParseAddress(&address, Local) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if (NT_SUCCESS(status) && (!SampleParseAddress(&address, Local) || port > 65535)) {
        DbgPrint("sample: LocalAddress %wZ with LocalPort %u is not an address\n", &address, port);
        status = STATUS_INVALID_PARAMETER;
    }
    Local->Ipv4.sin_port = RtlUshortByteSwap((USHORT)port);
    if (address.Buffer != NULL) RtlFreeUnicodeString(&address);
    return status;
}

VOID SampleFreeParameters(PSAMPLE_PARAMETERS Parameters)
{
    if (Parameters->Request != NULL) ExFreePoolWithTag(Parameters->Request, SAMPLE_TAG);
    Parameters->Request = NULL;
}
