/* Test driver for symbols: functions of several kinds, static and not, inlined and split, over several lines.
 * What it computes means nothing; tests compare what we call its addresses with what LLVM's tools do.
 */
typedef unsigned long long u64;
#define NOINLINE __attribute__((noinline))

static volatile u64 sink;

static NOINLINE u64 mix(u64 a, u64 b)
{
    u64 c = a * 31;
    c ^= b >> 3;
    sink = c;
    return c + 1;
}

static inline u64 twice(u64 a)
{
    sink += a;
    return mix(a, a)
        + mix(a + 1, a);
}

NOINLINE u64 a_function_whose_name_is_longer_than_eight_bytes(u64 n)
{
    u64 sum = 0;
    for (u64 i = 0; i < n; i++) {
        if (sink == 77)
            sum += twice(i);
        else
            sum -= mix(i, n);
    }
    return sum;
}

NOINLINE int fails(int *where)
{
    sink++;
    *where = 5;
    return 3;
}

int DriverEntry(void *driver, void *path)
{
    u64 sum = a_function_whose_name_is_longer_than_eight_bytes((u64)driver);
    sum += twice((u64)path);
    if (sum == 1234)
        return fails((int *)path);
    return (int)sum | 1;
}
