/* device.c: a driver with a device to talk to: it answers a control code with the sum of its input, keeps
 * what is written for the next read, and lets one code wait until it is cancelled.
 * It knows nothing about networks. */
#include <ntddk.h>

#define CODE_SUM CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define CODE_WAIT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)

static PDEVICE_OBJECT device;
static UNICODE_STRING link;
static UCHAR message[16];
static ULONG messageBytes;

static NTSTATUS Complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static VOID NTAPI Cancel(PDEVICE_OBJECT self, PIRP irp)
{
    UNREFERENCED_PARAMETER(self);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    Complete(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT self, PIRP irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
    UCHAR *buffer = irp->AssociatedIrp.SystemBuffer;
    UCHAR sum = 0;
    ULONG i;
    UNREFERENCED_PARAMETER(self);
    if (location->MajorFunction == IRP_MJ_WRITE) {
        if (location->Parameters.Write.Length > sizeof(message))
            return Complete(irp, STATUS_INVALID_BUFFER_SIZE, 0);
        messageBytes = location->Parameters.Write.Length;
        memcpy(message, buffer, messageBytes);
        return Complete(irp, STATUS_SUCCESS, messageBytes);
    }
    if (location->MajorFunction == IRP_MJ_READ) {
        if (location->Parameters.Read.Length < messageBytes) return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
        memcpy(buffer, message, messageBytes);
        return Complete(irp, STATUS_SUCCESS, messageBytes);
    }
    if (location->MajorFunction != IRP_MJ_DEVICE_CONTROL) return Complete(irp, STATUS_SUCCESS, 0);
    if (location->Parameters.DeviceIoControl.IoControlCode == CODE_WAIT) {
        IoMarkIrpPending(irp);
        IoSetCancelRoutine(irp, Cancel);
        DbgPrint("waits\n");
        return STATUS_PENDING;
    }
    if (location->Parameters.DeviceIoControl.IoControlCode != CODE_SUM)
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    for (i = 0; i < location->Parameters.DeviceIoControl.InputBufferLength; i++) sum += buffer[i];
    if (location->Parameters.DeviceIoControl.OutputBufferLength == 0)
        return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
    buffer[0] = sum;
    return Complete(irp, STATUS_SUCCESS, 1);
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(device);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Sum");
    ULONG i;
    UNREFERENCED_PARAMETER(registryPath);
    RtlInitUnicodeString(&link, L"\\??\\Sum");
    if (!NT_SUCCESS(IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)))
        return STATUS_UNSUCCESSFUL;
    device->Flags |= DO_BUFFERED_IO;
    for (i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) driver->MajorFunction[i] = Dispatch;
    driver->DriverUnload = Unload;
    return IoCreateSymbolicLink(&link, &name);
}
