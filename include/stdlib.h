/* stdlib.h: the conversions that the kernel exports (ntoskrnl.exe). There is no heap here: see
 * ExAllocatePool2. It knows nothing about an installed C library. */
#ifndef OPENWSK_STDLIB_H
#define OPENWSK_STDLIB_H

#include <openwsk/compiler.h>
#include <stddef.h>

OPENWSK_EXTERN_C_BEGIN

int __cdecl atoi(const char *text);
long __cdecl atol(const char *text);
__int64 __cdecl _atoi64(const char *text);
int __cdecl _wtoi(const wchar_t *text);
long __cdecl _wtol(const wchar_t *text);
long __cdecl strtol(const char *text, char **end, int base);
__int64 __cdecl _strtoi64(const char *text, char **end, int base);
unsigned __int64 __cdecl _strtoui64(const char *text, char **end, int base);
long __cdecl wcstol(const wchar_t *text, wchar_t **end, int base);
unsigned long __cdecl wcstoul(const wchar_t *text, wchar_t **end, int base);
__int64 __cdecl _wcstoi64(const wchar_t *text, wchar_t **end, int base);
unsigned __int64 __cdecl _wcstoui64(const wchar_t *text, wchar_t **end, int base);
char *__cdecl _itoa(int value, char *text, int radix);
char *__cdecl _ltoa(long value, char *text, int radix);
char *__cdecl _ultoa(unsigned long value, char *text, int radix);
char *__cdecl _i64toa(__int64 value, char *text, int radix);
char *__cdecl _ui64toa(unsigned __int64 value, char *text, int radix);
wchar_t *__cdecl _itow(int value, wchar_t *text, int radix);
wchar_t *__cdecl _ltow(long value, wchar_t *text, int radix);
wchar_t *__cdecl _ultow(unsigned long value, wchar_t *text, int radix);
int __cdecl _itoa_s(int value, char *text, size_t size, int radix);
int __cdecl _ultoa_s(unsigned long value, char *text, size_t size, int radix);
int __cdecl _i64toa_s(__int64 value, char *text, size_t size, int radix);
int __cdecl _ui64toa_s(unsigned __int64 value, char *text, size_t size, int radix);
int __cdecl _itow_s(int value, wchar_t *text, size_t size, int radix);
int __cdecl _ultow_s(unsigned long value, wchar_t *text, size_t size, int radix);
int __cdecl _i64tow_s(__int64 value, wchar_t *text, size_t size, int radix);
int __cdecl _ui64tow_s(unsigned __int64 value, wchar_t *text, size_t size, int radix);
size_t __cdecl mbstowcs(wchar_t *wide, const char *text, size_t count);
size_t __cdecl wcstombs(char *text, const wchar_t *wide, size_t count);
long __cdecl labs(long value);
void *__cdecl bsearch(const void *key, const void *base, size_t count, size_t size,
    int(__cdecl *compare)(const void *, const void *));
unsigned long __cdecl strtoul(const char *text, char **end, int base);
int __cdecl abs(int value);
int __cdecl rand(void);
void __cdecl srand(unsigned int seed);
void __cdecl qsort(void *base, size_t count, size_t size, int(__cdecl *compare)(const void *, const void *));
unsigned short __cdecl _byteswap_ushort(unsigned short value);
unsigned long __cdecl _byteswap_ulong(unsigned long value);
unsigned __int64 __cdecl _byteswap_uint64(unsigned __int64 value);

OPENWSK_EXTERN_C_END

#ifndef _countof
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif

#endif
