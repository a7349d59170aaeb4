/* string.h: the memory and string functions that the kernel exports (ntoskrnl.exe), C and wide.
 * It knows nothing about an installed C library; counted strings (UNICODE_STRING) are in the wdm.h family. */
#ifndef OPENWSK_STRING_H
#define OPENWSK_STRING_H

#include <openwsk/compiler.h>
#include <stddef.h>

OPENWSK_EXTERN_C_BEGIN

void *__cdecl memcpy(void *destination, const void *source, size_t size);
void *__cdecl memmove(void *destination, const void *source, size_t size);
void *__cdecl memset(void *destination, int value, size_t size);
int __cdecl memcmp(const void *left, const void *right, size_t size);
void *__cdecl memchr(const void *text, int character, size_t size);

size_t __cdecl strlen(const char *text);
size_t __cdecl strnlen(const char *text, size_t sizeMax);
int __cdecl strcmp(const char *left, const char *right);
int __cdecl strncmp(const char *left, const char *right, size_t count);
int __cdecl _stricmp(const char *left, const char *right);
int __cdecl _strnicmp(const char *left, const char *right, size_t count);
char *__cdecl strcpy(char *destination, const char *source);
char *__cdecl strncpy(char *destination, const char *source, size_t count);
char *__cdecl strcat(char *destination, const char *source);
char *__cdecl strncat(char *destination, const char *source, size_t count);
char *__cdecl strchr(const char *text, int character);
char *__cdecl strrchr(const char *text, int character);
char *__cdecl strstr(const char *text, const char *part);
size_t __cdecl strspn(const char *text, const char *set);

size_t __cdecl wcslen(const wchar_t *text);
size_t __cdecl wcsnlen(const wchar_t *text, size_t countMax);
int __cdecl wcscmp(const wchar_t *left, const wchar_t *right);
int __cdecl wcsncmp(const wchar_t *left, const wchar_t *right, size_t count);
int __cdecl _wcsicmp(const wchar_t *left, const wchar_t *right);
int __cdecl _wcsnicmp(const wchar_t *left, const wchar_t *right, size_t count);
wchar_t *__cdecl wcscpy(wchar_t *destination, const wchar_t *source);
wchar_t *__cdecl wcsncpy(wchar_t *destination, const wchar_t *source, size_t count);
wchar_t *__cdecl wcscat(wchar_t *destination, const wchar_t *source);
wchar_t *__cdecl wcschr(const wchar_t *text, wchar_t character);
wchar_t *__cdecl wcsrchr(const wchar_t *text, wchar_t character);
wchar_t *__cdecl wcsstr(const wchar_t *text, const wchar_t *part);

OPENWSK_EXTERN_C_END

#endif
