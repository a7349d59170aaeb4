/* For test drivers that are written against kernel headers: those of mingw-w64 with its gcc, the project's
 * own with clang. What the former lack is declared here. A check that fails makes its routine return its
 * line. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#define NTDDI_VERSION 0x0A000000
#define _WIN32_WINNT 0x0A00
#include <ddk/ntifs.h>
#pragma GCC diagnostic ignored "-Wmultichar"
#define IMPORT NTKERNELAPI
IMPORT NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread);
int __cdecl _vsnprintf(char *target, size_t size, const char *format, __builtin_va_list arguments);
typedef LONG volatile *PLOCK;
IMPORT KIRQL NTAPI ExAcquireSpinLockShared(PLOCK SpinLock);
IMPORT KIRQL NTAPI ExAcquireSpinLockExclusive(PLOCK SpinLock);
IMPORT VOID NTAPI ExReleaseSpinLockShared(PLOCK SpinLock, KIRQL OldIrql);
IMPORT VOID NTAPI ExReleaseSpinLockExclusive(PLOCK SpinLock, KIRQL OldIrql);
IMPORT BOOLEAN NTAPI ExTryAcquireSpinLockExclusiveAtDpcLevel(PLOCK SpinLock);
IMPORT BOOLEAN NTAPI ExTryAcquireSpinLockSharedAtDpcLevel(PLOCK SpinLock);
IMPORT VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PLOCK SpinLock);
IMPORT VOID NTAPI ExAcquirePushLockExclusiveEx(ULONG_PTR *PushLock, ULONG Flags);
IMPORT VOID NTAPI ExReleasePushLockExclusiveEx(ULONG_PTR *PushLock, ULONG Flags);
IMPORT VOID NTAPI ExAcquirePushLockSharedEx(ULONG_PTR *PushLock, ULONG Flags);
IMPORT VOID NTAPI ExReleasePushLockSharedEx(ULONG_PTR *PushLock, ULONG Flags);
IMPORT BOOLEAN NTAPI ExTryAcquirePushLockExclusiveEx(ULONG_PTR *PushLock, ULONG Flags);
#else
#include <ntifs.h>
/* Calls through Control Flow Guard in an image that has no load configuration. */
__attribute__((naked)) static void call_target(void) { __asm__("jmp *%rax"); }
static void check_target(void) { }
void *__guard_dispatch_icall_fptr = (void *)call_target;
void *__guard_check_icall_fptr = (void *)check_target;
#endif

#define CHECK(condition) do { if (!(condition)) return __LINE__; } while (0)

int _fltused = 1;

static ULONG64 run(void);
static PDRIVER_OBJECT the_driver;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    (void)path;
    the_driver = driver;
    driver->MajorFunction[0] = (PDRIVER_DISPATCH)run;
    return STATUS_SUCCESS;
}
