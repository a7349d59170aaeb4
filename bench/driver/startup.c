/* The driver of `openwsk bench startup`: says at which tick of the processor's time-stamp counter it was
 * entered. The counter runs alike in every process, so the benchmark that started the process can tell how
 * long that took. It knows nothing about ticks per second: the host does.
 */
#include <ntddk.h>

static ULONGLONG ticks(void) { return __builtin_ia32_rdtsc(); }

static void unload(PDRIVER_OBJECT driver) { UNREFERENCED_PARAMETER(driver); }

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    ULONGLONG entered = ticks();
    UNREFERENCED_PARAMETER(path);
    driver->DriverUnload = unload;
    driver->MajorFunction[0] = (PDRIVER_DISPATCH)(PVOID)ticks; /* for the benchmark's own world */
    DbgPrint("entered at %llu\n", entered);
    return STATUS_SUCCESS;
}
