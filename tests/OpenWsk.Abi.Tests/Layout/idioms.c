/* idioms.c: what drivers write that needs more than prototypes: annotations, constant strings, inlined
 * macros, intrinsics, exceptions, safe strings. It is compiled for each target as C and C++, never linked.
 * It knows nothing about what the routines do. */
#include <ntddk.h>
#include <wsk.h>
#include <ntstrsafe.h>

EXTERN_C DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD IdiomUnload;
IO_COMPLETION_ROUTINE IdiomCompleted;
_Dispatch_type_(IRP_MJ_DEVICE_CONTROL) DRIVER_DISPATCH IdiomControl;

DECLARE_CONST_UNICODE_STRING(IdiomName, L"\\Device\\Idiom");
DECLARE_GLOBAL_CONST_UNICODE_STRING(IdiomGlobalName, L"\\Device\\Global");
static const UNICODE_STRING IdiomConstant = RTL_CONSTANT_STRING(L"constant");
static ANSI_STRING IdiomAnsi = RTL_CONSTANT_STRING("ansi");
C_ASSERT(sizeof(IRP) == 0xD0);

#define IDIOM_TAG 'moiD'
#define IOCTL_IDIOM CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

const WSK_CLIENT_DISPATCH IdiomDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static SOCKADDR_IN6 IdiomAddress = {AF_INET6, 0, 0, IN6ADDR_ANY_INIT, {0}};
static SOCKADDR_IN IdiomAddress4 = {AF_INET, 0x5000, {{{127, 0, 0, 1}}}, {0}};

typedef struct _IDIOM_CONTEXT {
    LIST_ENTRY Link;
    KSPIN_LOCK Lock;
    KEVENT Event;
    SLIST_HEADER Entries;
    NPAGED_LOOKASIDE_LIST Lookaside;
    FAST_MUTEX Mutex;
    _Guarded_by_(Lock) LONG Count;
    _Field_size_bytes_(Count) PUCHAR Bytes;
} IDIOM_CONTEXT, *PIDIOM_CONTEXT;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, IdiomUnload)
#endif

_Use_decl_annotations_
NTSTATUS NTAPI IdiomCompleted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned) KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID IdiomLists(_Inout_ PIDIOM_CONTEXT Context)
{
    LIST_ENTRY head;
    KIRQL irql;
    PVOID entry;
    InitializeListHead(&head);
    KeAcquireSpinLock(&Context->Lock, &irql);
    InsertTailList(&head, &Context->Link);
    if (!IsListEmpty(&head)) {
        PLIST_ENTRY first = RemoveHeadList(&head);
        PIDIOM_CONTEXT owner = CONTAINING_RECORD(first, IDIOM_CONTEXT, Link);
        NT_ASSERT(owner == Context);
        owner->Count = 1;
    }
    KeReleaseSpinLock(&Context->Lock, irql);
    InterlockedIncrement(&Context->Count);
    InterlockedCompareExchange(&Context->Count, 1, 2);
    entry = ExAllocateFromNPagedLookasideList(&Context->Lookaside);
    if (entry != NULL) ExFreeToNPagedLookasideList(&Context->Lookaside, entry);
    InterlockedPushEntrySList(&Context->Entries, (PSLIST_ENTRY)Context);
    ExInitializeFastMutex(&Context->Mutex);
}

static NTSTATUS IdiomIrps(PIRP Irp, PMDL Mdl, PKEVENT Event, PDEVICE_OBJECT Below)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(Irp);
    PVOID address = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority | MdlMappingNoExecute);
    if (address == NULL || location->Parameters.DeviceIoControl.IoControlCode != IOCTL_IDIOM) {
        Irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    IoMarkIrpPending(Irp);
    IoSetCancelRoutine(Irp, NULL);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, IdiomCompleted, Event, TRUE, TRUE, TRUE);
    return MmGetMdlByteCount(Mdl) != 0 ? IoCallDriver(Below, Irp) : STATUS_PENDING;
}

static NTSTATUS IdiomClose(PWSK_SOCKET Socket, PIRP Irp)
{
    const WSK_PROVIDER_CONNECTION_DISPATCH *dispatch =
        (const WSK_PROVIDER_CONNECTION_DISPATCH *)Socket->Dispatch;
    C_ASSERT(FIELD_OFFSET(WSK_PROVIDER_CONNECTION_DISPATCH, WskCloseSocket) == 8);
    if (Irp->Cancel) return dispatch->Basic.WskCloseSocket(Socket, Irp);
    return dispatch->WskCloseSocket(Socket, Irp);
}

static NTSTATUS IdiomText(PUNICODE_STRING Wide)
{
    CHAR text[64];
    WCHAR wide[64];
    size_t length = 0;
    NTSTATUS status = RtlStringCbPrintfA(text, sizeof(text), "%wZ %d", Wide, 1);
    if (!NT_SUCCESS(status)) return status;
    status = RtlStringCchPrintfW(wide, ARRAYSIZE(wide), L"%ws", IdiomName.Buffer);
    if (NT_SUCCESS(status)) status = RtlStringCbCopyA(text, sizeof(text), IdiomAnsi.Buffer);
    if (NT_SUCCESS(status)) status = RtlStringCbCatA(text, sizeof(text), "end");
    if (NT_SUCCESS(status)) status = RtlStringCbLengthA(text, sizeof(text), &length);
    if (NT_SUCCESS(status)) status = RtlStringCchCopyW(wide, ARRAYSIZE(wide), L"copy");
    KdPrint(("%s %ws %Iu\n", text, wide, length));
    return status;
}

#ifndef IDIOMS_WITHOUT_SEH
static NTSTATUS IdiomExceptions(PMDL Mdl)
{
    NTSTATUS status = STATUS_SUCCESS;
    __try {
        __try {
            MmProbeAndLockPages(Mdl, KernelMode, IoWriteAccess);
        } __finally {
            KdPrint(("locked\n"));
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = (NTSTATUS)GetExceptionCode();
    }
    return status;
}
#endif

VOID NTAPI IdiomUnload(PDRIVER_OBJECT DriverObject)
{
    PAGED_CODE();
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI IdiomControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIDIOM_CONTEXT context = (PIDIOM_CONTEXT)DeviceObject->DeviceExtension;
    if (KeGetCurrentIrql() < DISPATCH_LEVEL) IdiomLists(context);
    if (context->Count == 7) return IdiomClose((PWSK_SOCKET)context->Bytes, Irp);
    return IdiomIrps(Irp, Irp->MdlAddress, &context->Event, DeviceObject);
}

NTSTATUS NTAPI DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
    static const NPIID *identifier = &NPI_WSK_INTERFACE_ID;
    PIDIOM_CONTEXT context;
    PMDL mdl;
    ExInitializeDriverRuntime(DrvRtPoolNxOptIn);
    context = (PIDIOM_CONTEXT)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*context), IDIOM_TAG);
    if (context == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&context->Event, NotificationEvent, FALSE);
    mdl = IoAllocateMdl(context, sizeof(*context), FALSE, FALSE, NULL);
    DriverObject->DriverUnload = IdiomUnload;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = IdiomControl;
    DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL, "%wZ %wZ %p %u %u %u\n", RegistryPath, &IdiomConstant,
        (PVOID)identifier, IdiomDispatch.Version, IdiomAddress.sin6_family, IdiomAddress4.sin_port);
    if (mdl == NULL || !NT_SUCCESS(IdiomText(RegistryPath))) return STATUS_UNSUCCESSFUL;
#ifndef IDIOMS_WITHOUT_SEH
    return IdiomExceptions(mdl);
#else
    return STATUS_SUCCESS;
#endif
}
