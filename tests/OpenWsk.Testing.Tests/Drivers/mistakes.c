/* mistakes.c: what drivers do wrong with remove locks and device stacks; each is to be found.
 * Nothing here is an example to follow. */
#include <ntddk.h>

static IO_REMOVE_LOCK first, second;

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    PDEVICE_OBJECT bottom, filter;
    UNREFERENCED_PARAMETER(registryPath);
    driver->DriverUnload = Unload;
    IoInitializeRemoveLock(&first, 'kcoL', 0, 0);
    IoAcquireRemoveLock(&first, NULL);
    IoReleaseRemoveLock(&first, NULL);
    IoReleaseRemoveLock(&first, NULL);
    DbgPrint("released twice\n");
    IoInitializeRemoveLock(&second, 'kcoL', 0, 0);
    IoReleaseRemoveLockAndWait(&second, NULL);
    DbgPrint("never acquired\n");
    IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &bottom);
    IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &filter);
    bottom->Flags &= ~DO_DEVICE_INITIALIZING;
    IoAttachDeviceToDeviceStack(filter, bottom);
    IoDeleteDevice(filter);
    IoDeleteDevice(bottom);
    IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &bottom);
    IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &filter);
    bottom->Flags &= ~DO_DEVICE_INITIALIZING;
    IoAttachDeviceToDeviceStack(filter, bottom);
    IoDeleteDevice(bottom);
    IoDeleteDevice(filter);
    return STATUS_SUCCESS;
}
