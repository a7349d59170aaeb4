/* parts.c: what belongs to devices and drivers beside requests: remove locks, device interfaces, extensions,
 * reinitialisation, memory by pages. DriverEntry works through it and prints each line where something else
 * came out than Windows documents. It has no DriverUnload: the machine goes down with it, which it asked to
 * be told. It knows nothing about applications. */
#include <ntddk.h>

#define EXPECT(actual, expected) \
    do { \
        ULONG64 got = (ULONG64)(actual), wanted = (ULONG64)(expected); \
        if (got != wanted) DbgPrint("line %u: %I64x, not %I64x\n", __LINE__, got, wanted); \
    } while (0)
#define EXPECT_STATUS(actual, expected) EXPECT((ULONG)(actual), (ULONG)(expected))

static const GUID class = { 0x4f70656e, 0x5773, 0x6b21, { 1, 2, 3, 4, 5, 6, 7, 8 } };
static PDEVICE_OBJECT device;
static IO_REMOVE_LOCK removing;
static KEVENT removed;
static ULONG reinitialized;

static VOID NTAPI RemoveIt(PVOID context)
{
    UNREFERENCED_PARAMETER(context);
    EXPECT_STATUS(IoAcquireRemoveLock(&removing, &removed), STATUS_SUCCESS);
    IoReleaseRemoveLockAndWait(&removing, &removed);
    KeSetEvent(&removed, IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void RemoveLocks(void)
{
    HANDLE thread;
    LARGE_INTEGER moment = { .QuadPart = -10000 }, now = { 0 };
    NTSTATUS status;
    ULONG extra = 0;
    KeInitializeEvent(&removed, NotificationEvent, FALSE);
    IoInitializeRemoveLock(&removing, 'kcoL', 1, 10);
    EXPECT_STATUS(IoAcquireRemoveLock(&removing, &extra), STATUS_SUCCESS);
    EXPECT_STATUS(IoAcquireRemoveLock(&removing, &moment), STATUS_SUCCESS);
    IoReleaseRemoveLock(&removing, &moment);
    EXPECT_STATUS(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, RemoveIt, NULL), STATUS_SUCCESS);
    ZwClose(thread);
    while ((status = IoAcquireRemoveLock(&removing, &moment)) == STATUS_SUCCESS) {
        IoReleaseRemoveLock(&removing, &moment);
        KeDelayExecutionThread(KernelMode, FALSE, &moment);
    }
    EXPECT_STATUS(status, STATUS_DELETE_PENDING);
    EXPECT_STATUS(KeWaitForSingleObject(&removed, Executive, KernelMode, FALSE, &now), STATUS_TIMEOUT);
    IoReleaseRemoveLock(&removing, &extra);
    EXPECT_STATUS(KeWaitForSingleObject(&removed, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
}

/* The number of names in a list that ends with an empty one. */
static ULONG Count(PDEVICE_OBJECT of, ULONG flags)
{
    PWSTR list = NULL, at;
    ULONG count = 0;
    EXPECT_STATUS(IoGetDeviceInterfaces(&class, of, flags, &list), STATUS_SUCCESS);
    for (at = list; *at; at++) {
        while (*at) at++;
        count++;
    }
    ExFreePool(list);
    return count;
}

static void Interfaces(PDRIVER_OBJECT driver)
{
    UNICODE_STRING name, same, other, third, bad = RTL_CONSTANT_STRING(L"a\\b");
    UNICODE_STRING reference = RTL_CONSTANT_STRING(L"part");
    PDEVICE_OBJECT gone;
    PFILE_OBJECT file;
    PDEVICE_OBJECT found;
    EXPECT_STATUS(
        IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &gone), STATUS_SUCCESS);
    EXPECT_STATUS(IoRegisterDeviceInterface(gone, &class, NULL, &name), STATUS_SUCCESS);
    EXPECT_STATUS(IoRegisterDeviceInterface(device, &class, NULL, &other), STATUS_SUCCESS);
    EXPECT_STATUS(IoRegisterDeviceInterface(device, &class, NULL, &same), STATUS_SUCCESS);
    EXPECT(RtlEqualUnicodeString(&other, &same, TRUE), TRUE);
    EXPECT_STATUS(IoRegisterDeviceInterface(device, &class, &bad, &third), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT(Count(NULL, 0), 0);
    EXPECT(Count(NULL, 1), 2);
    EXPECT_STATUS(IoGetDeviceObjectPointer(&other, FILE_READ_DATA, &file, &found),
        STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_STATUS(IoSetDeviceInterfaceState(&other, TRUE), STATUS_SUCCESS);
    EXPECT_STATUS(IoSetDeviceInterfaceState(&other, TRUE), STATUS_OBJECT_NAME_EXISTS);
    EXPECT(Count(device, 0), 1);
    EXPECT(Count(gone, 0), 0);
    EXPECT_STATUS(IoGetDeviceObjectPointer(&other, FILE_READ_DATA, &file, &found), STATUS_SUCCESS);
    EXPECT(found, device);
    ObDereferenceObject(file);
    EXPECT_STATUS(IoSetDeviceInterfaceState(&other, FALSE), STATUS_SUCCESS);
    EXPECT_STATUS(IoSetDeviceInterfaceState(&other, FALSE), STATUS_OBJECT_NAME_NOT_FOUND);
    IoDeleteDevice(gone);
    EXPECT(Count(NULL, 1), 1);
    EXPECT_STATUS(IoRegisterDeviceInterface(device, &class, &reference, &third), STATUS_SUCCESS);
    EXPECT(RtlEqualUnicodeString(&other, &third, TRUE), FALSE);
    RtlFreeUnicodeString(&name);
    RtlFreeUnicodeString(&same);
    RtlFreeUnicodeString(&other);
    RtlFreeUnicodeString(&third);
}

static void Extensions(PDRIVER_OBJECT driver)
{
    PVOID extension = NULL, again = &again;
    EXPECT(IoGetDriverObjectExtension(driver, &removing), NULL);
    EXPECT_STATUS(IoAllocateDriverObjectExtension(driver, &removing, 64, &extension), STATUS_SUCCESS);
    EXPECT(*(ULONG64 *)extension, 0);
    EXPECT(IoGetDriverObjectExtension(driver, &removing), extension);
    EXPECT_STATUS(
        IoAllocateDriverObjectExtension(driver, &removing, 64, &again), STATUS_OBJECT_NAME_COLLISION);
    EXPECT(again, NULL);
}

static void Pages(void)
{
    PHYSICAL_ADDRESS low = { .QuadPart = 0 }, high = { .QuadPart = -1 };
    PMDL mdl = MmAllocatePagesForMdl(low, high, low, 5000);
    PUCHAR bytes;
    ULONG i;
    EXPECT(MmGetMdlByteCount(mdl), 8192);
    EXPECT(MmGetMdlByteOffset(mdl), 0);
    EXPECT(mdl->MdlFlags & MDL_PAGES_LOCKED, MDL_PAGES_LOCKED);
    bytes = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    for (i = 0; i < 8192; i++)
        if (bytes[i]) break;
    EXPECT(i, 8192);
    memset(bytes, 1, 8192);
    MmUnmapLockedPages(bytes, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    mdl = MmAllocatePagesForMdlEx(low, high, low, 4096, MmCached, 0);
    EXPECT(MmGetMdlByteCount(mdl), 4096);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    bytes = MmAllocateContiguousMemory(100, high);
    EXPECT((ULONG_PTR)bytes & 0xFFF, 0);
    memset(bytes, 1, 4096);
    MmFreeContiguousMemory(bytes);
    bytes = MmAllocateContiguousMemorySpecifyCache(8192, low, high, low, MmCached);
    memset(bytes, 1, 8192);
    MmFreeContiguousMemorySpecifyCache(bytes, 8192, MmCached);
}

static VOID NTAPI Reinitialize(PDRIVER_OBJECT driver, PVOID context, ULONG count)
{
    EXPECT(context, &reinitialized);
    EXPECT(count, ++reinitialized);
    EXPECT(device->Flags & DO_DEVICE_INITIALIZING, 0);
    DbgPrint("call %u\n", count);
    if (count < 3) IoRegisterDriverReinitialization(driver, Reinitialize, context);
}

static NTSTATUS NTAPI Answer(PDEVICE_OBJECT self, PIRP irp)
{
    if (IoGetCurrentIrpStackLocation(irp)->MajorFunction == IRP_MJ_SHUTDOWN)
        DbgPrint("shutdown%s\n", self == device ? "" : " of another device");
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    PDEVICE_OBJECT other;
    UNREFERENCED_PARAMETER(registryPath);
    driver->MajorFunction[IRP_MJ_CREATE] = Answer;
    driver->MajorFunction[IRP_MJ_CLEANUP] = Answer;
    driver->MajorFunction[IRP_MJ_CLOSE] = Answer;
    driver->MajorFunction[IRP_MJ_SHUTDOWN] = Answer;
    EXPECT_STATUS(
        IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device), STATUS_SUCCESS);
    EXPECT_STATUS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &other), STATUS_SUCCESS);
    EXPECT_STATUS(IoRegisterShutdownNotification(device), STATUS_SUCCESS);
    EXPECT_STATUS(IoRegisterShutdownNotification(other), STATUS_SUCCESS);
    IoUnregisterShutdownNotification(other);
    IoRegisterDriverReinitialization(driver, Reinitialize, &reinitialized);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    RemoveLocks();
    Interfaces(driver);
    Extensions(driver);
    Pages();
    DbgPrint("entered\n");
    return STATUS_SUCCESS;
}
