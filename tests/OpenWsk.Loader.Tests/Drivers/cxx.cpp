/* Test driver: C++ exceptions of g++, with its runtime linked into the driver: throw, destructors on the way,
 * catch by type, rethrow, through a callback of the host. It knows nothing about what the runtime needs of a
 * C library: see cxx.runtime.c.
 */
typedef unsigned long long u64;
typedef unsigned int u32;

extern "C" __declspec(dllimport) u64 TestCall(void *, u64);
extern "C" __declspec(dllimport) u64 TestFinally(void *, u64);

namespace {
struct guard
{
    u64 *trace;
    u64 digit;
    ~guard() { *trace = *trace * 10 + digit; }
};

struct problem
{
    int code;
};

__attribute__((noinline)) void thrower(u64 *trace, u64 kind)
{
    guard g{trace, 2};
    if (kind == 0)
        throw 42;
    throw problem{43};
}

__attribute__((noinline)) void between(u64 *trace, u64 kind)
{
    guard g{trace, 3};
    try
    {
        thrower(trace, kind);
    }
    catch (int)
    {
        *trace = *trace * 10 + 4;
        throw;
    }
}

u64 below(u64 trace)
{
    guard g{(u64 *)trace, 5};
    between((u64 *)trace, 1);
    return 0;
}
}

extern "C" u64 run(u64 which)
{
    u64 trace = 1;
    try
    {
        if (which < 2)
            between(&trace, which);
        else
            (which == 2 ? TestCall : TestFinally)((void *)below, (u64)&trace);
        trace = 99;
    }
    catch (int value)
    {
        trace = trace * 10 + (value == 42 ? 6 : 9);
    }
    catch (const problem &p)
    {
        trace = trace * 10 + (p.code == 43 ? 7 : 9);
    }
    return trace;
}

extern "C" u32 DriverEntry(char *driver_object, void *)
{
    *(void **)(driver_object + 0x70) = (void *)run;
    return 0;
}
