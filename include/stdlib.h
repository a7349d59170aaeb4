/* stdlib.h: the conversions that the kernel exports (ntoskrnl.exe). There is no heap here: see
 * ExAllocatePool2. It knows nothing about an installed C library. */
#ifndef OPENWSK_STDLIB_H
#define OPENWSK_STDLIB_H

#include <openwsk/compiler.h>
#include <stddef.h>

OPENWSK_EXTERN_C_BEGIN

int __cdecl atoi(const char *text);
long __cdecl atol(const char *text);
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
