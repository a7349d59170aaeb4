/* What the parts of the exception driver share: declarations, and the ways to fault. Its own ones,
 * so that it needs no headers. It knows nothing about the cases: exceptions.c has those of the language,
 * exceptions.host.c those of the kernel.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;
#define IMPORT __declspec(dllimport)
#define NOINLINE __attribute__((noinline))

typedef struct record {
    u32 code, flags;
    struct record *nested;
    void *address;
    u32 count;
    u64 information[15];
} record;

typedef struct __attribute__((aligned(16))) context {
    u8 head[0x78];
    u64 rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15, rip;
    u8 rest[0x4D0 - 0x100];
} context;

typedef struct pointers { record *record; context *context; } pointers;

/* Not declared as never returning: clang drops an __except behind a __finally that cannot end. */
IMPORT void ExRaiseStatus(u32 status);
IMPORT void ExRaiseAccessViolation(void);
IMPORT void ExRaiseDatatypeMisalignment(void);
IMPORT void RtlRaiseException(record *);
IMPORT void RtlUnwindEx(void *, void *, record *, void *, context *, void *);
IMPORT void RtlCaptureContext(context *);
IMPORT __attribute__((noreturn)) void RtlRestoreContext(context *, record *);
IMPORT u16 RtlCaptureStackBackTrace(u32, u32, void **, u32 *);
IMPORT void *RtlLookupFunctionEntry(u64, u64 *, void *);
IMPORT void *RtlVirtualUnwind(u32, u64, u64, void *, context *, void **, u64 *, void *);
IMPORT void *RtlPcToFileHeader(void *, void **);
IMPORT void ProbeForRead(void *, u64, u32);
IMPORT void ProbeForWrite(void *, u64, u32);
IMPORT void *IoAllocateMdl(void *, u32, u8, u8, void *);
IMPORT void IoFreeMdl(void *);
IMPORT void MmProbeAndLockPages(void *, u8, u32);
IMPORT void MmUnlockPages(void *);
IMPORT void KeInitializeMutex(void *, u32);
IMPORT u32 KeReleaseMutex(void *, u8);
IMPORT void KeInitializeSemaphore(void *, u32, u32);
IMPORT u32 KeReleaseSemaphore(void *, u32, u32, u8);
IMPORT u32 KeReadStateSemaphore(void *);
IMPORT u64 TestCall(void *, u64);
IMPORT u64 TestCatch(void *, u64);
IMPORT u64 TestCollect(void);
IMPORT u64 TestFinally(void *, u64);
IMPORT void TestRaise(u32);

unsigned long __cdecl _exception_code(void);
void *__cdecl _exception_info(void);
int __cdecl _abnormal_termination(void);

/* One trace for each call, passed by address: cases run on many threads at once. */
static NOINLINE void note(volatile u64 *trace, u64 digit) { *trace = *trace * 10 + digit; }

static NOINLINE u64 load(volatile u64 *address) { return *address; }
static __attribute__((unused)) NOINLINE void store(volatile u64 *address, u64 value) { *address = value; }
static __attribute__((unused)) NOINLINE u32 divide(u32 a, volatile u32 *b) { return a / *b; }
static u64 *nowhere(void) { u64 *volatile null = (u64 *)16; return null; }

u64 raise_to_except(u64), across_the_host(u64), across_the_host_often(u64), host_cleans_up(u64);
u64 host_catches(u64), host_raises(u64), raise_and_continue(u64), noncontinuable(u64), raise_others(u64);
u64 probe(u64), capture_and_restore(u64), capture_trace(u64), unwinds_by_hand(u64), unhandled(u64);
u64 unhandled_across(u64), lock_pages(u64), release_mutex(u64), release_semaphore(u64);
