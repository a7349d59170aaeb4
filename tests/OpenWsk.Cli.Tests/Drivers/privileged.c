/* privileged.c: a driver with the instruction or address that FAULT chooses when this is compiled, for an
 * account of what loading would do to it. It is never run, and nothing here is an example to follow. */
#include <ntddk.h>

#define FAULT_NOTHING 1
#define FAULT_CR8 2
#define FAULT_PAGE 3
#define FAULT_BYTES 4
#define FAULT_SYSCALL 5

DRIVER_INITIALIZE DriverEntry;

#if FAULT == FAULT_BYTES
/* Data among code: nothing says that it is none. */
__asm__(".text\n\t.byte 0x0f, 0x05, 0xc3");
#endif

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG64 value = 0;
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
#if FAULT == FAULT_CR8
    __asm__ volatile(
        "movq %%cr8, %0\n\taddq $100000, %0\n\tmovq %0, %%cr8\n\taddq $100000, %0" : "=r"(value));
#elif FAULT == FAULT_PAGE
    value = *(volatile ULONG64 *)0xFFFFF78000000014;
#elif FAULT == FAULT_SYSCALL
    __asm__ volatile("syscall" : : : "rcx", "r11", "memory");
#endif
    DbgPrint("%I64x\n", value);
    return STATUS_SUCCESS;
}
