/* Test driver: what an image needs of its loader. BSS, a security cookie, Control Flow Guard's pointers, a
 * variable of the kernel, a frame larger than a page, imports that nobody implements.
 */
typedef unsigned long long u64;
typedef unsigned int u32;

__declspec(dllimport) extern u32 TestVariable;
__declspec(dllimport) u64 TestSum2(u64, u64);
__declspec(dllimport) u32 TestMissing(u64);
__declspec(dllimport) u32 TestStubbed(u64);

u64 __security_cookie = 0x2B992DDFA232ull;
extern void *__guard_check_icall_fptr;
extern void *__guard_dispatch_icall_fptr;
extern void *__guard_fids_table;
extern void *__guard_fids_count;
extern void *__guard_flags;

static void accept(void) {}
__asm__(".globl guard_dispatch\nguard_dispatch:\n\tjmpq *%rax\n");
void guard_dispatch(void);

/* The linker fills the directory's slot from this symbol: IMAGE_LOAD_CONFIG_DIRECTORY64 up to GuardFlags. */
struct load_config
{
    u32 size;
    char unused_1[0x54];
    void *security_cookie;
    char unused_2[0x10];
    void *guard_check;
    void *guard_dispatch;
    void *guard_table;
    void *guard_count;
    u32 guard_flags;
    char unused_3[0x24];
};

void *__guard_check_icall_fptr = accept;
void *__guard_dispatch_icall_fptr = guard_dispatch;

const struct load_config _load_config_used = {
    .size = sizeof(struct load_config),
    .security_cookie = &__security_cookie,
    .guard_check = &__guard_check_icall_fptr,
    .guard_dispatch = &__guard_dispatch_icall_fptr,
};

static volatile unsigned char bss[0x5000];
static u64 (*volatile indirect)(u64, u64);

static u64 count_bss(void)
{
    u64 sum = 0;
    for (u32 i = 0; i < sizeof bss; i++)
        sum += bss[i]++;
    return sum;
}

static u64 read_cookie(void) { return __security_cookie; }

static u64 read_variable(void) { return TestVariable; }

static u64 add(u64 a, u64 b) { return a + b; }

static u64 call_guarded(u64 a, u64 b)
{
    indirect = add;
    return indirect(a, b);
}

/* 20 KB of frame, which the compiler takes by __chkstk. */
static u64 use_large_frame(u64 seed)
{
    volatile unsigned char frame[20000];
    for (u32 i = 0; i < sizeof frame; i++)
        frame[i] = (unsigned char)(seed + i);
    u64 sum = TestSum2(frame[0], frame[19999]);
    for (u32 i = 0; i < sizeof frame; i++)
        sum += frame[i];
    return sum;
}

static u64 call_missing(u64 value) { return TestMissing(value) + 1; }

static u64 call_stubbed(u64 value) { return TestStubbed(value); }

static void unload(char *driver_object) { *(u64 *)(driver_object + 8) = 0x55; }

u32 DriverEntry(char *driver_object, void *registry_path)
{
    (void)registry_path;
    void **major = (void **)(driver_object + 0x70);
    if (__security_cookie == 0x2B992DDFA232ull || __security_cookie == 0)
        return 0xC0000409;
    major[0] = count_bss;
    major[1] = read_cookie;
    major[2] = read_variable;
    major[3] = call_guarded;
    major[4] = use_large_frame;
    major[5] = call_missing;
    major[6] = call_stubbed;
    *(void **)(driver_object + 0x68) = unload;
    return 0;
}
