/* Test driver: what the WDK-like headers of mingw-w64 inline instead of importing it: IRQL through cr8, times
 * from the shared page, processor and thread through gs. Built with that compiler only.
 */
/* The headers read gs through a pointer to nothing, which newer compilers take for an array. */
#pragma GCC diagnostic ignored "-Warray-bounds"
#include <ddk/ntddk.h>

static ULONG64 irql(ULONG64 level)
{
    KIRQL before, raised;
    KeRaiseIrql((KIRQL)level, &before);
    raised = KeGetCurrentIrql();
    KeLowerIrql(before);
    return before | (ULONG64)raised << 8 | (ULONG64)KeGetCurrentIrql() << 16;
}

static ULONG64 dispatch_and_back(void)
{
    KIRQL before = KeRaiseIrqlToDpcLevel();
    ULONG64 raised = KeGetCurrentIrql();
    KeLowerIrql(before);
    return raised;
}

static ULONG64 time(ULONG64 which)
{
    ULONG64 value = 0;
    switch (which)
    {
    case 0: return KeQueryInterruptTime();
    case 1: KeQuerySystemTime(&value); return value;
    case 2: KeQueryTickCount(&value); return value;
    default: return SharedUserData->NtMajorVersion;
    }
}

static ULONG64 processor(void) { return KeGetCurrentProcessorNumber(); }
static ULONG64 thread(void) { return (ULONG64)KeGetCurrentThread(); }

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    (void)path;
    driver->MajorFunction[0] = (PDRIVER_DISPATCH)irql;
    driver->MajorFunction[1] = (PDRIVER_DISPATCH)dispatch_and_back;
    driver->MajorFunction[2] = (PDRIVER_DISPATCH)time;
    driver->MajorFunction[3] = (PDRIVER_DISPATCH)processor;
    driver->MajorFunction[4] = (PDRIVER_DISPATCH)thread;
    return STATUS_SUCCESS;
}
