/* connects.c: makes connections with WskSocketConnect and closes each at once, which resets it; several
 * chains of that run at a time, each from completion routines. The device \Device\BenchConnects is told by
 * one device control how many chains and for how long; it answers when they are over.
 * Parameter: RemotePort on 127.0.0.1. It knows nothing about what it is compared with.
 */
#include "common.h"

#define CHAINS_MAX 64
#define IOCTL_RUN CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _CONNECTS {
    CHAIN Chain;
    PWSK_SOCKET Socket;     /* Open, and closed next. */
    ULONGLONG Done;
    ULONGLONG Failed;
} CONNECTS, *PCONNECTS;

/* What the device is told, and answers. */
typedef struct _RUN {
    ULONG Chains;
    ULONG Milliseconds;
} RUN;

typedef struct _ANSWER {
    ULONGLONG Done;
    ULONGLONG Failed;
    ULONGLONG Ticks;        /* Units: 100 ns. */
} ANSWER;

static const WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION Registration;
static WSK_CLIENT_NPI Client;
static WSK_PROVIDER_NPI Provider;
static SOCKADDR_IN Local;
static SOCKADDR_IN Remote;
static CONNECTS Chains[CHAINS_MAX];
static volatile LONG Running;
static volatile LONG IsStopping;
static KEVENT Ended;

static NTSTATUS NTAPI StepDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context);

/* Goes on behind a call that is complete; FALSE when the chain is over. */
static BOOLEAN TakeResult(PCONNECTS C)
{
    if (C->Socket != NULL) {
        C->Socket = NULL;
        C->Done += 1;
    } else if (NT_SUCCESS(C->Chain.Irp->IoStatus.Status)) {
        C->Socket = (PWSK_SOCKET)C->Chain.Irp->IoStatus.Information;
    } else {
        C->Failed += 1;
    }
    return C->Socket != NULL || !IsStopping;
}

static VOID Run(PCONNECTS C)
{
    do {
        BeginStep(&C->Chain, StepDone, C);
        if (C->Socket != NULL) {
            ((const WSK_PROVIDER_BASIC_DISPATCH *)C->Socket->Dispatch)
                ->WskCloseSocket(C->Socket, C->Chain.Irp);
        } else {
            Provider.Dispatch->WskSocketConnect(Provider.Client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&Local,
                (PSOCKADDR)&Remote, 0, NULL, NULL, NULL, NULL, NULL, C->Chain.Irp);
        }
        if (!IsStepDone(&C->Chain)) return;
    } while (TakeResult(C));
    if (InterlockedDecrement(&Running) == 0) KeSetEvent(&Ended, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS NTAPI StepDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    PCONNECTS c = (PCONNECTS)Context;
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    if (!GoesOnHere(&c->Chain)) return STATUS_MORE_PROCESSING_REQUIRED;
    if (TakeResult(c)) Run(c);
    else if (InterlockedDecrement(&Running) == 0) KeSetEvent(&Ended, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS RunAll(const RUN *Request, ANSWER *Answer)
{
    LARGE_INTEGER interval;
    ULONGLONG begin = KeQueryInterruptTime();
    if (Request->Chains == 0 || Request->Chains > CHAINS_MAX) return STATUS_INVALID_PARAMETER;
    KeInitializeEvent(&Ended, NotificationEvent, FALSE);
    IsStopping = 0;
    Running = (LONG)Request->Chains;
    for (ULONG at = 0; at < Request->Chains; at += 1) {
        Chains[at].Done = 0;
        Chains[at].Failed = 0;
        Run(&Chains[at]);
    }
    /* Nobody sets the event before the time is over, so this waits for the time. */
    interval.QuadPart = -10000ll * Request->Milliseconds;
    KeWaitForSingleObject(&Ended, Executive, KernelMode, FALSE, &interval);
    InterlockedExchange(&IsStopping, 1);
    KeWaitForSingleObject(&Ended, Executive, KernelMode, FALSE, NULL);
    Answer->Ticks = KeQueryInterruptTime() - begin;
    Answer->Done = 0;
    Answer->Failed = 0;
    for (ULONG at = 0; at < Request->Chains; at += 1) {
        Answer->Done += Chains[at].Done;
        Answer->Failed += Chains[at].Failed;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Open(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Control(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;
    UNREFERENCED_PARAMETER(Device);
    Irp->IoStatus.Information = 0;
    if (location->Parameters.DeviceIoControl.IoControlCode == IOCTL_RUN
        && location->Parameters.DeviceIoControl.InputBufferLength == sizeof(RUN)
        && location->Parameters.DeviceIoControl.OutputBufferLength >= sizeof(ANSWER)) {
        RUN request = *(RUN *)Irp->AssociatedIrp.SystemBuffer;
        status = RunAll(&request, (ANSWER *)Irp->AssociatedIrp.SystemBuffer);
        if (NT_SUCCESS(status)) Irp->IoStatus.Information = sizeof(ANSWER);
    }
    Irp->IoStatus.Status = status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name;
    PDEVICE_OBJECT device;
    NTSTATUS status;
    RtlInitUnicodeString(&name, L"\\Device\\BenchConnects");
    status = IoCreateDevice(DriverObject, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) return status;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = Open;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = Open;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = Open;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    SetIpv4(&Local, 0, 0);
    SetIpv4(&Remote, 0x7F000001, ReadNumber(RegistryPath, L"RemotePort", 0));
    for (ULONG at = 0; at < CHAINS_MAX; at += 1) {
        Chains[at].Chain.Irp = IoAllocateIrp(1, FALSE);
        if (Chains[at].Chain.Irp == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    }
    Client.Dispatch = &ClientDispatch;
    status = WskRegister(&Client, &Registration);
    if (!NT_SUCCESS(status)) return status;
    return WskCaptureProviderNPI(&Registration, WSK_INFINITE_WAIT, &Provider);
}
