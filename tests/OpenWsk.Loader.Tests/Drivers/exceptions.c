/* Test driver: structured exceptions, one case for each thing that __try, __except and __finally can do. A case
 * notes its steps as decimal digits and returns them; its number and an argument come from the host. It knows
 * nothing about how exceptions are dispatched. Faults inside the function of the __try itself are found only
 * with -fasync-exceptions: the compiler says so, and INLINE_FAULTS is defined then.
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

int _fltused = 1;

/* One trace for each call, passed by address: cases run on many threads at once. */
static NOINLINE void note(volatile u64 *trace, u64 digit) { *trace = *trace * 10 + digit; }

static NOINLINE u64 load(volatile u64 *address) { return *address; }
static NOINLINE void store(volatile u64 *address, u64 value) { *address = value; }
static NOINLINE u32 divide(u32 a, volatile u32 *b) { return a / *b; }
static u64 *nowhere(void) { u64 *volatile null = (u64 *)16; return null; }

static u64 raise_to_except(u64 status)
{
    volatile u64 t = 0;
    __try {
        note(&t, 1);
        ExRaiseStatus((u32)status);
    } __except (_exception_code() == (u32)status) {
        note(&t, 2);
    }
    note(&t, 3);
    return t;
}

static u64 fault_in_callee(u64 x)
{
    volatile u64 t = 0;
    __try {
        note(&t, 1);
        load(nowhere());
        note(&t, 9);
    } __except (_exception_code() == 0xC0000005) {
        note(&t, 2);
    }
    return t + x;
}

static u64 fault_inline(u64 x)
{
    volatile u64 t = 0;
    (void)x;
#ifdef INLINE_FAULTS
    volatile u64 *p = nowhere();
    __try {
        note(&t, 1);
        *p = 5;
        note(&t, 9);
    } __except (1) {
        note(&t, 2);
    }
#else
    t = 12;
#endif
    return t;
}

static u64 divide_by_zero(u64 x)
{
    volatile u64 t = 0;
    volatile u32 zero = (u32)x;
    __try {
        note(&t, divide(7, &zero) + 9);
    } __except (_exception_code() == 0xC0000094) {
        note(&t, 1);
    }
    return t;
}

static NOINLINE int look(pointers *p, u64 expected, volatile u64 *t)
{
    if (p->record->code == 0xC0000005 && p->record->count == 2) note(t, 2);
    if (p->record->information[0] == 1 && p->record->information[1] == 16) note(t, 3);
    if ((u64)p->record->address == p->context->rip) note(t, 4);
    return expected == 77;
}

static u64 filter_sees_all(u64 x)
{
    volatile u64 t = 0;
    volatile u64 local = 70 + x;
    __try {
        note(&t, 1);
        store(nowhere(), 1);
    } __except (look(_exception_info(), local, &t)) {
        note(&t, local == 77 ? 5 : 9);
    }
    return t;
}

static NOINLINE void decline(volatile u64 *t)
{
    __try {
        load(nowhere());
    } __except (note(t, 1), 0) {
        note(t, 9);
    }
    note(t, 9);
}

static u64 filter_declines(u64 x)
{
    volatile u64 t = x;
    __try {
        decline(&t);
    } __except (note(&t, 2), 1) {
        note(&t, 3);
    }
    return t;
}

static NOINLINE void finally_inner(volatile u64 *t, int fault)
{
    __try {
        __try {
            note(t, 1);
            if (fault) load(nowhere());
        } __finally {
            note(t, _abnormal_termination() ? 3 : 4);
        }
    } __finally {
        note(t, _abnormal_termination() ? 5 : 6);
    }
}

static u64 finally_runs(u64 fault)
{
    volatile u64 t = 0;
    __try {
        __try {
            finally_inner(&t, (int)fault);
        } __finally {
            note(&t, 7);
        }
    } __except (note(&t, 2), 1) {
        note(&t, 8);
    }
    return t;
}

static NOINLINE int repair(pointers *p, u64 *good, volatile u64 *t)
{
    note(t, 2);
    /* Whichever register held the address holds a good one now. */
    for (u64 *r = &p->context->rax; r <= &p->context->r15; r++)
        if (*r == 16) *r = (u64)good;
    return -1;
}

static u64 continue_execution(u64 x)
{
    volatile u64 t = 0;
    u64 good = x;
    u64 got = 0;
    __try {
        note(&t, 1);
        got = load(nowhere());
        note(&t, 3);
    } __except (repair(_exception_info(), &good, &t)) {
        note(&t, 9);
    }
    return t * 100 + got;
}

static u64 raise_in_except(u64 x)
{
    volatile u64 t = x;
    __try {
        __try {
            ExRaiseStatus(0xC0000001);
        } __except (1) {
            note(&t, 1);
            ExRaiseStatus(0xC0000002);
        }
    } __except (_exception_code() == 0xC0000002) {
        note(&t, 2);
    }
    return t;
}

static NOINLINE void raise_from_finally(volatile u64 *t)
{
    __try {
        ExRaiseStatus(0xC0000001);
    } __finally {
        note(t, 1);
        ExRaiseStatus(0xC0000002);
    }
}

static u64 raise_in_finally(u64 x)
{
    volatile u64 t = x;
    __try {
        __try {
            raise_from_finally(&t);
        } __except (_exception_code() == 0xC0000001) {
            note(&t, 9);
        }
        note(&t, 9);
    } __except (_exception_code() == 0xC0000002) {
        note(&t, 2);
    }
    return t;
}

/* The inner __except takes the first exception; on the way there the finally raises the second. */
static u64 raise_in_finally_of_same_function(u64 x)
{
    volatile u64 t = x;
    __try {
        __try {
            __try {
                ExRaiseStatus(0xC0000001);
            } __finally {
                note(&t, 1);
                ExRaiseStatus(0xC0000002);
            }
        } __finally {
            note(&t, 2);
        }
    } __except (1) {
        note(&t, _exception_code() == 0xC0000002 ? 3 : 9);
    }
    return t;
}

static NOINLINE int handle_in_filter(volatile u64 *t)
{
    __try {
        load(nowhere());
    } __except (1) {
        note(t, 2);
    }
    return 1;
}

static u64 filter_handles_a_fault(u64 x)
{
    volatile u64 t = x;
    __try {
        note(&t, 1);
        ExRaiseStatus(0xC0000003);
    } __except (handle_in_filter(&t)) {
        note(&t, _exception_code() == 0xC0000003 ? 3 : 9);
    }
    return t;
}

static NOINLINE int fault_once(volatile u64 *t, volatile int *calls)
{
    note(t, 1);
    if ((*calls)++ == 0) load(nowhere());
    return 0;
}

static NOINLINE void filter_faults_inner(volatile u64 *t)
{
    volatile int calls = 0;
    __try {
        ExRaiseStatus(0xC0000004);
    } __except (fault_once(t, &calls)) {
        note(t, 9);
    }
}

/* The filter is asked again, about its own fault; the outer function takes that one. */
static u64 filter_faults(u64 x)
{
    volatile u64 t = x;
    __try {
        filter_faults_inner(&t);
    } __except (_exception_code() == 0xC0000005) {
        note(&t, 2);
    }
    return t;
}

static u64 goto_out_of_finally(u64 x)
{
    volatile u64 t = 0;
    for (u64 i = 0; i < 3; i++) {
        __try {
            note(&t, 1);
            if (i == x) goto out;
        } __finally {
            note(&t, _abnormal_termination() ? 2 : 3);
        }
    }
out:
    note(&t, 4);
    return t;
}

static NOINLINE u64 return_from_try(volatile u64 *t)
{
    __try {
        note(t, 1);
        return 5;
    } __finally {
        note(t, 2);
    }
    return 9;
}

static u64 return_out_of_finally(u64 x)
{
    volatile u64 t = x;
    note(&t, return_from_try(&t));
    return t;
}

static u64 raise_with(u64 status)
{
    ExRaiseStatus((u32)status);
    return 0;
}

static NOINLINE u64 with_finally(u64 trace)
{
    __try {
        ExRaiseStatus(0xC0000006);
    } __finally {
        note((volatile u64 *)trace, 2);
    }
    return 0;
}

/* Driver, C#, driver: the exception of the inner one is caught by the outer one. */
static u64 across_the_host(u64 x)
{
    volatile u64 t = x;
    __try {
        TestCall(with_finally, (u64)&t);
        note(&t, 9);
    } __except (note(&t, 1), 1) {
        note(&t, 3);
    }
    return t;
}

static NOINLINE u64 down(u64 depth)
{
    volatile u64 local = depth;
    __try {
        if (depth == 0) ExRaiseStatus(0xC0000007);
        TestCall(down, depth - 1);
    } __finally {
        local = local + 1;
    }
    return local;
}

static u64 across_the_host_often(u64 depth)
{
    volatile u64 t = 0;
    __try {
        down(depth);
    } __except (_exception_code() == 0xC0000007) {
        note(&t, 1);
    }
    return t;
}

static u64 host_cleans_up(u64 x)
{
    volatile u64 t = x;
    __try {
        TestFinally(raise_with, 0xC0000008);
    } __except (_exception_code() == 0xC0000008) {
        note(&t, 1);
    }
    return t;
}

static u64 host_catches(u64 x)
{
    volatile u64 t = x;
    u64 got = TestCatch(raise_with, 0xC0000009);
    note(&t, got == 77 ? 1 : 9);
    return t;
}

static u64 host_raises(u64 status)
{
    volatile u64 t = 0;
    __try {
        TestRaise((u32)status);
        note(&t, 9);
    } __except (_exception_code() == (u32)status) {
        note(&t, 1);
    }
    return t;
}

static NOINLINE int resume_filter(pointers *p, volatile u64 *t)
{
    note(t, p->record->count == 2 && p->record->information[1] == 42 ? 2 : 9);
    return -1;
}

static u64 raise_and_continue(u64 x)
{
    volatile u64 t = x;
    record r = {0x40010005, 0, 0, 0, 2, {41, 42}};
    __try {
        note(&t, 1);
        RtlRaiseException(&r);
        note(&t, 3);
    } __except (resume_filter(_exception_info(), &t)) {
        note(&t, 9);
    }
    return t;
}

/* Continuing what cannot be continued is an exception of its own. */
static u64 noncontinuable(u64 x)
{
    volatile u64 t = x;
    __try {
        __try {
            ExRaiseStatus(0xC000000A);
        } __except (note(&t, 1), _exception_code() == 0xC000000A ? -1 : 0) {
            note(&t, 9);
        }
    } __except (_exception_code() == 0xC0000025) {
        note(&t, 2);
    }
    return t;
}

static u64 raise_others(u64 x)
{
    volatile u64 t = x;
    __try { ExRaiseAccessViolation(); } __except (_exception_code() == 0xC0000005) { note(&t, 1); }
    __try { ExRaiseDatatypeMisalignment(); } __except (_exception_code() == 0x80000002) { note(&t, 2); }
    return t;
}

static NOINLINE u64 probe(u64 which)
{
    u64 word = 1;
    __try {
        switch (which) {
        case 0: ProbeForRead(&word, 8, 8); break;
        case 1: ProbeForRead((void *)0xFFFFF80000000000, 0, 8); break;
        case 2: ProbeForRead((u8 *)&word + 1, 4, 4); break;
        case 3: ProbeForRead((void *)0xFFFFF80000000000, 4, 4); break;
        case 4: ProbeForRead((void *)0x7FFFFFFEFFF8, 16, 8); break;
        case 5: ProbeForRead(&word, ~0ull, 8); break;
        case 6: ProbeForWrite(&word, 8, 8); break;
        case 7: ProbeForWrite((void *)16, 8, 8); break;
        case 8: ProbeForWrite((u8 *)&word + 1, 4, 2); break;
        default: ProbeForWrite((void *)1, 0, 8); break;
        }
    } __except (1) {
        return _exception_code();
    }
    return word == 1 ? 0 : 9;
}

static u64 capture_and_restore(u64 x)
{
    volatile u64 t = x;
    context c;
    note(&t, 1);
    RtlCaptureContext(&c);
    note(&t, 2);
    if (t < 1000) RtlRestoreContext(&c, 0);
    return t;
}

static NOINLINE u64 trace_here(u64 x)
{
    void *frames[16];
    u32 hash = 0;
    u16 count = RtlCaptureStackBackTrace((u32)x, 16, frames, &hash);
    void *image = 0;
    for (u16 i = 0; i < count; i++)
        if (!RtlPcToFileHeader(frames[i], &image)) return 99;
    return count;
}

static u64 capture_trace(u64 x) { return TestCall(trace_here, x) * 10 + trace_here(x); }

/* Walks its own frames as a runtime that a driver has linked does. */
static NOINLINE u64 unwind_by_hand(u64 x)
{
    context c;
    u64 base, frame, steps = x;
    void *data;
    RtlCaptureContext(&c);
    while (c.rip != 0 && steps < 50) {
        void *entry = RtlLookupFunctionEntry(c.rip, &base, 0);
        if (entry) {
            RtlVirtualUnwind(0, base, c.rip, entry, &c, &data, &frame, 0);
        } else {
            c.rip = base ? *(u64 *)c.rsp : 0;
            c.rsp += 8;
        }
        steps++;
    }
    return steps;
}

static u64 unwinds_by_hand(u64 x) { return unwind_by_hand(x) + 10 * unwind_by_hand(x); }

static u64 many(u64 rounds)
{
    u64 sum = 0;
    for (u64 i = 0; i < rounds; i++) {
        sum += raise_to_except(0xC0000001 + i % 7);
        sum += fault_in_callee(i % 3);
        sum += finally_runs(i & 1);
        sum += across_the_host_often(i % 4);
        sum += raise_in_finally_of_same_function(0);
        sum += filter_handles_a_fault(0);
        if (i % 8 == 0) sum += TestCollect();
    }
    return sum;
}

static u64 only_raises(u64 rounds)
{
    u64 sum = 0;
    for (u64 i = 0; i < rounds; i++) sum += raise_to_except(0xC0000001);
    return sum;
}

static u64 only_faults(u64 rounds)
{
    u64 sum = 0;
    for (u64 i = 0; i < rounds; i++) sum += fault_in_callee(0);
    return sum;
}

static u64 unhandled(u64 status)
{
    volatile u64 t = 0;
    __try {
        if (status == 0) load(nowhere());
        ExRaiseStatus((u32)status);
    } __finally {
        note(&t, 1);
    }
    return t;
}

static u64 unhandled_across(u64 status) { return TestCall(unhandled, status); }

static u64 lock_pages(u64 address)
{
    void *mdl = IoAllocateMdl((void *)address, 64, 0, 0, 0);
    u64 code = 0;
    __try {
        MmProbeAndLockPages(mdl, 0, 1);
        MmUnlockPages(mdl);
    } __except (1) {
        code = _exception_code();
    }
    IoFreeMdl(mdl);
    return code;
}

static u64 release_mutex(u64 x)
{
    u64 mutex[16] = {x};
    KeInitializeMutex(mutex, 0);
    __try {
        KeReleaseMutex(mutex, 0);
    } __except (1) {
        return _exception_code();
    }
    return 0;
}

static u64 release_semaphore(u64 x)
{
    u64 semaphore[16] = {x};
    KeInitializeSemaphore(semaphore, 1, 2);
    __try {
        KeReleaseSemaphore(semaphore, 0, 2, 0);
    } __except (1) {
        return KeReadStateSemaphore(semaphore) == 1 ? _exception_code() : 9;
    }
    return 0;
}

static u64 (*const cases[])(u64) = {
    raise_to_except, fault_in_callee, fault_inline, divide_by_zero, filter_sees_all, filter_declines,
    finally_runs, continue_execution, raise_in_except, raise_in_finally, raise_in_finally_of_same_function,
    filter_handles_a_fault, filter_faults, goto_out_of_finally, return_out_of_finally, across_the_host,
    across_the_host_often, host_cleans_up, host_catches, host_raises, raise_and_continue, noncontinuable,
    raise_others, probe, capture_and_restore, capture_trace, unwinds_by_hand, many, only_raises, only_faults,
    unhandled, unhandled_across, lock_pages, release_mutex, release_semaphore,
};

static u64 run(u64 number, u64 argument) { return cases[number](argument); }

u32 DriverEntry(char *driver_object, void *registry_path)
{
    (void)registry_path;
    *(void **)(driver_object + 0x70) = run;
    return 0;
}
