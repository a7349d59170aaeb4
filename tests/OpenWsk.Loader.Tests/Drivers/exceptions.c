/* Test driver: structured exceptions, one case for each thing that __try, __except, __finally can do. A case
 * notes its steps as decimal digits and returns them; its number and an argument come from the host. It knows
 * nothing about how exceptions are dispatched. Faults inside the function of the __try itself are found only
 * with -fasync-exceptions: the compiler says so, and INLINE_FAULTS is defined then.
 */
#include "seh-cases.h"

int _fltused = 1;

u64 raise_to_except(u64 status)
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
