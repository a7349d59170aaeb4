/* lookup.c: a Winsock Kernel client that looks a name up and prints what it finds: each address of
 * WskGetAddressInfo, and for each the names that WskGetNameInfo gives it. Parameters: HostName (text, by
 * default localhost), ServiceName (text or number, by default none), Family (0, 2 or 23), HintFlags (AI_,
 * by default AI_CANONNAME), NameFlags (NI_). It does not know sockets: see ../connect/connect.c. */
#include "../common/call.h"
#include "../common/parameters.h"
#include "../common/thread.h"

#define NAME_CHARS 256

typedef struct _LOOKUP_STATE {
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Provider;
    SAMPLE_CALL Call;
    UNICODE_STRING Host;
    UNICODE_STRING Service;
    ADDRINFOEXW Hints;
    ULONG Family;
    ULONG HintFlags;
    ULONG NameFlags;
    PVOID Thread;
    WCHAR HostText[NAME_CHARS];
    WCHAR ServiceText[NAME_CHARS];
    WCHAR FoundHost[NI_MAXHOST];
    WCHAR FoundService[NI_MAXSERV];
} LOOKUP_STATE, *PLOOKUP_STATE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LookupUnload;
static KSTART_ROUTINE LookupThread;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};

/* The driver has one instance. The name functions are for PASSIVE_LEVEL, but the IRP must not be pageable. */
static PLOOKUP_STATE State;

static PUNICODE_STRING OrNull(PUNICODE_STRING Text)
{
    return Text->Length != 0 ? Text : NULL;
}

/* Asks for the names of one address and prints them. */
static VOID PrintNames(PLOOKUP_STATE S, const ADDRINFOEXW *Found)
{
    UNICODE_STRING host = {0, sizeof(S->FoundHost), S->FoundHost};
    UNICODE_STRING service = {0, sizeof(S->FoundService), S->FoundService};
    CHAR text[SAMPLE_ADDRESS_CHARS];
    NTSTATUS status;
    SampleFormatAddress(Found->ai_addr, text);
    DbgPrint("lookup: address %s type %d protocol %d\n", text, Found->ai_socktype, Found->ai_protocol);
    SampleBeginCall(&S->Call);
    if (SampleIsStopping(&S->Call)) return;
    status = SampleEndCall(&S->Call,
        S->Provider.Dispatch->WskGetNameInfo(S->Provider.Client, Found->ai_addr, (ULONG)Found->ai_addrlen,
            &host, &service, S->NameFlags, NULL, NULL, S->Call.Irp),
        NULL);
    if (NT_SUCCESS(status))
        DbgPrint("lookup: WskGetNameInfo %s -> host %wZ service %wZ\n", text, &host, &service);
    else
        DbgPrint("lookup: WskGetNameInfo %s -> STATUS 0x%08X\n", text, status);
}

static NTSTATUS Lookup(PLOOKUP_STATE S)
{
    PADDRINFOEXW list = NULL;
    PADDRINFOEXW at;
    ULONG count = 0;
    NTSTATUS status;
    S->Hints.ai_flags = (INT)S->HintFlags;
    S->Hints.ai_family = (INT)S->Family;
    S->Hints.ai_socktype = SOCK_STREAM;
    S->Hints.ai_protocol = IPPROTO_TCP;
    SampleBeginCall(&S->Call);
    if (SampleIsStopping(&S->Call)) return STATUS_CANCELLED;
    status = SampleEndCall(&S->Call,
        S->Provider.Dispatch->WskGetAddressInfo(S->Provider.Client, OrNull(&S->Host), OrNull(&S->Service),
            NS_ALL, NULL, &S->Hints, &list, NULL, NULL, S->Call.Irp),
        NULL);
    DbgPrint("lookup: WskGetAddressInfo %wZ %wZ -> STATUS 0x%08X\n", &S->Host, &S->Service, status);
    if (!NT_SUCCESS(status)) return status;
    if (list->ai_canonname != NULL) DbgPrint("lookup: canonical name %ws\n", list->ai_canonname);
    for (at = list; at != NULL; at = at->ai_next) {
        PrintNames(S, at);
        count += 1;
    }
    S->Provider.Dispatch->WskFreeAddressInfo(S->Provider.Client, list);
    DbgPrint("lookup: %u addresses\n", count);
    return status;
}

static VOID NTAPI LookupThread(PVOID Context)
{
    PLOOKUP_STATE s = (PLOOKUP_STATE)Context;
    NTSTATUS status = WskCaptureProviderNPI(&s->Registration, WSK_INFINITE_WAIT, &s->Provider);
    if (NT_SUCCESS(status)) {
        status = Lookup(s);
        WskReleaseProviderNPI(&s->Registration);
    }
    DbgPrint("lookup: done -> STATUS 0x%08X\n", status);
    PsTerminateSystemThread(status);
}

/* Text as it is, or a number in digits; EntryContext is the string with its room. */
static NTSTATUS NTAPI ReadText(
    PWSTR ValueName, ULONG ValueType, PVOID ValueData, ULONG ValueLength, PVOID Context, PVOID EntryContext)
{
    PUNICODE_STRING text = (PUNICODE_STRING)EntryContext;
    UNICODE_STRING value;
    NTSTATUS status = STATUS_OBJECT_TYPE_MISMATCH;
    UNREFERENCED_PARAMETER(Context);
    if (ValueType == REG_SZ) {
        RtlInitUnicodeString(&value, (PCWSTR)ValueData);
        /* The terminator needs room, too. */
        status = value.Length < text->MaximumLength ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
        if (NT_SUCCESS(status)) RtlCopyUnicodeString(text, &value);
    } else if (ValueType == REG_DWORD && ValueLength == sizeof(ULONG)) {
        status = RtlIntegerToUnicodeString(*(PULONG)ValueData, 10, text);
    }
    if (!NT_SUCCESS(status)) DbgPrint("lookup: parameter %ws -> STATUS 0x%08X\n", ValueName, status);
    return status;
}

static NTSTATUS ReadParameters(PLOOKUP_STATE S, PUNICODE_STRING RegistryPath)
{
    static const WCHAR suffix[] = L"\\Parameters";
    static PCWSTR const numberNames[] = {L"Family", L"HintFlags", L"NameFlags"};
    PULONG numbers[] = {&S->Family, &S->HintFlags, &S->NameFlags};
    RTL_QUERY_REGISTRY_TABLE table[6];
    NTSTATUS status;
    ULONG i;
    PWSTR path = (PWSTR)ExAllocatePool2(POOL_FLAG_PAGED, RegistryPath->Length + sizeof(suffix), SAMPLE_TAG);
    if (path == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(path, RegistryPath->Buffer, RegistryPath->Length);
    RtlCopyMemory((PUCHAR)path + RegistryPath->Length, suffix, sizeof(suffix));

    RtlZeroMemory(table, sizeof(table));
    table[0].QueryRoutine = ReadText;
    table[0].Name = (PWSTR)L"HostName";
    table[0].EntryContext = &S->Host;
    table[1].QueryRoutine = ReadText;
    table[1].Name = (PWSTR)L"ServiceName";
    table[1].EntryContext = &S->Service;
    for (i = 0; i < RTL_NUMBER_OF(numbers); i += 1) {
        table[i + 2].Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
        table[i + 2].Name = (PWSTR)numberNames[i];
        table[i + 2].EntryContext = numbers[i];
        table[i + 2].DefaultType = (REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_NONE;
    }
    status = RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, NULL, NULL);
    ExFreePoolWithTag(path, SAMPLE_TAG);
    /* Without a Parameters key the defaults hold. */
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_SUCCESS : status;
}

static VOID FreeState(PLOOKUP_STATE S)
{
    SampleDeleteCall(&S->Call);
    ExFreePoolWithTag(S, SAMPLE_TAG);
}

static VOID NTAPI LookupUnload(PDRIVER_OBJECT DriverObject)
{
    PLOOKUP_STATE s = State;
    UNREFERENCED_PARAMETER(DriverObject);
    /* A look-up that a name server does not answer is given up. */
    SampleStopCall(&s->Call);
    WskDeregister(&s->Registration);
    SampleJoinThread(s->Thread);
    FreeState(s);
    State = NULL;
    DbgPrint("lookup: unloaded\n");
}

static NTSTATUS Prepare(PLOOKUP_STATE S, PUNICODE_STRING RegistryPath)
{
    S->Host.Buffer = S->HostText;
    S->Host.MaximumLength = sizeof(S->HostText);
    S->Service.Buffer = S->ServiceText;
    S->Service.MaximumLength = sizeof(S->ServiceText);
    S->HintFlags = AI_CANONNAME;
    RtlAppendUnicodeToString(&S->Host, L"localhost");
    return ReadParameters(S, RegistryPath);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WSK_CLIENT_NPI client;
    NTSTATUS status;
    PLOOKUP_STATE s = (PLOOKUP_STATE)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*s), SAMPLE_TAG);
    if (s == NULL) return STATUS_INSUFFICIENT_RESOURCES;

    status = Prepare(s, RegistryPath);
    if (NT_SUCCESS(status)) status = SampleCreateCall(&s->Call);
    if (NT_SUCCESS(status)) {
        client.ClientContext = s;
        client.Dispatch = &ClientDispatch;
        status = WskRegister(&client, &s->Registration);
    }
    if (NT_SUCCESS(status)) {
        status = SampleStartThread(LookupThread, s, &s->Thread);
        if (!NT_SUCCESS(status)) WskDeregister(&s->Registration);
    }
    if (!NT_SUCCESS(status)) {
        DbgPrint("lookup: DriverEntry -> STATUS 0x%08X\n", status);
        FreeState(s);
        return status;
    }
    State = s;
    DriverObject->DriverUnload = LookupUnload;
    return STATUS_SUCCESS;
}
