/* The driver of `openwsk bench hosting`: loops around one crossing each, so that what is measured is the
 * crossing and not the way to the loop. The routines lie in the DRIVER_OBJECT's table of major functions;
 * each takes the number of rounds. It knows nothing about clocks: the host measures.
 */
#include <ntddk.h>

typedef ULONGLONG (*BENCH_ROUTINE)(ULONGLONG);

/* The host's own routine: adds its arguments. */
__declspec(dllimport) ULONGLONG BenchAdd(ULONGLONG first, ULONGLONG second);

static KSPIN_LOCK g_lock;
static UCHAR g_from[64];
static UCHAR g_to[64];

static ULONGLONG leaf(ULONGLONG value) { return value + 1; }

static ULONGLONG import_calls(ULONGLONG rounds)
{
    ULONGLONG sum = 0;
    for (ULONGLONG i = 0; i < rounds; i++)
        sum = BenchAdd(sum, i);
    return sum;
}

static ULONGLONG one_import_call(ULONGLONG value) { return BenchAdd(value, 1); }

static ULONGLONG irql_reads(ULONGLONG rounds)
{
    ULONGLONG sum = 0;
    for (ULONGLONG i = 0; i < rounds; i++)
        sum += KeGetCurrentIrql();
    return sum;
}

static ULONGLONG irql_changes(ULONGLONG rounds)
{
    KIRQL before = 0;
    for (ULONGLONG i = 0; i < rounds; i++)
    {
        KeRaiseIrql(DISPATCH_LEVEL, &before);
        KeLowerIrql(before);
    }
    return before;
}

static ULONGLONG spin_locks(ULONGLONG rounds)
{
    KIRQL before;
    for (ULONGLONG i = 0; i < rounds; i++)
    {
        KeAcquireSpinLock(&g_lock, &before);
        KeReleaseSpinLock(&g_lock, before);
    }
    return rounds;
}

static ULONGLONG copies(ULONGLONG rounds)
{
    for (ULONGLONG i = 0; i < rounds; i++)
        RtlMoveMemory(g_to, g_from, sizeof(g_from) - (i & 1));
    return g_to[0];
}

static ULONGLONG allocations(ULONGLONG rounds)
{
    for (ULONGLONG i = 0; i < rounds; i++)
    {
        volatile UCHAR *block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 256, 'hcnB');
        if (block == NULL)
            return 0;
        block[0] = 1;
        block[255] = 2;
        ExFreePoolWithTag((PVOID)block, 'hcnB');
    }
    return rounds;
}

static ULONGLONG shared_page(ULONGLONG rounds)
{
    ULONGLONG sum = 0;
    for (ULONGLONG i = 0; i < rounds; i++)
        sum += *(volatile ULONGLONG *)0xFFFFF78000000008ull;
    return sum;
}

static ULONGLONG cr8_reads(ULONGLONG rounds)
{
    ULONGLONG sum = 0;
    for (ULONGLONG i = 0; i < rounds; i++)
    {
        ULONGLONG level;
        __asm__ volatile("mov %%cr8, %0" : "=r"(level));
        sum += level;
    }
    return sum;
}

static ULONGLONG raises(ULONGLONG rounds)
{
    ULONGLONG caught = 0;
    for (ULONGLONG i = 0; i < rounds; i++)
    {
        __try
        {
            ExRaiseStatus(STATUS_INVALID_PARAMETER);
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            caught++;
        }
    }
    return caught;
}

static __attribute__((noinline)) UCHAR read_byte(volatile UCHAR *address) { return *address; }

static ULONGLONG faults(ULONGLONG rounds)
{
    ULONGLONG caught = 0;
    for (ULONGLONG i = 0; i < rounds; i++)
    {
        __try
        {
            caught += read_byte((volatile UCHAR *)(ULONG_PTR)0x10);
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            caught++;
        }
    }
    return caught;
}

/* A user address, which is no null pointer: the host must find out that it is nobody's. */
static ULONGLONG wild_faults(ULONGLONG rounds)
{
    ULONGLONG caught = 0;
    for (ULONGLONG i = 0; i < rounds; i++)
    {
        __try
        {
            caught += read_byte((volatile UCHAR *)(ULONG_PTR)0x12345678000ull);
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            caught++;
        }
    }
    return caught;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    static const BENCH_ROUTINE routines[] = {
        leaf, import_calls, one_import_call, irql_reads, irql_changes, spin_locks, copies, allocations,
        shared_page, cr8_reads, raises, faults, wild_faults,
    };
    UNREFERENCED_PARAMETER(path);
    KeInitializeSpinLock(&g_lock);
    for (unsigned i = 0; i < sizeof(routines) / sizeof(routines[0]); i++)
        driver->MajorFunction[i] = (PDRIVER_DISPATCH)(PVOID)routines[i];
    return STATUS_SUCCESS;
}
