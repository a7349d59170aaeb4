/* Test driver: exceptions across calls of the host, and the kernel's routines that raise, unwind and trace.
 * Each case returns its steps as decimal digits. It knows nothing about the language's own: see exceptions.c.
 */
#include "seh-cases.h"

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
u64 across_the_host(u64 x)
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

u64 across_the_host_often(u64 depth)
{
    volatile u64 t = 0;
    __try {
        down(depth);
    } __except (_exception_code() == 0xC0000007) {
        note(&t, 1);
    }
    return t;
}

u64 host_cleans_up(u64 x)
{
    volatile u64 t = x;
    __try {
        TestFinally(raise_with, 0xC0000008);
    } __except (_exception_code() == 0xC0000008) {
        note(&t, 1);
    }
    return t;
}

u64 host_catches(u64 x)
{
    volatile u64 t = x;
    u64 got = TestCatch(raise_with, 0xC0000009);
    note(&t, got == 77 ? 1 : 9);
    return t;
}

u64 host_raises(u64 status)
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

u64 raise_and_continue(u64 x)
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
u64 noncontinuable(u64 x)
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

u64 raise_others(u64 x)
{
    volatile u64 t = x;
    __try { ExRaiseAccessViolation(); } __except (_exception_code() == 0xC0000005) { note(&t, 1); }
    __try { ExRaiseDatatypeMisalignment(); } __except (_exception_code() == 0x80000002) { note(&t, 2); }
    return t;
}

u64 probe(u64 which)
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

u64 capture_and_restore(u64 x)
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

u64 capture_trace(u64 x) { return TestCall(trace_here, x) * 10 + trace_here(x); }

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

u64 unwinds_by_hand(u64 x) { return unwind_by_hand(x) + 10 * unwind_by_hand(x); }

u64 unhandled(u64 status)
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

u64 unhandled_across(u64 status) { return TestCall(unhandled, status); }

u64 lock_pages(u64 address)
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

u64 release_mutex(u64 x)
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

u64 release_semaphore(u64 x)
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
