/* ctype.h: character classes of the C locale, which the kernel exports (ntoskrnl.exe).
 * It knows nothing about Unicode: see RtlUpcaseUnicodeChar. */
#ifndef OPENWSK_CTYPE_H
#define OPENWSK_CTYPE_H

#include <openwsk/compiler.h>

OPENWSK_EXTERN_C_BEGIN

int __cdecl isdigit(int character);
int __cdecl isxdigit(int character);
int __cdecl isspace(int character);
int __cdecl isalpha(int character);
int __cdecl isalnum(int character);
int __cdecl isgraph(int character);
int __cdecl iscntrl(int character);
int __cdecl ispunct(int character);
int __cdecl isupper(int character);
int __cdecl islower(int character);
int __cdecl isprint(int character);
int __cdecl toupper(int character);
int __cdecl tolower(int character);

OPENWSK_EXTERN_C_END

#endif
