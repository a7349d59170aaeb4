/* Test driver for crash reports: waits in a routine with a known stack, and faults under a callback. Its
 * routines are found in the DRIVER_OBJECT's table of major functions. Its declarations are its own.
 */
typedef unsigned long long u64;
#define IMPORT __declspec(dllimport)
#define NOINLINE __attribute__((noinline))

IMPORT u64 TestCall(void *, u64);
IMPORT u64 TestVisit(void);

static volatile u64 sink;

static NOINLINE u64 reads_deep(u64 address)
{
    sink = *(volatile u64 *)(address + 0x20);
    return sink + 1;
}

static u64 called_back(u64 address)
{
    return reads_deep(address) + 2;
}

static NOINLINE u64 calls_host(u64 address)
{
    return TestCall((void *)called_back, address) + 3;
}

static u64 visits(u64 unused)
{
    return TestVisit() + 4;
}

int DriverEntry(char *driver, void *path)
{
    /* DRIVER_OBJECT.MajorFunction */
    void **table = (void **)(driver + 0x70);
    table[0] = (void *)calls_host;
    table[1] = (void *)visits;
    table[2] = (void *)reads_deep;
    return 0;
}
