/* Drivers with one wrong use of memory each, chosen by FAULT when this is compiled: what special pool has to
 * stop at the instruction. They do not know each other, and nothing here is an example to follow. */
#include <ntddk.h>

#define FAULT_OVERRUN 1
#define FAULT_USE_AFTER_FREE 2
#define FAULT_WRITE_AFTER_FREE 3
#define FAULT_UNDERRUN 4
#define FAULT_IRP_AFTER_FREE 5
#define FAULT_MDL_AFTER_FREE 6
#define FAULT_DEVICE_AFTER_DELETE 7
#define FAULT_SLACK 8
#define FAULT_CLEAN 9
#define FAULT_EXECUTE 10

#define TAG 'tluF'
#define SIZE 96

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static volatile LONG Sum;

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

__attribute__((noinline)) static VOID Give(PVOID block)
{
    ExFreePoolWithTag(block, TAG);
    Sum++;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    volatile UCHAR *block = ExAllocatePool2(POOL_FLAG_NON_PAGED, SIZE, TAG);
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    Sum += block[SIZE - 1];
#if FAULT == FAULT_OVERRUN
    block[SIZE] = 1;
#elif FAULT == FAULT_UNDERRUN
    block[-1] = 1;
#elif FAULT == FAULT_SLACK
    block[-100] = 1;
#elif FAULT == FAULT_EXECUTE
    block[0] = 0xC3;
    ((VOID(*)(VOID))block)();
#endif
    Give((PVOID)block);
#if FAULT == FAULT_USE_AFTER_FREE
    Sum += block[8];
#elif FAULT == FAULT_WRITE_AFTER_FREE
    block[8] = 1;
#elif FAULT == FAULT_IRP_AFTER_FREE
    volatile IRP *irp = IoAllocateIrp(1, FALSE);
    IoFreeIrp((PIRP)irp);
    Sum += irp->IoStatus.Status;
#elif FAULT == FAULT_MDL_AFTER_FREE
    volatile MDL *mdl = IoAllocateMdl((PVOID)&Sum, sizeof(Sum), FALSE, FALSE, NULL);
    IoFreeMdl((PMDL)mdl);
    Sum += mdl->MdlFlags;
#elif FAULT == FAULT_DEVICE_AFTER_DELETE
    PDEVICE_OBJECT device;
    IoCreateDevice(DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    IoDeleteDevice(device);
    Sum += ((volatile DEVICE_OBJECT *)device)->Type;
#endif
    return STATUS_SUCCESS;
}
