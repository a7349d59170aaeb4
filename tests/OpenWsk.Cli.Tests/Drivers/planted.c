/* Drivers with one planted fault each, chosen by FAULT when this is compiled; each is one way in which
 * `openwsk run` must end with an exit code of its own. They do not know each other, and nothing here is an
 * example to follow. */
#include <ntddk.h>
#include <wsk.h>

#define FAULT_HANG 1
#define FAULT_LEAK 2
#define FAULT_BUG_CHECK 3
#define FAULT_BREACH 4
#define FAULT_ENTRY_HANG 5
#define FAULT_ENTRY_LOOP 6
#define FAULT_ENTRY_LOOP_RAISED 7
#define FAULT_OPEN_LINE 8

#define TAG 'kaeL'

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

#if FAULT == FAULT_BREACH
static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION Registration;
#endif

#if FAULT == FAULT_HANG || FAULT == FAULT_ENTRY_HANG
static VOID WaitForEver(VOID)
{
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, NULL);
}
#endif

#if FAULT == FAULT_ENTRY_LOOP || FAULT == FAULT_ENTRY_LOOP_RAISED
__attribute__((noinline)) static VOID LoopForEver(VOID)
{
    static volatile LONG turns;
    KIRQL irql;
    KeRaiseIrql(FAULT == FAULT_ENTRY_LOOP ? PASSIVE_LEVEL : DISPATCH_LEVEL, &irql);
    for (;;) turns++;
}
#endif

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
#if FAULT == FAULT_HANG
    WaitForEver();
#elif FAULT == FAULT_BREACH
    WskDeregister(&Registration);
#endif
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
#if FAULT == FAULT_LEAK
    ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
    IoAllocateIrp(1, FALSE);
#elif FAULT == FAULT_OPEN_LINE
    DbgPrint("half a line");
#elif FAULT == FAULT_ENTRY_HANG
    WaitForEver();
#elif FAULT == FAULT_ENTRY_LOOP || FAULT == FAULT_ENTRY_LOOP_RAISED
    LoopForEver();
#elif FAULT == FAULT_BUG_CHECK
    PVOID block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
    ExFreePoolWithTag(block, TAG);
    ExFreePoolWithTag(block, TAG);
#elif FAULT == FAULT_BREACH
    WSK_CLIENT_NPI client;
    client.ClientContext = NULL;
    client.Dispatch = &ClientDispatch;
    WskRegister(&client, &Registration);
    /* There is no capture to give back. */
    WskReleaseProviderNPI(&Registration);
#endif
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
