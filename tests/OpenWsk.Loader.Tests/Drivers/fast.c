/* Test driver: imports that are machine code where nobody listens, in their plain cases and in the others.
 * It needs no headers; its declarations are its own.
 */
typedef unsigned long long u64;
typedef unsigned char u8;
#define IMPORT __declspec(dllimport)

IMPORT u8 KeGetCurrentIrql(void);
IMPORT u8 KfRaiseIrql(u8);
IMPORT u8 KeRaiseIrqlToDpcLevel(void);
IMPORT void KeLowerIrql(u8);
IMPORT void *KeGetCurrentThread(void);
IMPORT u8 KeAcquireSpinLockRaiseToDpc(u64 *);
IMPORT void KeReleaseSpinLock(u64 *, u8);
IMPORT void KeAcquireSpinLockAtDpcLevel(u64 *);
IMPORT void KeReleaseSpinLockFromDpcLevel(u64 *);
IMPORT void *memmove(void *, const void *, u64);
IMPORT void *memset(void *, int, u64);

static u64 levels(void)
{
    u8 first = KfRaiseIrql(1);
    u8 second = KeRaiseIrqlToDpcLevel();
    u8 third = KeGetCurrentIrql();
    KeLowerIrql(first);
    return first | second << 4 | third << 8 | KeGetCurrentIrql() << 12;
}

static u64 raise_to(u64 level) { return KfRaiseIrql((u8)level); }
static u64 lower_to(u64 level) { KeLowerIrql((u8)level); return 7; }
static u64 thread(void) { return (u64)KeGetCurrentThread(); }

static u64 lock(u64 *address) { return KeAcquireSpinLockRaiseToDpc(address); }
static u64 unlock(u64 *address, u64 level) { KeReleaseSpinLock(address, (u8)level); return 7; }
static u64 lock_high(u64 *address) { KeAcquireSpinLockAtDpcLevel(address); return 7; }
static u64 unlock_high(u64 *address) { KeReleaseSpinLockFromDpcLevel(address); return 7; }

static u64 move(u64 to, u64 from, u64 count) { return (u64)memmove((void *)to, (void *)from, count); }
static u64 fill(u64 to, u64 value, u64 count) { return (u64)memset((void *)to, (int)value, count); }

unsigned int DriverEntry(char *driver_object, void *registry_path)
{
    void **major = (void **)(driver_object + 0x70);
    (void)registry_path;
    major[0] = (void *)levels;
    major[1] = (void *)raise_to;
    major[2] = (void *)lower_to;
    major[3] = (void *)thread;
    major[4] = (void *)lock;
    major[5] = (void *)unlock;
    major[6] = (void *)lock_high;
    major[7] = (void *)unlock_high;
    major[8] = (void *)move;
    major[9] = (void *)fill;
    return 0;
}
