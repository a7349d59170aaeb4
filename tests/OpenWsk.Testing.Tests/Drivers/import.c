/* import.c: a driver that uses what another driver exports; imports library
 * It prints what it got. It knows nothing about how the other one is loaded. */
#include <ntddk.h>

__declspec(dllimport) extern ULONG LibraryCalls;
__declspec(dllimport) ULONG LibraryTwice(ULONG value);
__declspec(dllimport) ULONG LibraryNumbered(void);
__declspec(dllimport) KIRQL LibraryIrql(void);

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("importer unloads after %u calls\n", LibraryCalls);
    LibraryTwice(0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNREFERENCED_PARAMETER(registryPath);
    driver->DriverUnload = Unload;
    DbgPrint("twice 21 is %u, number 7 says %u, at level %u\n", LibraryTwice(21), LibraryNumbered(),
        LibraryIrql());
    return STATUS_SUCCESS;
}
