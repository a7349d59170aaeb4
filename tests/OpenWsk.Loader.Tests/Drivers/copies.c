/* Copies, clears and compares what the test names, by the kernel's routines. It knows nothing about where the
 * memory ends; see CopyTests.cs. */
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;

static ULONG64 Move(PVOID to, const VOID *from, SIZE_T count)
{
    return (ULONG64)(ULONG_PTR)memmove(to, from, count);
}

static ULONG64 Set(PVOID to, ULONG64 value, SIZE_T count)
{
    return (ULONG64)(ULONG_PTR)memset(to, (int)value, count);
}

static ULONG64 Compare(const VOID *first, const VOID *second, SIZE_T count)
{
    return RtlCompareMemory(first, second, count);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[0] = (PDRIVER_DISPATCH)(ULONG_PTR)Move;
    DriverObject->MajorFunction[1] = (PDRIVER_DISPATCH)(ULONG_PTR)Set;
    DriverObject->MajorFunction[2] = (PDRIVER_DISPATCH)(ULONG_PTR)Compare;
    return STATUS_SUCCESS;
}
