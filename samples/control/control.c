/* control.c: a device that an application talks to. DriverEntry makes \Device\OpenWskControl and the link
 * \DosDevices\OpenWskControl, so that an application opens \\.\OpenWskControl. Its control codes show the
 * four ways in which buffers come to a driver, and one that stays pending until it is answered or cancelled.
 * What each does, and how to call it: README.md beside this file.
 * It knows nothing about networks; see ../connect for those. */
#include <ntddk.h>
#include "control.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD ControlUnload;
static DRIVER_DISPATCH ControlOpen;
static DRIVER_DISPATCH ControlCleanup;
static DRIVER_DISPATCH ControlDevice;

/* What the device has for itself, in its extension. */
typedef struct _CONTROL_STATE {
    IO_CSQ Queue;
    KSPIN_LOCK Lock;        /* Guards the list. */
    LIST_ENTRY Waiting;     /* Requests that wait for CONTROL_NEWS. */
} CONTROL_STATE, *PCONTROL_STATE;

static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\DosDevices\\OpenWskControl");

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* The cancel-safe queue calls these. It sets and clears cancel routines, so that no request is ever both
 * answered and cancelled: the part of cancelling that is easy to get wrong. */
static VOID NTAPI QueueInsert(PIO_CSQ Queue, PIRP Irp)
{
    PCONTROL_STATE s = CONTAINING_RECORD(Queue, CONTROL_STATE, Queue);
    InsertTailList(&s->Waiting, &Irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI QueueRemove(PIO_CSQ Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

/* The first after Irp; of one open file when Context names it. */
static PIRP NTAPI QueuePeek(PIO_CSQ Queue, PIRP Irp, PVOID Context)
{
    PCONTROL_STATE s = CONTAINING_RECORD(Queue, CONTROL_STATE, Queue);
    PLIST_ENTRY entry = Irp != NULL ? Irp->Tail.Overlay.ListEntry.Flink : s->Waiting.Flink;
    for (; entry != &s->Waiting; entry = entry->Flink) {
        PIRP next = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        if (Context == NULL || IoGetCurrentIrpStackLocation(next)->FileObject == Context) return next;
    }
    return NULL;
}

static VOID NTAPI QueueAcquire(PIO_CSQ Queue, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Queue, CONTROL_STATE, Queue)->Lock, Irql);
}

static VOID NTAPI QueueRelease(PIO_CSQ Queue, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Queue, CONTROL_STATE, Queue)->Lock, Irql);
}

static VOID NTAPI QueueCancelled(PIO_CSQ Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    Complete(Irp, STATUS_CANCELLED, 0);
}

static NTSTATUS NTAPI ControlOpen(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

/* The last handle is closed: nobody waits for this file's requests any more. */
static NTSTATUS NTAPI ControlCleanup(PDEVICE_OBJECT Device, PIRP Irp)
{
    PCONTROL_STATE s = (PCONTROL_STATE)Device->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    PIRP waiting;
    while ((waiting = IoCsqRemoveNextIrp(&s->Queue, file)) != NULL) Complete(waiting, STATUS_CANCELLED, 0);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static ULONG Sum(const UCHAR *Bytes, ULONG Length)
{
    ULONG sum = 0;
    while (Length-- != 0) sum += *Bytes++;
    return sum;
}

/* METHOD_BUFFERED: one buffer of the system's holds first the input, then the output. */
static NTSTATUS Add(PIRP Irp, PIO_STACK_LOCATION Location)
{
    PVOID buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG sum;
    if (Location->Parameters.DeviceIoControl.OutputBufferLength < sizeof(sum))
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    sum = Sum((const UCHAR *)buffer, Location->Parameters.DeviceIoControl.InputBufferLength);
    RtlCopyMemory(buffer, &sum, sizeof(sum));
    return Complete(Irp, STATUS_SUCCESS, sizeof(sum));
}

/* METHOD_IN_DIRECT: the second buffer comes as an MDL and is only read. */
static NTSTATUS Check(PIRP Irp, PIO_STACK_LOCATION Location)
{
    PUCHAR data = Irp->MdlAddress == NULL ? NULL
        : (PUCHAR)MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority | MdlMappingNoExecute);
    ULONG expected;
    if (data == NULL || Location->Parameters.DeviceIoControl.InputBufferLength < sizeof(expected))
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    RtlCopyMemory(&expected, Irp->AssociatedIrp.SystemBuffer, sizeof(expected));
    return Complete(Irp,
        Sum(data, MmGetMdlByteCount(Irp->MdlAddress)) == expected ? STATUS_SUCCESS : STATUS_CRC_ERROR, 0);
}

/* METHOD_OUT_DIRECT: the output buffer comes as an MDL and is written where it lies. */
static NTSTATUS Repeat(PIRP Irp, PIO_STACK_LOCATION Location)
{
    ULONG inputBytes = Location->Parameters.DeviceIoControl.InputBufferLength, i, bytes;
    const UCHAR *input = (const UCHAR *)Irp->AssociatedIrp.SystemBuffer;
    PUCHAR output = Irp->MdlAddress == NULL ? NULL
        : (PUCHAR)MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority | MdlMappingNoExecute);
    if (output == NULL || inputBytes == 0) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    bytes = MmGetMdlByteCount(Irp->MdlAddress);
    for (i = 0; i < bytes; i++) output[i] = input[i % inputBytes];
    return Complete(Irp, STATUS_SUCCESS, bytes);
}

/* METHOD_NEITHER: the application's own addresses. They may be anything, and may become anything at any
 * time: so each is probed and used inside of one __try, in the context of the application's thread. */
static NTSTATUS Reverse(PIRP Irp, PIO_STACK_LOCATION Location)
{
    ULONG bytes = Location->Parameters.DeviceIoControl.InputBufferLength, i;
    const UCHAR *input = (const UCHAR *)Location->Parameters.DeviceIoControl.Type3InputBuffer;
    PUCHAR output = (PUCHAR)Irp->UserBuffer;
    NTSTATUS status = STATUS_SUCCESS;
    if (Location->Parameters.DeviceIoControl.OutputBufferLength < bytes)
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    CONTROL_TRY {
        ProbeForRead((PVOID)input, bytes, 1);
        ProbeForWrite(output, bytes, 1);
        for (i = 0; i < bytes; i++) output[i] = input[bytes - 1 - i];
    } CONTROL_EXCEPT {
        status = CONTROL_EXCEPTION_CODE;
    }
    return Complete(Irp, status, NT_SUCCESS(status) ? bytes : 0);
}

/* Stays pending. The queue marks it so before anybody can complete it. */
static NTSTATUS Wait(PCONTROL_STATE State, PIRP Irp)
{
    IoCsqInsertIrp(&State->Queue, Irp, NULL);
    return STATUS_PENDING;
}

/* Answers every request that waits with the input of this one. */
static NTSTATUS News(PCONTROL_STATE State, PIRP Irp, PIO_STACK_LOCATION Location)
{
    ULONG length = Location->Parameters.DeviceIoControl.InputBufferLength;
    PIRP waiting;
    while ((waiting = IoCsqRemoveNextIrp(&State->Queue, NULL)) != NULL) {
        ULONG room = IoGetCurrentIrpStackLocation(waiting)->Parameters.DeviceIoControl.OutputBufferLength;
        ULONG bytes = length < room ? length : room;
        if (bytes != 0)
            RtlCopyMemory(waiting->AssociatedIrp.SystemBuffer, Irp->AssociatedIrp.SystemBuffer, bytes);
        Complete(waiting, bytes == length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW, bytes);
    }
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI ControlDevice(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(Irp);
    PCONTROL_STATE s = (PCONTROL_STATE)Device->DeviceExtension;
    switch (location->Parameters.DeviceIoControl.IoControlCode) {
    case CONTROL_ADD: return Add(Irp, location);
    case CONTROL_CHECK: return Check(Irp, location);
    case CONTROL_REPEAT: return Repeat(Irp, location);
    case CONTROL_REVERSE: return Reverse(Irp, location);
    case CONTROL_WAIT: return Wait(s, Irp);
    case CONTROL_NEWS: return News(s, Irp, location);
    default: return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

/* Nobody has the device open any more: Windows waits for that, and what was pending went at cleanup. */
static VOID NTAPI ControlUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING deviceName = RTL_CONSTANT_STRING(L"\\Device\\OpenWskControl");
    PDEVICE_OBJECT device;
    PCONTROL_STATE s;
    NTSTATUS status;
    UNREFERENCED_PARAMETER(RegistryPath);

    status = IoCreateDevice(DriverObject, sizeof(CONTROL_STATE), &deviceName, FILE_DEVICE_UNKNOWN,
        FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status)) return status;
    s = (PCONTROL_STATE)device->DeviceExtension;
    KeInitializeSpinLock(&s->Lock);
    InitializeListHead(&s->Waiting);
    status = IoCsqInitialize(&s->Queue, QueueInsert, QueueRemove, QueuePeek, QueueAcquire, QueueRelease,
        QueueCancelled);
    if (NT_SUCCESS(status)) status = IoCreateSymbolicLink(&LinkName, &deviceName);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    DriverObject->MajorFunction[IRP_MJ_CREATE] = ControlOpen;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = ControlOpen;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = ControlCleanup;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = ControlDevice;
    DriverObject->DriverUnload = ControlUnload;
    return STATUS_SUCCESS;
}
