/* Test driver: leaving frames by hand: setjmp and longjmp, raises at a raised IRQL, bug checks.
 * Each case notes its steps as decimal digits and returns them. It knows nothing about how frames are
 * unwound.
 */
#include "seh-cases.h"

typedef struct __attribute__((aligned(16))) jump { u64 words[32]; } jump;

__attribute__((returns_twice)) int _setjmpex(jump *, void *);
__attribute__((noreturn)) void longjmp(jump *, int);
IMPORT void RtlRaiseStatus(u32);
IMPORT u32 RtlWalkFrameChain(void **, u32, u32);
IMPORT u8 KeGetCurrentIrql(void);
IMPORT u8 KfRaiseIrql(u8);
IMPORT void KeLowerIrql(u8);
IMPORT u8 KeRegisterBugCheckCallback(void *, void (*)(u64 *, u32), void *, u32, u8 *);
IMPORT u8 KeDeregisterBugCheckCallback(void *);
IMPORT u8 KeRegisterBugCheckReasonCallback(void *, void (*)(u32, void *, void **, u32), u32, u8 *);
IMPORT void KeBugCheckEx(u32, u64, u64, u64, u64);

int _fltused = 1;

typedef struct both { jump buffer; volatile u64 t; } both;

static NOINLINE void jumps(both *b, int value)
{
    __try {
        note(&b->t, 2);
        longjmp(&b->buffer, value);
    } __finally {
        note(&b->t, 3);
    }
}

static NOINLINE u64 set_and_jump(u64 with_frame, u64 value, void (*go)(both *, int))
{
    both b = {.t = 0};
    volatile u64 kept = 4;
    int answer = _setjmpex(&b.buffer, with_frame ? __builtin_frame_address(0) : 0);
    if (answer == 0) {
        note(&b.t, 1);
        go(&b, (int)value);
        note(&b.t, 9);
    }
    note(&b.t, kept);
    note(&b.t, (u64)answer);
    return b.t;
}

static u64 long_jump(u64 with_frame) { return set_and_jump(with_frame, 7, jumps); }
static u64 long_jump_zero(u64 with_frame) { return set_and_jump(with_frame, 0, jumps); }

static u64 jumps_below(u64 b)
{
    jumps((both *)b, 5);
    return 0;
}

static NOINLINE void over_the_host(both *b, int value)
{
    (void)value;
    TestFinally((void *)jumps_below, (u64)b);
}

static u64 long_jump_across(u64 with_frame) { return set_and_jump(with_frame, 0, over_the_host); }

static u64 raise_status(u64 status)
{
    volatile u64 t = 0;
    __try {
        note(&t, 1);
        RtlRaiseStatus((u32)status);
    } __except (_exception_code() == (u32)status) {
        note(&t, 2);
    }
    return t;
}

/* The handler runs at the IRQL of the raise, and lowers it. */
static u64 raise_at_dispatch(u64 status)
{
    volatile u64 t = 0;
    u8 before = KfRaiseIrql(2);
    __try {
        ExRaiseStatus((u32)status);
    } __except (note(&t, KeGetCurrentIrql()), 1) {
        note(&t, KeGetCurrentIrql());
        KeLowerIrql(before);
    }
    note(&t, KeGetCurrentIrql() + 1);
    return t;
}

static NOINLINE u64 chain_below(u64 flags)
{
    void *frames[16];
    u32 count = RtlWalkFrameChain(frames, 16, (u32)flags);
    u64 mine = 0;
    for (u32 i = 0; i < count; i++) {
        u64 base;
        if (RtlLookupFunctionEntry((u64)frames[i], &base, 0)) mine++;
    }
    return mine == count ? count : 100;
}

static u64 frame_chain(u64 x)
{
    (void)x;
    u64 all = chain_below(0), fewer = chain_below(1 << 8), user = chain_below(1);
    return all >= 2 && fewer == all - 1 && user == 0;
}

static u8 g_records[3][64];
static u64 g_seen[8];

static void failing(u64 *buffer, u32 length)
{
    g_seen[0] = *buffer + length;
    store(nowhere(), 1);
    g_seen[1] = 9;
}

static void seeing(u64 *buffer, u32 length)
{
    g_seen[2] = *buffer + length;
    g_seen[3] = KeGetCurrentIrql();
}

static void dumping(u32 reason, void *record, void **data, u32 length)
{
    g_seen[4] = reason == 2 && record == g_records[2] && length == 0x30 && *data;
}

/* Registered for the bug check that follows; the host reads what they have seen. */
static u64 bug_check(u64 by_fault)
{
    static u64 value = 40;
    u64 wrong = 0;
    wrong |= KeRegisterBugCheckCallback(g_records[0], failing, &value, 8, 0) != 1;
    wrong |= KeRegisterBugCheckCallback(g_records[0], failing, &value, 8, 0) != 0;
    wrong |= KeRegisterBugCheckCallback(g_records[1], seeing, &value, 2, 0) != 1;
    wrong |= KeDeregisterBugCheckCallback(g_records[1]) != 1;
    wrong |= KeDeregisterBugCheckCallback(g_records[1]) != 0;
    wrong |= KeRegisterBugCheckCallback(g_records[1], seeing, &value, 2, 0) != 1;
    wrong |= KeRegisterBugCheckReasonCallback(g_records[2], dumping, 2, 0) != 1;
    if (wrong) return 1;
    if (by_fault) store(nowhere(), 1);
    KeBugCheckEx(0xE2, 1, 2, 3, 4);
    return 2;
}

static u64 where_seen(u64 x) { return (u64)&g_seen[x]; }

static u64 (*const s_cases[])(u64) = {
    long_jump, long_jump_zero, long_jump_across, raise_status, raise_at_dispatch, frame_chain, bug_check,
    where_seen,
};

u64 run(u64 which, u64 argument) { return s_cases[which](argument); }

u32 DriverEntry(char *driver_object, void *path)
{
    (void)path;
    *(void **)(driver_object + 0x70) = (void *)run;
    return 0;
}
