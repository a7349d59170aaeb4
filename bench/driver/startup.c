/* The driver of `openwsk bench startup`: says at which tick of the processor's time-stamp counter it was
 * entered. The counter runs alike in every process, so the benchmark that started the process can tell how
 * long that took. It knows nothing about ticks per second: the host does.
 */
#include <ntddk.h>

static void unload(PDRIVER_OBJECT driver) { UNREFERENCED_PARAMETER(driver); }

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    ULONGLONG entered = __builtin_ia32_rdtsc();
    UNREFERENCED_PARAMETER(path);
    driver->DriverUnload = unload;
    DbgPrint("entered at %llu\n", entered);
    return STATUS_SUCCESS;
}
