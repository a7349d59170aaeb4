/* startio.c: a device that works on one request at a time by StartIo: the order of what is queued, keys,
 * cancelling, deferred calls. DriverEntry works through it and prints each line where something else came out
 * than Windows documents, and "done" at the end.
 * It knows nothing about who else sends requests. */
#include <ntddk.h>

#define EXPECT(actual, expected) \
    do { \
        ULONG64 got = (ULONG64)(actual), wanted = (ULONG64)(expected); \
        if (got != wanted) DbgPrint("line %u: %I64x, not %I64x\n", __LINE__, got, wanted); \
    } while (0)
#define EXPECT_STATUS(actual, expected) EXPECT((ULONG)(actual), (ULONG)(expected))
#define CODE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define REQUESTS 4

typedef struct {
    PIRP irp;
    KEVENT event;
    IO_STATUS_BLOCK block;
    NTSTATUS status;
} REQUEST;

static PDEVICE_OBJECT device;
static REQUEST requests[REQUESTS];
static ULONG key, depth, deepest;
static BOOLEAN usesKey, completes;
static CHAR order[32];
static ULONG started;

static CHAR NameOf(PIRP irp)
{
    ULONG i;
    for (i = 0; i < REQUESTS; i++)
        if (requests[i].irp == irp) return (CHAR)('0' + i);
    return '?';
}

static VOID Complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static VOID NTAPI Cancel(PDEVICE_OBJECT self, PIRP irp)
{
    EXPECT(irp != self->CurrentIrp, 1);
    EXPECT(KeRemoveEntryDeviceQueue(&self->DeviceQueue, &irp->Tail.Overlay.DeviceQueueEntry), TRUE);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    Complete(irp, STATUS_CANCELLED);
}

static VOID NTAPI StartIo(PDEVICE_OBJECT self, PIRP irp)
{
    EXPECT(KeGetCurrentIrql(), DISPATCH_LEVEL);
    EXPECT(self->CurrentIrp, irp);
    if (started < sizeof(order) - 1) order[started++] = NameOf(irp);
    depth++;
    if (depth > deepest) deepest = depth;
    if (completes) {
        IoSetCancelRoutine(irp, NULL);
        Complete(irp, STATUS_SUCCESS);
        IoStartNextPacket(self, TRUE);
    }
    depth--;
}

static NTSTATUS NTAPI Control(PDEVICE_OBJECT self, PIRP irp)
{
    IoMarkIrpPending(irp);
    IoStartPacket(self, irp, usesKey ? &key : NULL, Cancel);
    return STATUS_PENDING;
}

static VOID Send(ULONG i)
{
    REQUEST *request = &requests[i];
    KeInitializeEvent(&request->event, NotificationEvent, FALSE);
    request->irp = IoBuildDeviceIoControlRequest(
        CODE, device, NULL, 0, NULL, 0, FALSE, &request->event, &request->block);
    request->status = IoCallDriver(device, request->irp);
    EXPECT_STATUS(request->status, STATUS_PENDING);
}

static VOID ExpectEnd(ULONG i, NTSTATUS status)
{
    EXPECT(KeReadStateEvent(&requests[i].event) != 0, 1);
    EXPECT_STATUS(requests[i].block.Status, status);
    requests[i].irp = NULL;
}

static VOID ExpectOrder(const char *expected)
{
    order[started] = 0;
    if (strcmp(order, expected)) DbgPrint("the order is %s, not %s\n", order, expected);
    started = 0;
}

/* The device ends what it works on, as its interrupt's DPC would, and takes the next. */
static VOID Next(BOOLEAN byKey, ULONG which)
{
    KIRQL irql;
    PIRP irp = device->CurrentIrp;
    IoSetCancelRoutine(irp, NULL);
    Complete(irp, STATUS_SUCCESS);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    if (byKey) IoStartNextPacketByKey(device, TRUE, which);
    else IoStartNextPacket(device, TRUE);
    KeLowerIrql(irql);
}

static VOID InOrder(void)
{
    Send(0);
    Send(1);
    Send(2);
    ExpectOrder("0");
    EXPECT(IoCancelIrp(requests[1].irp), TRUE);
    ExpectEnd(1, STATUS_CANCELLED);
    Next(FALSE, 0);
    ExpectEnd(0, STATUS_SUCCESS);
    ExpectOrder("2");
    Next(FALSE, 0);
    ExpectEnd(2, STATUS_SUCCESS);
    ExpectOrder("");
    EXPECT(device->CurrentIrp, NULL);
    EXPECT(device->DeviceQueue.Busy, FALSE);
}

static VOID ByKey(void)
{
    ULONG i;
    static const ULONG keys[REQUESTS] = { 1, 30, 10, 20 };
    usesKey = TRUE;
    for (i = 0; i < REQUESTS; i++) {
        key = keys[i];
        Send(i);
    }
    Next(TRUE, 15);
    Next(TRUE, 25);
    Next(TRUE, 40);
    Next(TRUE, 0);
    ExpectOrder("0312");
    for (i = 0; i < REQUESTS; i++) ExpectEnd(i, STATUS_SUCCESS);
    usesKey = FALSE;
}

/* StartIo that asks for the next packet is called inside itself, unless that is deferred. */
static VOID Chain(BOOLEAN isDeferred, ULONG expected)
{
    ULONG i;
    IoSetStartIoAttributes(device, isDeferred, FALSE);
    for (i = 0; i < REQUESTS; i++) Send(i);
    completes = TRUE;
    deepest = 0;
    Next(FALSE, 0);
    completes = FALSE;
    EXPECT(deepest, expected);
    ExpectOrder("0123");
    for (i = 0; i < REQUESTS; i++) ExpectEnd(i, STATUS_SUCCESS);
}

static VOID NonCancelable(void)
{
    IoSetStartIoAttributes(device, FALSE, TRUE);
    Send(0);
    Send(1);
    EXPECT(requests[0].irp->CancelRoutine, NULL);
    EXPECT(requests[1].irp->CancelRoutine, Cancel);
    EXPECT(IoCancelIrp(requests[0].irp), FALSE);
    Next(FALSE, 0);
    EXPECT(requests[1].irp->CancelRoutine, NULL);
    Next(FALSE, 0);
    ExpectEnd(0, STATUS_SUCCESS);
    ExpectEnd(1, STATUS_SUCCESS);
    ExpectOrder("01");
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    IoDeleteDevice(device);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNREFERENCED_PARAMETER(registryPath);
    driver->DriverUnload = Unload;
    driver->DriverStartIo = StartIo;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    EXPECT_STATUS(
        IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device), STATUS_SUCCESS);
    InOrder();
    ByKey();
    Chain(FALSE, REQUESTS - 1);
    Chain(TRUE, 1);
    NonCancelable();
    DbgPrint("done\n");
    return STATUS_SUCCESS;
}
