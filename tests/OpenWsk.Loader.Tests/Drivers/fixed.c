/* Test driver: instructions and addresses that Windows allows only its kernel: cr8, and the page that it
 * shares at a fixed address. It needs no headers; inlines.c has the same from a compiler's own headers.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned char u8;

#define PAGE 0xFFFFF78000000000ull

static u64 read_cr8(void)
{
    u64 value;
    __asm__ volatile("mov %%cr8, %0" : "=r"(value));
    return value;
}

static void write_cr8(u64 value) { __asm__ volatile("mov %0, %%cr8" : : "r"(value) : "memory"); }

static u64 raise_and_lower(u64 level)
{
    u64 before = read_cr8();
    write_cr8(level);
    u64 raised = read_cr8();
    write_cr8(before);
    return before | raised << 8 | read_cr8() << 16;
}

static u64 leave_at(u64 level)
{
    write_cr8(level);
    return level + 1;
}

static u64 read_page(u64 which)
{
    switch (which)
    {
    case 0: return *(volatile u64 *)(PAGE + 0x8);
    case 1: return *(volatile u64 *)(PAGE + 0x14);
    case 2: return *(volatile u64 *)(PAGE + 0x320);
    case 3: return *(volatile u32 *)(PAGE + 0x260);
    case 4: return *(volatile u32 *)(PAGE + 0x26C);
    case 5: return *(volatile u32 *)(PAGE + 0x4);
    case 6: return *(volatile u8 *)(PAGE + 0x274 + 10);
    case 7: return *(volatile u64 *)(PAGE + 0x300);
    default: return *(volatile u32 *)(PAGE + 0x3C0);
    }
}

/* The halves as a 32-bit driver reads them. */
static u64 read_halves(void)
{
    volatile u32 *time = (volatile u32 *)(PAGE + 0x14);
    u32 low, high;
    do
    {
        high = time[1];
        low = time[0];
    } while (high != time[2]);
    return (u64)high << 32 | low;
}

static u64 root_character(u64 index) { return ((volatile unsigned short *)(PAGE + 0x30))[index]; }

static u64 address_of_page(void) { return PAGE; }

u32 DriverEntry(char *driver_object, void *registry_path)
{
    void **major = (void **)(driver_object + 0x70);
    (void)registry_path;
    major[0] = (void *)read_cr8;
    major[1] = (void *)raise_and_lower;
    major[2] = (void *)leave_at;
    major[3] = (void *)read_page;
    major[4] = (void *)read_halves;
    major[5] = (void *)root_character;
    major[6] = (void *)address_of_page;
    return 0;
}
