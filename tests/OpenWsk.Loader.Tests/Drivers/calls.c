/* Test driver: calls between guest and host, in both directions and nested. Its routines are found in the
 * DRIVER_OBJECT's table of major functions. It needs no headers; its declarations are its own.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
#define IMPORT __declspec(dllimport)

IMPORT u64 TestSum0(void);
IMPORT u64 TestSum1(u64);
IMPORT u64 TestSum2(u64, u64);
IMPORT u64 TestSum3(u64, u64, u64);
IMPORT u64 TestSum4(u64, u64, u64, u64);
IMPORT u64 TestSum5(u64, u64, u64, u64, u64);
IMPORT u64 TestSum6(u64, u64, u64, u64, u64, u64);
IMPORT u64 TestSum7(u64, u64, u64, u64, u64, u64, u64);
IMPORT u64 TestSum8(u64, u64, u64, u64, u64, u64, u64, u64);
IMPORT u64 TestSum9(u64, u64, u64, u64, u64, u64, u64, u64, u64);
IMPORT u64 TestSum10(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);
IMPORT u64 TestSum11(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);
IMPORT u64 TestSum12(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);
IMPORT u64 TestNarrow(u64, u64, u64, u64, u64);
IMPORT int TestPrint(u64, const char *, ...);
IMPORT u64 TestCall(void *, u64);
IMPORT u64 TestCatch(void *, u64);
IMPORT void TestEndThread(u32);
IMPORT u64 TestCollect(void);
IMPORT u64 TestVisit(void);

int _fltused = 1;

static u64 weigh(const u64 *a, int n)
{
    u64 sum = 2000;
    for (int i = 0; i < n; i++)
        sum += (u64)(i + 1) * a[i];
    return sum;
}

static u64 s0(void) { return 2000; }
static u64 s1(u64 a) { u64 v[] = {a}; return weigh(v, 1); }
static u64 s2(u64 a, u64 b) { u64 v[] = {a, b}; return weigh(v, 2); }
static u64 s3(u64 a, u64 b, u64 c) { u64 v[] = {a, b, c}; return weigh(v, 3); }
static u64 s4(u64 a, u64 b, u64 c, u64 d) { u64 v[] = {a, b, c, d}; return weigh(v, 4); }
static u64 s5(u64 a, u64 b, u64 c, u64 d, u64 e) { u64 v[] = {a, b, c, d, e}; return weigh(v, 5); }
static u64 s6(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) { u64 v[] = {a, b, c, d, e, f}; return weigh(v, 6); }
static u64 s7(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
    u64 v[] = {a, b, c, d, e, f, g};
    return weigh(v, 7);
}
static u64 s8(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h)
{
    u64 v[] = {a, b, c, d, e, f, g, h};
    return weigh(v, 8);
}
static u64 s9(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i)
{
    u64 v[] = {a, b, c, d, e, f, g, h, i};
    return weigh(v, 9);
}
static u64 s10(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j)
{
    u64 v[] = {a, b, c, d, e, f, g, h, i, j};
    return weigh(v, 10);
}
static u64 s11(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j, u64 k)
{
    u64 v[] = {a, b, c, d, e, f, g, h, i, j, k};
    return weigh(v, 11);
}
static u64 s12(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j, u64 k, u64 l)
{
    u64 v[] = {a, b, c, d, e, f, g, h, i, j, k, l};
    return weigh(v, 12);
}

/* Pointers in data: right only when the image was relocated. */
static void *const sums[] = {s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12};

static u64 address_of_sum(u64 count) { return (u64)sums[count]; }

static u64 call_sum(u64 count)
{
    switch (count)
    {
    case 0: return TestSum0();
    case 1: return TestSum1(1);
    case 2: return TestSum2(1, 2);
    case 3: return TestSum3(1, 2, 3);
    case 4: return TestSum4(1, 2, 3, 4);
    case 5: return TestSum5(1, 2, 3, 4, 5);
    case 6: return TestSum6(1, 2, 3, 4, 5, 6);
    case 7: return TestSum7(1, 2, 3, 4, 5, 6, 7);
    case 8: return TestSum8(1, 2, 3, 4, 5, 6, 7, 8);
    case 9: return TestSum9(1, 2, 3, 4, 5, 6, 7, 8, 9);
    case 10: return TestSum10(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    case 11: return TestSum11(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    default: return TestSum12(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    }
}

static u64 call_narrow(void)
{
    return TestNarrow(0xDEADBEEFCAFE0007, 0xDEADBEEFCAFE1234, 0xDEADBEEFCAFE00FE, 0xDEADBEEFFFFFFFFB,
                      0xDEADBEEFCAFE0009);
}

static u64 call_print(void)
{
    return (u64)TestPrint(5, "dfdfff", 42ull, 2.5, 43ull, -1.25, 1e9, 0.5);
}

/* Down: each level goes through the host once more. At the bottom the thread ends, if the argument says. */
static u64 nest(u64 depth)
{
    u32 left = (u32)depth;
    u32 status = (u32)(depth >> 32);
    if (left != 0)
        return TestCall(nest, depth - 1) + 1;
    if (status != 0)
        TestEndThread(status);
    return 1000;
}

/* The same, but half-way up the host catches. */
static u64 nest_and_catch(u64 depth) { return TestCatch(nest, depth) + 1; }

static u64 read_kpcr(u64 which)
{
    u64 value;
    switch (which)
    {
    case 0: __asm__ volatile("movq %%gs:0x18, %0" : "=r"(value)); return value;
    case 1: __asm__ volatile("movq %%gs:0x188, %0" : "=r"(value)); return value;
    case 2: __asm__ volatile("movzbl %%gs:0x50, %k0" : "=r"(value)); return value;
    default: __asm__ volatile("movl %%gs:0x1A4, %k0" : "=r"(value)); return value;
    }
}

/* Leaves the rounding mode (towards zero) and the x87 stack changed, then ends its thread. */
static u64 end_dirty(void)
{
    u32 mxcsr = 0x7F80;
    __asm__ volatile("ldmxcsr %0\n\tfld1" : : "m"(mxcsr));
    TestEndThread(0xC0000120);
    return 0;
}

static u64 work(u64 rounds)
{
    u64 sum = 0;
    for (u64 i = 0; i < rounds; i++)
        sum += TestSum7(i, 1, 2, 3, 4, 5, 6) + nest(i % 4);
    return sum;
}

/* Calls an address that the host gave, then another import. */
static u64 call_back(void *address) { return TestCall(address, 3) + call_narrow(); }

/* Lets the host do something of the test's, then calls another import. */
static u64 visit(void) { return TestVisit() + call_narrow(); }

static u64 collect(void) { return TestCollect(); }

u32 DriverEntry(char *driver_object, void *registry_path)
{
    void **major = (void **)(driver_object + 0x70);
    if (*(unsigned short *)driver_object != 4 || registry_path == 0)
        return 0xC000000D;
    major[0] = address_of_sum;
    major[1] = call_sum;
    major[2] = call_narrow;
    major[3] = call_print;
    major[4] = nest;
    major[5] = nest_and_catch;
    major[6] = read_kpcr;
    major[7] = end_dirty;
    major[8] = work;
    major[9] = collect;
    major[10] = call_back;
    major[11] = visit;
    return 0;
}
