/* Test driver: C++ exceptions as clang compiles them for Windows, with the runtime of the kernel. Each case
 * notes its steps as decimal digits and returns them. It knows nothing about how handlers are found.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
#define NOINLINE __attribute__((noinline))

extern "C" __declspec(dllimport) u64 TestCall(void *, u64);
extern "C" __declspec(dllimport) u64 TestFinally(void *, u64);
extern "C" __declspec(dllimport) u64 TestCatch(void *, u64);
extern "C" __declspec(dllimport) void ExRaiseStatus(u32);

void operator delete(void *, u64) noexcept {}

namespace {
struct trace { u64 digits; };

NOINLINE void note(trace *t, u64 digit) { *(volatile u64 *)&t->digits = t->digits * 10 + digit; }

struct guard
{
    trace *t;
    u64 digit;
    ~guard() { note(t, digit); }
};

/* An object that knows when it is copied and destroyed, and whether it is still itself. */
struct problem
{
    trace *t;
    int code;
    problem *self;
    problem(trace *t, int code) : t(t), code(code), self(this) {}
    problem(const problem &other) : t(other.t), code(other.code), self(this) { note(t, 7); }
    ~problem() { note(t, self == this && code != 0 ? 8 : 9); code = 0; }
};

struct base { int first = 1; virtual ~base() {} };
struct other { int second = 2; virtual ~other() {} };
struct both : base, other { int third = 3; };
struct left : virtual other { int fourth = 4; };
struct right : virtual other { int fifth = 5; };
struct diamond : left, right { int sixth = 6; };

NOINLINE void throw_int(trace *t, int value)
{
    guard g{t, 2};
    note(t, 1);
    throw value;
}

NOINLINE void throw_problem(trace *t)
{
    guard g{t, 2};
    throw problem(t, 5);
}

/* Stack below the caller is written over, as any call may do. */
NOINLINE void scribble()
{
    volatile unsigned char bytes[3000];
    for (u32 i = 0; i < sizeof bytes; i++) bytes[i] = 0xCC;
}

u64 by_value(trace *t)
{
    guard outer{t, 4};
    try {
        guard g{t, 3};
        throw_int(t, 42);
        note(t, 9);
    } catch (int value) {
        note(t, value == 42 ? 5 : 9);
    }
    return 0;
}

u64 by_type(trace *t)
{
    try {
        throw_int(t, 7);
    } catch (char) {
        note(t, 9);
    } catch (const problem &) {
        note(t, 9);
    } catch (...) {
        note(t, 3);
    }
    return 0;
}

u64 copied(trace *t)
{
    try {
        throw_problem(t);
    } catch (problem p) {
        scribble();
        note(t, p.code == 5 && p.self == &p ? 3 : 9);
    }
    note(t, 4);
    return 0;
}

u64 referenced(trace *t)
{
    try {
        throw_problem(t);
    } catch (const problem &p) {
        scribble();
        note(t, p.code == 5 && p.self == &p ? 3 : 9);
    }
    note(t, 4);
    return 0;
}

u64 bases(trace *t)
{
    try { throw both(); } catch (other &o) { note(t, o.second == 2 ? 1 : 9); }
    try { throw both(); } catch (base o) { note(t, o.first == 1 ? 2 : 9); }
    try { throw diamond(); } catch (other &o) { note(t, o.second == 2 ? 3 : 9); }
    both b;
    try { throw &b; } catch (other *o) { note(t, o->second == 2 ? 4 : 9); }
    try { throw (both *)0; } catch (other *o) { note(t, o ? 9 : 5); }
    try { throw diamond(); } catch (base &) { note(t, 9); } catch (diamond d) { note(t, d.sixth); }
    const int *p = &b.third;
    try { throw p; } catch (int *) { note(t, 9); } catch (const int *q) { note(t, *q == 3 ? 7 : 9); }
    return 0;
}

NOINLINE void middle(trace *t)
{
    guard g{t, 4};
    try {
        throw_problem(t);
    } catch (problem &p) {
        note(t, 3);
        p.code = 6;
        throw;
    }
}

u64 rethrown(trace *t)
{
    try {
        middle(t);
    } catch (problem &p) {
        scribble();
        note(t, p.code == 6 && p.self == &p ? 5 : 9);
    }
    return 0;
}

u64 replaced(trace *t)
{
    try {
        guard g{t, 6};
        try {
            throw_int(t, 3);
        } catch (int) {
            guard h{t, 4};
            note(t, 3);
            throw problem(t, 5);
        }
    } catch (problem &p) {
        scribble();
        note(t, p.code == 5 && p.self == &p ? 5 : 9);
    }
    return 0;
}

u64 in_catch(trace *t)
{
    int local = 3;
    try {
        throw_problem(t);
    } catch (problem &p) {
        try {
            guard g{t, (u64)local};
            throw_int(t, 4);
        } catch (int value) {
            note(t, value + (u64)p.code - 5);
        }
        scribble();
        note(t, p.self == &p ? 5 : 9);
        local = 6;
    }
    note(t, local);
    return 0;
}

struct catches_in_destructor
{
    trace *t;
    ~catches_in_destructor()
    {
        try { throw_int(t, 4); } catch (int value) { note(t, value); }
    }
};

u64 in_destructor(trace *t)
{
    try {
        catches_in_destructor c{t};
        throw_problem(t);
    } catch (problem &p) {
        note(t, p.self == &p ? 5 : 9);
    }
    return 0;
}

u64 below(u64 t)
{
    guard g{(trace *)t, 3};
    throw_problem((trace *)t);
    return 0;
}

u64 below_rethrows(u64 t)
{
    guard g{(trace *)t, 4};
    try {
        TestFinally((void *)below, t);
    } catch (problem &p) {
        p.code++;
        throw;
    }
    return 0;
}

u64 across(trace *t)
{
    try {
        TestFinally((void *)below, (u64)t);
        note(t, 9);
    } catch (problem p) {
        scribble();
        note(t, p.code == 5 && p.self == &p ? 5 : 9);
    }
    try {
        TestCall((void *)below_rethrows, (u64)t);
    } catch (problem &p) {
        scribble();
        note(t, p.code == 6 && p.self == &p ? 6 : 9);
    }
    return 0;
}

u64 host_takes(trace *t)
{
    try {
        note(t, TestCatch((void *)below, (u64)t) == 77 ? 1 : 9);
    } catch (...) {
        note(t, 9);
    }
    try { throw_int(t, 3); } catch (int value) { note(t, value); }
    return 0;
}

u64 many(trace *t)
{
    u64 sum = 0;
    for (int i = 0; i < 200; i++) {
        trace own{0};
        try {
            guard g{&own, 3};
            throw_int(&own, i);
        } catch (int value) {
            if (value != i || own.digits != 123) return 1;
            sum++;
            continue;
        }
        return 2;
    }
    t->digits = sum;
    return 0;
}

u64 promises(u64 t) noexcept
{
    throw_int((trace *)t, 1);
    return 0;
}

u64 breaks_promise(trace *t)
{
    try { TestCall((void *)promises, (u64)t); } catch (int) { note(t, 9); }
    return 0;
}

u64 nobody(trace *t)
{
    guard g{t, 9};
    throw_int(t, 1);
    return 0;
}

u64 throws_nothing(trace *t)
{
    note(t, 1);
    throw;
}

/* Only code that is compiled for asynchronous exceptions takes those of the kernel. */
u64 status(trace *t)
{
    try {
        guard g{t, 2};
        note(t, 1);
        ExRaiseStatus(0xC0000001);
    } catch (...) {
        note(t, 3);
    }
    return 0;
}

u64 (*const s_cases[])(trace *) = {
    by_value, by_type, copied, referenced, bases, rethrown, replaced, in_catch, in_destructor, across,
    host_takes, many, breaks_promise, nobody, throws_nothing, status,
};
}

extern "C" u64 run(u64 which)
{
    trace t{0};
    u64 wrong = s_cases[which](&t);
    return wrong ? wrong + 1000000000 : t.digits;
}

extern "C" u32 DriverEntry(char *driver_object, void *)
{
    *(void **)(driver_object + 0x70) = (void *)run;
    return 0;
}
