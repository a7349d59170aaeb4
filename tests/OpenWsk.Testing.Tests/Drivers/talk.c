/* talk.c: a driver that an application talks to. Device \Device\Talk with the link \DosDevices\Talk: control
 * codes of all four methods, buffered reads and writes of one message, requests that stay pending in a
 * cancel-safe queue until the next write or until they are cancelled. It prints what opens and closes.
 * It knows nothing about networks. */
#include <ntddk.h>

#define TALK_CODE(function, method, access) CTL_CODE(FILE_DEVICE_UNKNOWN, function, method, access)
#define TALK_ADD TALK_CODE(0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define TALK_IN TALK_CODE(0x802, METHOD_IN_DIRECT, FILE_ANY_ACCESS)
#define TALK_OUT TALK_CODE(0x803, METHOD_OUT_DIRECT, FILE_ANY_ACCESS)
#define TALK_NEITHER TALK_CODE(0x804, METHOD_NEITHER, FILE_ANY_ACCESS)
#define TALK_NEEDS_WRITE TALK_CODE(0x805, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define TALK_OVERFLOW TALK_CODE(0x806, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define TALK_FAIL TALK_CODE(0x807, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define TALK_WHO TALK_CODE(0x808, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define TALK_WAIT TALK_CODE(0x809, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define TALK_FORGETS_TO_MARK TALK_CODE(0x80a, METHOD_BUFFERED, FILE_ANY_ACCESS)

static PDEVICE_OBJECT device;
static UNICODE_STRING link;
static LIST_ENTRY waiting;
static KSPIN_LOCK lock;
static IO_CSQ queue;
static UCHAR message[64];
static ULONG messageBytes;

static NTSTATUS Complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static VOID NTAPI Insert(PIO_CSQ csq, PIRP irp)
{
    UNREFERENCED_PARAMETER(csq);
    InsertTailList(&waiting, &irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI Remove(PIO_CSQ csq, PIRP irp)
{
    UNREFERENCED_PARAMETER(csq);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}

static PIRP NTAPI Peek(PIO_CSQ csq, PIRP irp, PVOID context)
{
    PLIST_ENTRY entry = irp ? irp->Tail.Overlay.ListEntry.Flink : waiting.Flink;
    UNREFERENCED_PARAMETER(csq);
    for (; entry != &waiting; entry = entry->Flink) {
        PIRP next = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        if (!context || IoGetCurrentIrpStackLocation(next)->FileObject == context) return next;
    }
    return NULL;
}

static VOID NTAPI Acquire(PIO_CSQ csq, PKIRQL irql)
{
    UNREFERENCED_PARAMETER(csq);
    KeAcquireSpinLock(&lock, irql);
}

static VOID NTAPI Release(PIO_CSQ csq, KIRQL irql)
{
    UNREFERENCED_PARAMETER(csq);
    KeReleaseSpinLock(&lock, irql);
}

static VOID NTAPI Canceled(PIO_CSQ csq, PIRP irp)
{
    UNREFERENCED_PARAMETER(csq);
    Complete(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS NTAPI Create(PDEVICE_OBJECT self, PIRP irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
    UNREFERENCED_PARAMETER(self);
    DbgPrint("create '%wZ' by %u\n", &location->FileObject->FileName,
        (ULONG)(ULONG_PTR)PsGetCurrentProcessId());
    location->FileObject->FsContext = &message;
    return Complete(
        irp, location->FileObject->FileName.Length > 32 ? STATUS_NO_SUCH_FILE : STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI Cleanup(PDEVICE_OBJECT self, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    PIRP next;
    UNREFERENCED_PARAMETER(self);
    DbgPrint("cleanup\n");
    while ((next = IoCsqRemoveNextIrp(&queue, file)) != NULL) Complete(next, STATUS_CANCELLED, 0);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI Close(PDEVICE_OBJECT self, PIRP irp)
{
    UNREFERENCED_PARAMETER(self);
    DbgPrint("close %s\n",
        IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext == &message ? "with context" : "without");
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI Read(PDEVICE_OBJECT self, PIRP irp)
{
    ULONG bytes = IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;
    UNREFERENCED_PARAMETER(self);
    if (bytes > messageBytes) bytes = messageBytes;
    if (bytes) memcpy(irp->AssociatedIrp.SystemBuffer, message, bytes);
    return Complete(irp, STATUS_SUCCESS, bytes);
}

static NTSTATUS NTAPI Write(PDEVICE_OBJECT self, PIRP irp)
{
    ULONG bytes = IoGetCurrentIrpStackLocation(irp)->Parameters.Write.Length;
    PIRP next;
    UNREFERENCED_PARAMETER(self);
    if (bytes > sizeof(message)) return Complete(irp, STATUS_INVALID_BUFFER_SIZE, 0);
    messageBytes = bytes;
    memcpy(message, irp->AssociatedIrp.SystemBuffer, bytes);
    while ((next = IoCsqRemoveNextIrp(&queue, NULL)) != NULL) {
        memcpy(next->AssociatedIrp.SystemBuffer, message, bytes);
        Complete(next, STATUS_SUCCESS, bytes);
    }
    return Complete(irp, STATUS_SUCCESS, bytes);
}

/* The sum of all bytes of a buffer. */
static UCHAR Sum(const UCHAR *bytes, ULONG length)
{
    UCHAR sum = 0;
    while (length--) sum += *bytes++;
    return sum;
}

static NTSTATUS Direct(PIRP irp, PIO_STACK_LOCATION location, BOOLEAN isOut)
{
    UCHAR *data = irp->MdlAddress
        ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) : NULL;
    ULONG bytes = location->Parameters.DeviceIoControl.OutputBufferLength;
    UCHAR sum = Sum(irp->AssociatedIrp.SystemBuffer, location->Parameters.DeviceIoControl.InputBufferLength);
    if (!data || MmGetMdlByteCount(irp->MdlAddress) != bytes)
        return Complete(irp, STATUS_INVALID_PARAMETER, 0);
    if (!isOut) return Complete(irp, STATUS_SUCCESS, (UCHAR)(sum + Sum(data, bytes)));
    memset(data, sum, bytes);
    return Complete(irp, STATUS_SUCCESS, bytes);
}

static NTSTATUS Neither(PIRP irp, PIO_STACK_LOCATION location)
{
    UCHAR *input = location->Parameters.DeviceIoControl.Type3InputBuffer;
    if (irp->AssociatedIrp.SystemBuffer || irp->MdlAddress || irp->RequestorMode != UserMode)
        return Complete(irp, STATUS_INVALID_PARAMETER, 0);
    *(UCHAR *)irp->UserBuffer = Sum(input, location->Parameters.DeviceIoControl.InputBufferLength);
    return Complete(irp, STATUS_SUCCESS, 1);
}

static NTSTATUS NTAPI Control(PDEVICE_OBJECT self, PIRP irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
    UCHAR *buffer = irp->AssociatedIrp.SystemBuffer;
    ULONG input = location->Parameters.DeviceIoControl.InputBufferLength;
    UNREFERENCED_PARAMETER(self);
    switch (location->Parameters.DeviceIoControl.IoControlCode) {
    case TALK_ADD:
        buffer[0] = Sum(buffer, input);
        return Complete(irp, STATUS_SUCCESS, 1);
    case TALK_IN:
        return Direct(irp, location, FALSE);
    case TALK_OUT:
        return Direct(irp, location, TRUE);
    case TALK_NEITHER:
        return Neither(irp, location);
    case TALK_NEEDS_WRITE:
        return Complete(irp, STATUS_SUCCESS, 0);
    case TALK_OVERFLOW:
        memset(buffer, 0x5a, location->Parameters.DeviceIoControl.OutputBufferLength);
        return Complete(irp, STATUS_BUFFER_OVERFLOW, location->Parameters.DeviceIoControl.OutputBufferLength);
    case TALK_FAIL:
        memset(buffer, 0x5a, location->Parameters.DeviceIoControl.OutputBufferLength);
        return Complete(irp, STATUS_NOT_SUPPORTED, location->Parameters.DeviceIoControl.OutputBufferLength);
    case TALK_WHO:
        *(ULONG *)buffer = IoGetRequestorProcessId(irp);
        return Complete(irp, STATUS_SUCCESS, sizeof(ULONG));
    case TALK_WAIT:
        IoCsqInsertIrp(&queue, irp, NULL);
        return STATUS_PENDING;
    case TALK_FORGETS_TO_MARK:
        Complete(irp, STATUS_SUCCESS, 0);
        return STATUS_PENDING;
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(device);
    DbgPrint("unloaded\n");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Talk");
    NTSTATUS status;
    UNREFERENCED_PARAMETER(registryPath);
    RtlInitUnicodeString(&link, L"\\DosDevices\\Talk");
    InitializeListHead(&waiting);
    KeInitializeSpinLock(&lock);
    IoCsqInitialize(&queue, Insert, Remove, Peek, Acquire, Release, Canceled);
    status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status)) return status;
    device->Flags |= DO_BUFFERED_IO;
    status = IoCreateSymbolicLink(&link, &name);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = Create;
    driver->MajorFunction[IRP_MJ_CLEANUP] = Cleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = Close;
    driver->MajorFunction[IRP_MJ_READ] = Read;
    driver->MajorFunction[IRP_MJ_WRITE] = Write;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
