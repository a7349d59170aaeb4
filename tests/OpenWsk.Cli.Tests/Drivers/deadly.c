/* Drivers that take down the process they run in, chosen by FAULT: a system call of the host's, hidden inside
 * another instruction, so that no check of the image can see it. No driver does so on purpose; one that has
 * destroyed the memory around it may do anything. They know nothing of what becomes of them. */
#include <ntddk.h>

#define FAULT_EXIT 231
#define FAULT_SIGNAL 62

#define GETPID 39
#define SIGKILL 9

DRIVER_INITIALIZE DriverEntry;

/* From its second byte on: syscall; ret. */
__attribute__((naked)) static VOID Hidden(VOID)
{
    __asm__("movl $0x90C3050F, %eax\n\tret");
}

static ULONG64 CallHost(ULONG64 number, ULONG64 first, ULONG64 second)
{
    __asm__ volatile("callq *%3" : "+a"(number), "+D"(first), "+S"(second)
                     : "r"((ULONG64)(ULONG_PTR)Hidden + 1) : "rcx", "r11", "memory");
    return number;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    DbgPrint("about to end the world\n");
#if FAULT == FAULT_EXIT
    CallHost(FAULT_EXIT, 0, 0);
#else
    CallHost(FAULT_SIGNAL, CallHost(GETPID, 0, 0), SIGKILL);
#endif
    return STATUS_SUCCESS;
}
