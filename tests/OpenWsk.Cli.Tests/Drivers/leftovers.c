/* Drivers that leave one kind of thing behind, chosen by FAULT when this is compiled: at their unload, or
 * when their DriverEntry fails. They do not know each other, and nothing here is an example to follow. */
#include <ntddk.h>
#include <wsk.h>

#define FAULT_POOL 1
#define FAULT_THREAD 2
#define FAULT_TIMER 3
#define FAULT_TIMER_FIRES 4
#define FAULT_WORK_ITEM 5
#define FAULT_DEVICE 6
#define FAULT_LOOKASIDE 7
#define FAULT_RESOURCE 8
#define FAULT_LOCKED_PAGES 9
#define FAULT_HANDLE 10
#define FAULT_ENTRY_FAILS 11
#define FAULT_ENTRY_THREAD 12
#define FAULT_NO_UNLOAD 13
#define FAULT_REGISTRATION 14
#define FAULT_MDL 15
#define FAULT_RUNNING_WORK 16
#define FAULT_PENDING_IRP 17
#define FAULT_SYMBOLIC_LINK 18
#define FAULT_CAPTURE 19
#define FAULT_SOCKET 20
#define FAULT_NMR 21
#define FAULT_THREAD_RUNS 22
#define FAULT_IRP 23
#define FAULT_QUEUED_DPC 24
#define FAULT_WAITING_WORK 25
#define FAULT_WORK_RUNS 26

#define TAG 'tfeL'

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static KTIMER Timer;
static KDPC Dpc;
static KEVENT Never;
static NPAGED_LOOKASIDE_LIST List;
static ERESOURCE Resource;
static MDL *Mdl;
static char Data[64];
/* Written last, so that no call is the last thing a function does: the callee would return past it. */
static volatile LONG Left;
static WSK_REGISTRATION Registration;
static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};

static VOID NTAPI OnTimer(PKDPC dpc, PVOID context, PVOID first, PVOID second)
{
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(first);
    UNREFERENCED_PARAMETER(second);
}

static VOID NTAPI WaitForEver(PVOID context)
{
    UNREFERENCED_PARAMETER(context);
    KeWaitForSingleObject(&Never, Executive, KernelMode, FALSE, NULL);
}

static VOID StartThread(BOOLEAN waits, BOOLEAN closes)
{
    HANDLE thread;
    KeInitializeEvent(&Never, NotificationEvent, !waits);
    PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, WaitForEver, NULL);
    if (closes)
        ZwClose(thread);
}

static VOID SetTimer(LONGLONG milliseconds)
{
    LARGE_INTEGER due;
    due.QuadPart = -10000 * milliseconds;
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, OnTimer, NULL);
    KeSetTimer(&Timer, due, &Dpc);
}

#if FAULT == FAULT_RUNNING_WORK || FAULT == FAULT_WAITING_WORK
static KEVENT Running;

static VOID NTAPI Work(PDEVICE_OBJECT device, PVOID context)
{
    KeSetEvent(&Running, IO_NO_INCREMENT, FALSE);
    UNREFERENCED_PARAMETER(device);
    WaitForEver(context);
    Left++;
}

static VOID LeaveWork(PDEVICE_OBJECT device, int count)
{
    KeInitializeEvent(&Never, NotificationEvent, FALSE);
    KeInitializeEvent(&Running, SynchronizationEvent, FALSE);
    while (count-- > 0) {
        IoQueueWorkItem(IoAllocateWorkItem(device), Work, DelayedWorkQueue, NULL);
        KeWaitForSingleObject(&Running, Executive, KernelMode, FALSE, NULL);
    }
    Left++;
}

#if FAULT == FAULT_WAITING_WORK
/* The first ones take every worker thread there is. */
static VOID LeaveWaiting(PDEVICE_OBJECT device)
{
    LeaveWork(device, 8);
    IoQueueWorkItem(IoAllocateWorkItem(device), Work, DelayedWorkQueue, NULL);
    Left++;
}
#endif
#elif FAULT == FAULT_WORK_RUNS
static VOID NTAPI WorkLater(PDEVICE_OBJECT device, PVOID context)
{
    LARGE_INTEGER moment;
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    moment.QuadPart = -1000000;
    KeDelayExecutionThread(KernelMode, FALSE, &moment);
    Left++;
}
#elif FAULT == FAULT_QUEUED_DPC
static KDPC Blocking;
static KSPIN_LOCK Lock;
static KEVENT Blocked;

static VOID NTAPI Block(PKDPC dpc, PVOID context, PVOID first, PVOID second)
{
    OnTimer(dpc, context, first, second);
    KeSetEvent(&Blocked, IO_NO_INCREMENT, FALSE);
    KeAcquireSpinLockAtDpcLevel(&Lock);
    Left++;
}

/* One that never ends, because its spin lock is not released, and one behind it. */
static VOID LeaveDpc(VOID)
{
    KIRQL irql;
    KeInitializeEvent(&Blocked, NotificationEvent, FALSE);
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &irql);
    KeLowerIrql(irql);
    KeInitializeDpc(&Blocking, Block, NULL);
    KeInitializeDpc(&Dpc, OnTimer, NULL);
    KeSetTargetProcessorDpc(&Blocking, 0);
    KeSetTargetProcessorDpc(&Dpc, 0);
    KeInsertQueueDpc(&Blocking, NULL, NULL);
    KeWaitForSingleObject(&Blocked, Executive, KernelMode, FALSE, NULL);
    KeInsertQueueDpc(&Dpc, NULL, NULL);
    Left++;
}
#elif FAULT == FAULT_PENDING_IRP
static NTSTATUS NTAPI Pend(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    IoMarkIrpPending(irp);
    return STATUS_PENDING;
}

static VOID LeaveIrp(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    driver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = Pend;
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
    IoCallDriver(device, irp);
    Left++;
}
#elif FAULT == FAULT_CAPTURE || FAULT == FAULT_SOCKET
static NTSTATUS NTAPI OnDone(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID LeaveCapture(VOID)
{
    WSK_CLIENT_NPI client = {NULL, &ClientDispatch};
    WSK_PROVIDER_NPI provider;
    WskRegister(&client, &Registration);
    WskCaptureProviderNPI(&Registration, WSK_INFINITE_WAIT, &provider);
    if (FAULT == FAULT_SOCKET) {
        PIRP irp = IoAllocateIrp(1, FALSE);
        KeInitializeEvent(&Never, NotificationEvent, FALSE);
        IoSetCompletionRoutine(irp, OnDone, &Never, TRUE, TRUE, TRUE);
        provider.Dispatch->WskSocket(provider.Client, AF_INET, SOCK_DGRAM, IPPROTO_UDP,
            WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL, NULL, NULL, NULL, irp);
        KeWaitForSingleObject(&Never, Executive, KernelMode, FALSE, NULL);
        IoFreeIrp(irp);
    }
    Left++;
}
#elif FAULT == FAULT_NMR
static NTSTATUS NTAPI Attach(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE provider)
{
    UNREFERENCED_PARAMETER(binding);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(provider);
    return STATUS_NOINTERFACE;
}

static NTSTATUS NTAPI Detach(PVOID context)
{
    UNREFERENCED_PARAMETER(context);
    return STATUS_SUCCESS;
}

static const NPI_MODULEID ModuleId = {
    sizeof(NPI_MODULEID), MIT_GUID, {{0x5e1f2a60, 0x7b1d, 0x4c55, {1, 2, 3, 4, 5, 6, 7, 8}}}};
static const NPI_CLIENT_CHARACTERISTICS Characteristics = {
    0, sizeof(NPI_CLIENT_CHARACTERISTICS), Attach, Detach, NULL,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &NPI_WSK_INTERFACE_ID, &ModuleId, 0, NULL}};

static VOID LeaveRegistration(VOID)
{
    HANDLE registration;
    NmrRegisterClient(&Characteristics, &Registration, &registration);
    Left++;
}
#elif FAULT == FAULT_THREAD_RUNS
static VOID NTAPI RunLater(PVOID context)
{
    LARGE_INTEGER moment;
    UNREFERENCED_PARAMETER(context);
    moment.QuadPart = -1000000;
    KeDelayExecutionThread(KernelMode, FALSE, &moment);
    Left++;
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID LeaveThread(VOID)
{
    HANDLE thread;
    PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, RunLater, NULL);
    ZwClose(thread);
    Left++;
}
#endif

__attribute__((noinline)) static VOID LeaveSomething(PDRIVER_OBJECT driver)
{
#if FAULT == FAULT_POOL || FAULT == FAULT_ENTRY_FAILS
    ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
    ExAllocatePool2(POOL_FLAG_NON_PAGED, 50, TAG);
#elif FAULT == FAULT_THREAD || FAULT == FAULT_ENTRY_THREAD
    StartThread(TRUE, TRUE);
#elif FAULT == FAULT_TIMER
    SetTimer(3600000);
#elif FAULT == FAULT_TIMER_FIRES
    SetTimer(500);
#elif FAULT == FAULT_WORK_ITEM || FAULT == FAULT_DEVICE || FAULT == FAULT_RUNNING_WORK \
    || FAULT == FAULT_PENDING_IRP || FAULT == FAULT_WAITING_WORK || FAULT == FAULT_WORK_RUNS
    PDEVICE_OBJECT device;
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Left");
    IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
#if FAULT == FAULT_WORK_ITEM
    IoAllocateWorkItem(device);
    IoDeleteDevice(device);
#elif FAULT == FAULT_RUNNING_WORK
    LeaveWork(device, 1);
    IoDeleteDevice(device);
#elif FAULT == FAULT_WAITING_WORK
    LeaveWaiting(device);
    IoDeleteDevice(device);
#elif FAULT == FAULT_WORK_RUNS
    IoQueueWorkItem(IoAllocateWorkItem(device), WorkLater, DelayedWorkQueue, NULL);
    IoDeleteDevice(device);
#elif FAULT == FAULT_PENDING_IRP
    LeaveIrp(driver, device);
    IoDeleteDevice(device);
#endif
#elif FAULT == FAULT_IRP
    IoAllocateIrp(1, FALSE);
#elif FAULT == FAULT_SYMBOLIC_LINK
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\Left");
    UNICODE_STRING target = RTL_CONSTANT_STRING(L"\\Device\\Left");
    IoCreateSymbolicLink(&link, &target);
#elif FAULT == FAULT_CAPTURE || FAULT == FAULT_SOCKET
    LeaveCapture();
#elif FAULT == FAULT_NMR
    LeaveRegistration();
#elif FAULT == FAULT_THREAD_RUNS
    LeaveThread();
#elif FAULT == FAULT_QUEUED_DPC
    LeaveDpc();
#elif FAULT == FAULT_LOOKASIDE
    ExInitializeNPagedLookasideList(&List, NULL, NULL, 0, 64, TAG, 0);
#elif FAULT == FAULT_RESOURCE
    ExInitializeResourceLite(&Resource);
#elif FAULT == FAULT_LOCKED_PAGES || FAULT == FAULT_MDL
    Mdl = IoAllocateMdl(Data, sizeof(Data), FALSE, FALSE, NULL);
#if FAULT == FAULT_LOCKED_PAGES
    MmProbeAndLockPages(Mdl, KernelMode, IoWriteAccess);
#endif
#elif FAULT == FAULT_REGISTRATION
    WSK_CLIENT_NPI client;
    client.ClientContext = NULL;
    client.Dispatch = &ClientDispatch;
    WskRegister(&client, &Registration);
#endif
    UNREFERENCED_PARAMETER(driver);
    Left++;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    LeaveSomething(DriverObject);
    Left++;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
#if FAULT == FAULT_ENTRY_FAILS || FAULT == FAULT_ENTRY_THREAD
    LeaveSomething(DriverObject);
    return STATUS_UNSUCCESSFUL;
#elif FAULT == FAULT_NO_UNLOAD
    return STATUS_SUCCESS;
#else
#if FAULT == FAULT_HANDLE
    StartThread(FALSE, FALSE);
#endif
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
#endif
}
