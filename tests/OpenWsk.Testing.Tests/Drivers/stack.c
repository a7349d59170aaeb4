/* stack.c: filters above a device, in each way in which a filter treats a request, and requests that the
 * kernel builds. DriverEntry works through it and prints each line where something else came out than Windows
 * documents, and "done" at the end.
 * It knows nothing about applications: talk.c does. */
#include <ntddk.h>

#define EXPECT(actual, expected) \
    do { \
        ULONG64 got = (ULONG64)(actual), wanted = (ULONG64)(expected); \
        if (got != wanted) DbgPrint("line %u: %I64x, not %I64x\n", __LINE__, got, wanted); \
    } while (0)
#define EXPECT_STATUS(actual, expected) EXPECT((ULONG)(actual), (ULONG)(expected))
#define EXPECT_TRACE(text) \
    do { \
        trace[length] = 0; \
        if (strcmp(trace, text)) DbgPrint("line %u: %s, not %s\n", __LINE__, trace, text); \
        length = 0; \
    } while (0)

#define CODE(function) CTL_CODE(FILE_DEVICE_UNKNOWN, function, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define ADD_ONE CODE(0x801)
#define PEND CODE(0x802)
#define FAIL CODE(0x803)

typedef enum { Skip, Copy, KeepIt, Forward, OnSuccess } TREATMENT;

static DRIVER_OBJECT *self;
static PDEVICE_OBJECT bottom, filter, second;
static PIO_WORKITEM later;
static TREATMENT mode;
static CHAR trace[64];
static ULONG length;
static LONGLONG lastOffset;

static void Trace(CHAR step)
{
    if (length < sizeof(trace) - 1) trace[length++] = step;
}

static NTSTATUS Complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static VOID NTAPI CompleteLater(PDEVICE_OBJECT device, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    Trace('l');
    Complete(context, STATUS_SUCCESS, 0);
}

static NTSTATUS Bottom(PIRP irp, PIO_STACK_LOCATION location)
{
    PUCHAR buffer = irp->AssociatedIrp.SystemBuffer;
    Trace('B');
    switch (location->MajorFunction) {
    case IRP_MJ_READ:
        lastOffset = location->Parameters.Read.ByteOffset.QuadPart;
        memcpy(buffer, "read", 4);
        return Complete(irp, STATUS_SUCCESS, 4);
    case IRP_MJ_WRITE:
        lastOffset = location->Parameters.Write.ByteOffset.QuadPart;
        return Complete(irp, memcmp(buffer, "send", 4) ? STATUS_DATA_ERROR : STATUS_SUCCESS, 4);
    case IRP_MJ_FLUSH_BUFFERS:
        return Complete(irp, STATUS_SUCCESS, 0);
    }
    switch (location->Parameters.DeviceIoControl.IoControlCode) {
    case ADD_ONE:
        buffer[0]++;
        return Complete(irp, STATUS_SUCCESS, 1);
    case PEND:
        IoMarkIrpPending(irp);
        IoQueueWorkItem(later, CompleteLater, DelayedWorkQueue, irp);
        return STATUS_PENDING;
    default:
        return Complete(irp, STATUS_UNSUCCESSFUL, 0);
    }
}

static NTSTATUS NTAPI Passed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    EXPECT(device, filter);
    EXPECT(context, &trace);
    Trace(irp->PendingReturned ? 'p' : 'c');
    if (irp->PendingReturned) IoMarkIrpPending(irp);
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS NTAPI Kept(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    Trace(irp->PendingReturned ? 'P' : 'k');
    if (irp->PendingReturned) KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS Keep(PIRP irp)
{
    KEVENT event;
    NTSTATUS status;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, Kept, &event, TRUE, TRUE, TRUE);
    status = IoCallDriver(bottom, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        status = irp->IoStatus.Status;
    }
    Trace('f');
    return Complete(irp, status, irp->IoStatus.Information);
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
    EXPECT(location->DeviceObject, device);
    if (device == bottom) return Bottom(irp, location);
    Trace('F');
    switch (mode) {
    case Skip:
        IoSkipCurrentIrpStackLocation(irp);
        return IoCallDriver(bottom, irp);
    case KeepIt:
        return Keep(irp);
    case Forward:
        EXPECT(IoForwardIrpSynchronously(bottom, irp), TRUE);
        Trace('f');
        return Complete(irp, irp->IoStatus.Status, irp->IoStatus.Information);
    default:
        IoCopyCurrentIrpStackLocationToNext(irp);
        IoSetCompletionRoutine(irp, Passed, &trace, TRUE, mode == Copy, mode == Copy);
        return IoCallDriver(bottom, irp);
    }
}

static NTSTATUS Wait(PDEVICE_OBJECT device, PIRP irp, PKEVENT event, PIO_STATUS_BLOCK block)
{
    NTSTATUS status = IoCallDriver(device, irp);
    if (status != STATUS_PENDING) return status;
    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL);
    return block->Status;
}

static NTSTATUS Control(ULONG code, TREATMENT how, PUCHAR byte)
{
    KEVENT event;
    IO_STATUS_BLOCK block = { { STATUS_PENDING }, 7 };
    PIRP irp;
    mode = how;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildDeviceIoControlRequest(
        code, IoGetAttachedDevice(bottom), byte, 1, byte, 1, FALSE, &event, &block);
    EXPECT(irp->StackCount, 2);
    return Wait(filter, irp, &event, &block);
}

static void Filtering(void)
{
    UCHAR byte = 1;
    EXPECT_STATUS(Control(ADD_ONE, Skip, &byte), STATUS_SUCCESS);
    EXPECT_TRACE("FB");
    EXPECT(byte, 2);
    EXPECT_STATUS(Control(ADD_ONE, Copy, &byte), STATUS_SUCCESS);
    EXPECT_TRACE("FBc");
    EXPECT_STATUS(Control(ADD_ONE, KeepIt, &byte), STATUS_SUCCESS);
    EXPECT_TRACE("FBkf");
    EXPECT_STATUS(Control(ADD_ONE, Forward, &byte), STATUS_SUCCESS);
    EXPECT_TRACE("FBf");
    EXPECT(byte, 5);
    EXPECT_STATUS(Control(FAIL, Copy, &byte), STATUS_UNSUCCESSFUL);
    EXPECT_TRACE("FBc");
    EXPECT_STATUS(Control(FAIL, OnSuccess, &byte), STATUS_UNSUCCESSFUL);
    EXPECT_TRACE("FB");
    EXPECT_STATUS(Control(PEND, Skip, &byte), STATUS_SUCCESS);
    EXPECT_TRACE("FBl");
    EXPECT_STATUS(Control(PEND, Copy, &byte), STATUS_SUCCESS);
    EXPECT_TRACE("FBlp");
    EXPECT_STATUS(Control(PEND, KeepIt, &byte), STATUS_SUCCESS);
    EXPECT_TRACE("FBlPf");
    EXPECT_STATUS(Control(PEND, Forward, &byte), STATUS_SUCCESS);
    EXPECT_TRACE("FBlf");
    EXPECT(byte, 5);
}

static NTSTATUS NTAPI FreeIt(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    EXPECT(context, &length);
    EXPECT(memcmp(irp->AssociatedIrp.SystemBuffer, "read", 4), 0);
    ExFreePool(irp->AssociatedIrp.SystemBuffer);
    IoFreeIrp(irp);
    Trace('a');
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void Building(void)
{
    KEVENT event;
    IO_STATUS_BLOCK block;
    LARGE_INTEGER offset = { .QuadPart = 0x123456789 };
    CHAR data[4];
    PIRP irp;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_READ, bottom, data, 4, &offset, &event, &block);
    EXPECT_STATUS(Wait(bottom, irp, &event, &block), STATUS_SUCCESS);
    EXPECT(KeReadStateEvent(&event) != 0, 1);
    EXPECT(memcmp(data, "read", 4), 0);
    EXPECT(block.Information, 4);
    EXPECT(lastOffset, offset.QuadPart);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_WRITE, bottom, "send", 4, NULL, &event, &block);
    EXPECT_STATUS(Wait(bottom, irp, &event, &block), STATUS_SUCCESS);
    EXPECT(lastOffset, 0);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, bottom, NULL, 0, NULL, &event, &block);
    EXPECT_STATUS(Wait(bottom, irp, &event, &block), STATUS_SUCCESS);
    EXPECT_TRACE("BBB");
    irp = IoBuildAsynchronousFsdRequest(IRP_MJ_READ, bottom, data, 4, &offset, &block);
    IoSetCompletionRoutine(irp, FreeIt, &length, TRUE, TRUE, TRUE);
    EXPECT_STATUS(IoCallDriver(bottom, irp), STATUS_SUCCESS);
    EXPECT_TRACE("Ba");
    irp = IoBuildDeviceIoControlRequest(PEND, bottom, NULL, 0, NULL, 0, TRUE, &event, &block);
    EXPECT(IoGetNextIrpStackLocation(irp)->MajorFunction, IRP_MJ_INTERNAL_DEVICE_CONTROL);
    IoFreeIrp(irp);
}

static NTSTATUS NTAPI Mine(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    UNREFERENCED_PARAMETER(context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* What a driver without a routine for a request answers: the kernel's own routine does, for each kind. */
static void Defaults(void)
{
    UCHAR major;
    PIRP irp = IoAllocateIrp(bottom->StackSize, FALSE);
    EXPECT(self->MajorFunction[IRP_MJ_PNP] != NULL, 1);
    EXPECT(self->MajorFunction[IRP_MJ_PNP], self->MajorFunction[IRP_MJ_POWER]);
    for (major = IRP_MJ_POWER; major <= IRP_MJ_PNP; major++) {
        NTSTATUS status;
        IoReuseIrp(irp, STATUS_NOT_SUPPORTED);
        IoGetNextIrpStackLocation(irp)->MajorFunction = major;
        IoSetCompletionRoutine(irp, Mine, NULL, TRUE, TRUE, TRUE);
        status = major == IRP_MJ_POWER ? PoCallDriver(bottom, irp) : IoCallDriver(bottom, irp);
        EXPECT_STATUS(status, STATUS_INVALID_DEVICE_REQUEST);
        EXPECT_STATUS(irp->IoStatus.Status, STATUS_INVALID_DEVICE_REQUEST);
    }
    IoFreeIrp(irp);
}

static void Attaching(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Bottom");
    UNICODE_STRING none = RTL_CONSTANT_STRING(L"\\Device\\No");
    PDEVICE_OBJECT below = NULL;
    EXPECT_STATUS(IoCreateDevice(self, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &bottom), STATUS_SUCCESS);
    EXPECT_STATUS(IoCreateDevice(self, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &filter), STATUS_SUCCESS);
    EXPECT_STATUS(IoCreateDevice(self, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &second), STATUS_SUCCESS);
    EXPECT(IoAttachDeviceToDeviceStack(filter, bottom), NULL);
    EXPECT_STATUS(IoAttachDeviceToDeviceStackSafe(filter, bottom, &below), STATUS_NO_SUCH_DEVICE);
    EXPECT(below, NULL);
    bottom->Flags |= DO_BUFFERED_IO;
    filter->Flags |= DO_BUFFERED_IO;
    bottom->Flags &= ~DO_DEVICE_INITIALIZING;
    EXPECT_STATUS(IoAttachDevice(filter, &none, &below), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_STATUS(IoAttachDevice(filter, &name, &below), STATUS_SUCCESS);
    filter->Flags &= ~DO_DEVICE_INITIALIZING;
    EXPECT(below, bottom);
    EXPECT(filter->StackSize, 2);
    EXPECT(bottom->AttachedDevice, filter);
    EXPECT_STATUS(IoAttachDeviceToDeviceStackSafe(second, bottom, &below), STATUS_SUCCESS);
    EXPECT(below, filter);
    EXPECT(second->StackSize, 3);
    EXPECT(IoGetAttachedDevice(bottom), second);
    below = IoGetLowerDeviceObject(second);
    EXPECT(below, filter);
    ObDereferenceObject(below);
    EXPECT(IoGetLowerDeviceObject(bottom), NULL);
    below = IoGetDeviceAttachmentBaseRef(second);
    EXPECT(below, bottom);
    ObDereferenceObject(below);
    IoDetachDevice(filter);
    EXPECT(IoGetAttachedDevice(bottom), filter);
    EXPECT(IoGetLowerDeviceObject(second), NULL);
    IoDeleteDevice(second);
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    IoFreeWorkItem(later);
    IoDetachDevice(bottom);
    IoDeleteDevice(filter);
    IoDeleteDevice(bottom);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNREFERENCED_PARAMETER(registryPath);
    self = driver;
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_READ] = Dispatch;
    driver->MajorFunction[IRP_MJ_WRITE] = Dispatch;
    driver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = Dispatch;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Dispatch;
    Attaching();
    later = IoAllocateWorkItem(bottom);
    Filtering();
    Building();
    Defaults();
    DbgPrint("done\n");
    return STATUS_SUCCESS;
}
