/* What g++'s runtime wants of Windows and of a C library, as little as will do for one thread: memory that is
 * never given back, one slot of thread storage, RaiseException over the kernel's. It knows nothing of C++.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
#define IMPORT __declspec(dllimport)

typedef struct record {
    u32 code, flags;
    struct record *nested;
    void *address;
    u32 count;
    u64 information[15];
} record;

IMPORT void RtlRaiseException(record *);

int _CRT_MT = 0;
static unsigned char g_memory[0x20000];
static u64 g_used;
static void *g_slot;

void abort(void) { __builtin_trap(); }

void *malloc(u64 size)
{
    u64 at = __atomic_fetch_add(&g_used, (size + 15) & ~15ull, __ATOMIC_SEQ_CST);
    return at + size > sizeof g_memory ? 0 : g_memory + at;
}

void free(void *p) { (void)p; }

void *memset(void *to, int value, u64 count)
{
    volatile unsigned char *t = to;
    while (count--) *t++ = (unsigned char)value;
    return to;
}

void *memcpy(void *to, const void *from, u64 count)
{
    volatile unsigned char *t = to;
    const unsigned char *f = from;
    while (count--) *t++ = *f++;
    return to;
}

void *calloc(u64 count, u64 size) { return malloc(count * size); }
void *realloc(void *p, u64 size) { (void)p; return malloc(size); }

u64 strlen(const char *s)
{
    u64 n = 0;
    while (s[n]) n++;
    return n;
}

int strncmp(const char *a, const char *b, u64 n)
{
    for (; n; a++, b++, n--)
        if (*a != *b || !*a) return *a - *b;
    return 0;
}

int strcmp(const char *a, const char *b) { return strncmp(a, b, ~0ull); }

static void raise(u32 code, u32 flags, u32 count, const u64 *information)
{
    record r = {code, flags, 0, 0, count, {0}};
    for (u32 i = 0; i < count && i < 15; i++) r.information[i] = information[i];
    RtlRaiseException(&r);
}

static u64 nothing(void) { return 0; }
static void *get(u32 slot) { (void)slot; return g_slot; }
static int set(u32 slot, void *value) { (void)slot; g_slot = value; return 1; }

void *__imp_RaiseException = raise;
void *__imp_TlsGetValue = get;
void *__imp_TlsSetValue = set;
void *__imp_TlsAlloc = nothing;
void *__imp_TlsFree = nothing;
void *__imp_GetLastError = nothing;
void *__imp_SetLastError = nothing;
void *__imp_WaitForSingleObject = nothing;
void *__imp_ReleaseSemaphore = nothing;
void *__imp_CreateSemaphoreW = nothing;
void *__imp_Sleep = nothing;
void *__imp_GetCurrentThreadId = nothing;
void *__imp_CloseHandle = nothing;
void *__imp___acrt_iob_func = nothing;
int atexit(void (*f)(void)) { (void)f; return 0; }
int fputc(int c, void *file) { (void)file; return c; }
int fputs(const char *s, void *file) { (void)s; (void)file; return 0; }
u64 fwrite(const void *p, u64 size, u64 count, void *file)
{
    (void)p; (void)size; (void)file;
    return count;
}
int __mingw_vsprintf(char *to, const char *format, void *list)
{
    (void)format; (void)list;
    *to = 0;
    return 0;
}
int __mingwthr_key_dtor(u32 key, void (*f)(void *)) { (void)key; (void)f; return 0; }
