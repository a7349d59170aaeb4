/* Test driver: code and data in a section that goes when DriverEntry has returned, used too late. It knows
 * nothing about what happens then.
 */
typedef unsigned long long u64;
#define IMPORT __declspec(dllimport)
#define INITIAL __attribute__((section("INIT"), noinline))

IMPORT unsigned char KfRaiseIrql(unsigned char);
IMPORT u64 RtlCompareMemory(const void *, const void *, u64);

/* Code and data of one section, as linkers merge them; it is writable. */
__asm__(".section INIT,\"xr\"\n.p2align 4\ninitial_data: .quad 42\n.text\n");
extern const u64 initial_data;

INITIAL static u64 early(u64 number) { return number + initial_data; }

static u64 run(u64 number, u64 irql)
{
    static const u64 here = 42;
    KfRaiseIrql((unsigned char)irql);
    switch (number) {
    case 0: return early(1);
    case 1: return *(volatile const u64 *)&initial_data;
    case 2: return RtlCompareMemory(&initial_data, &here, sizeof here);
    case 4: return *(volatile u64 *)&initial_data = 1;
    default: return 7;
    }
}

INITIAL long DriverEntry(void **object, void *path)
{
    (void)path;
    object[14] = (void *)run;
    object[15] = (void *)early;
    return early(0) == 42 && run(1, 0) == 42 && run(2, 0) == 8 ? 0 : (long)0xC0000001;
}
