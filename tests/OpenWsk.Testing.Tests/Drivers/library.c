/* library.c: a driver that exports to drivers: a routine and a variable by name, a routine by number alone,
 * and a forwarder to the kernel. It has DllInitialize and DllUnload, so its DriverEntry is never called.
 * It knows nothing about who imports from it: import.c does. */
#include <ntddk.h>

#pragma comment(linker, "/export:LibraryNumbered,@7,NONAME")
#pragma comment(linker, "/export:LibraryIrql=ntoskrnl.KeGetCurrentIrql")
#pragma comment(linker, "/export:DllInitialize,PRIVATE")
#pragma comment(linker, "/export:DllUnload,PRIVATE")

__declspec(dllexport) ULONG LibraryCalls = 0;

__declspec(dllexport) ULONG LibraryTwice(ULONG value)
{
    LibraryCalls++;
    return 2 * value;
}

ULONG LibraryNumbered(void)
{
    return 7;
}

NTSTATUS NTAPI DllInitialize(PUNICODE_STRING registryPath)
{
    DbgPrint("library initialized from %wZ\n", registryPath);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DllUnload(VOID)
{
    DbgPrint("library unloaded after %u calls\n", LibraryCalls);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(registryPath);
    return STATUS_UNSUCCESSFUL;
}
