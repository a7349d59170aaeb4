/* Test driver: functions with all kinds of prologues: many registers, vector registers, large and variable
 * frames, frame pointers, tail calls. It is compiled and unwound on paper, and knows nothing about what for.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
#define IMPORT __declspec(dllimport)
#define NOINLINE __attribute__((noinline))

IMPORT u64 TestSum4(u64, u64, u64, u64);
IMPORT u64 TestSum7(u64, u64, u64, u64, u64, u64, u64);
IMPORT u64 TestCall(void *, u64);

int _fltused = 1;

static NOINLINE u64 leaf(u64 x) { return x * 3; }

static NOINLINE u64 registers(u64 a, u64 b, u64 c, u64 d)
{
    u64 e = TestSum4(a, b, c, d), f = TestSum4(b, c, d, a);
    u64 g = TestSum4(c, d, a, b), h = TestSum4(d, a, b, c);
    return TestSum7(e, f, g, h, a, b, c) + TestSum7(h, g, f, e, d, c, b);
}

static NOINLINE u64 vectors(double a, double b, double c, double d)
{
    double e = a, f = b, g = c, h = d, i = 1, j = 2;
    for (u64 n = TestSum4(1, 2, 3, 4); n != 0; n /= 2) {
        e += f * a; f += g * b; g += h * c; h += i * d; i += j; j += e;
        TestSum4(n, n, n, n);
    }
    return (u64)(e + f + g + h + i + j);
}

static NOINLINE u64 medium(u64 x)
{
    volatile char space[0x180];
    space[x % sizeof space] = 1;
    return TestSum4((u64)space, x, 0, 0) + (u64)space[0];
}

static NOINLINE u64 large(u64 x)
{
    volatile char space[0x2100];
    space[x % sizeof space] = 1;
    return TestSum4((u64)space, x, 0, 0) + (u64)space[0];
}

static NOINLINE u64 variable(u64 x)
{
    volatile char *space = __builtin_alloca(x % 512 + 16);
    space[0] = 1;
    return TestSum7((u64)space, x, 1, 2, 3, 4, 5) + (u64)space[0];
}

static NOINLINE u64 aligned(u64 x)
{
    volatile char space[256] __attribute__((aligned(64)));
    space[x % sizeof space] = 2;
    return TestSum4((u64)space, x, 0, 0);
}

static NOINLINE u64 tail(u64 x) { return TestSum4(leaf(x), 1, 2, 3); }

static NOINLINE u64 early(u64 x)
{
    if (x == 0) return 1;
    return registers(x, TestSum4(x, x, x, x), 3, vectors(x, 2, 3, 4)) + medium(x);
}

static u64 run(u64 x)
{
    return early(x) + large(x) + variable(x) + aligned(x) + tail(x) + TestCall(leaf, x);
}

u32 DriverEntry(char *driver_object, void *registry_path)
{
    (void)registry_path;
    *(void **)(driver_object + 0x70) = run;
    return 0;
}
