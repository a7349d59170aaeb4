/* Drivers that use time in one way each, chosen by FAULT when this is compiled, for runs in a simulated
 * world. They do not know each other, and nothing here is an example to follow. */
#include <ntddk.h>

#define FAULT_HOURS 1
#define FAULT_POLL 2
#define FAULT_LOOP 3
#define FAULT_TIMER 4

#define HOUR 36000000000ll

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static volatile LONG IsOver;

#if FAULT == FAULT_HOURS || FAULT == FAULT_POLL
static PVOID ThreadObject;

static VOID NTAPI Thread(PVOID Context)
{
    LARGE_INTEGER time = {.QuadPart = FAULT == FAULT_HOURS ? -HOUR : 0};
    LARGE_INTEGER begin;
    LARGE_INTEGER end;
    UNREFERENCED_PARAMETER(Context);
    KeQuerySystemTime(&begin);
    for (ULONG at = 0; FAULT == FAULT_POLL ? !IsOver : at < 3; at += 1)
        KeDelayExecutionThread(KernelMode, FALSE, &time);
    KeQuerySystemTime(&end);
    DbgPrint("hours: %d\n", (int)((end.QuadPart - begin.QuadPart) / HOUR));
    PsTerminateSystemThread(STATUS_SUCCESS);
}
#endif

#if FAULT == FAULT_TIMER
static KTIMER Timer;
static KDPC Dpc;

static VOID NTAPI Tick(PKDPC Unused, PVOID Context, PVOID First, PVOID Second)
{
    UNREFERENCED_PARAMETER(Unused);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(First);
    UNREFERENCED_PARAMETER(Second);
    InterlockedIncrement(&IsOver);
}
#endif

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
#if FAULT == FAULT_TIMER
    KeCancelTimer(&Timer);
    DbgPrint("ticks: %d\n", (int)IsOver);
#endif
    IsOver = 1;
#if FAULT == FAULT_HOURS || FAULT == FAULT_POLL
    KeWaitForSingleObject(ThreadObject, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(ThreadObject);
#endif
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
#if FAULT == FAULT_HOURS || FAULT == FAULT_POLL
    HANDLE thread;
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Thread, NULL);
    if (!NT_SUCCESS(status)) return status;
    ObReferenceObjectByHandle(thread, THREAD_ALL_ACCESS, NULL, KernelMode, &ThreadObject, NULL);
    ZwClose(thread);
#elif FAULT == FAULT_LOOP
    while (!IsOver) { }
#elif FAULT == FAULT_TIMER
    LARGE_INTEGER due = {.QuadPart = -10000000};
    KeInitializeTimerEx(&Timer, NotificationTimer);
    KeInitializeDpc(&Dpc, Tick, NULL);
    KeSetTimerEx(&Timer, due, 1000, &Dpc);
    DbgPrint("set\n");
#endif
    return status;
}
