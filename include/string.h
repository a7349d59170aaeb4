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
size_t __cdecl strcspn(const char *text, const char *set);
char *__cdecl strpbrk(const char *text, const char *set);
char *__cdecl strtok(char *text, const char *delimiters);
char *__cdecl strtok_s(char *text, const char *delimiters, char **context);
int __cdecl strcpy_s(char *destination, size_t size, const char *source);
int __cdecl strncpy_s(char *destination, size_t size, const char *source, size_t count);
int __cdecl strcat_s(char *destination, size_t size, const char *source);
int __cdecl strncat_s(char *destination, size_t size, const char *source, size_t count);
char *__cdecl _strlwr(char *text);
char *__cdecl _strupr(char *text);
char *__cdecl _strrev(char *text);
int __cdecl _strlwr_s(char *text, size_t size);
int __cdecl _strupr_s(char *text, size_t size);
int __cdecl memcpy_s(void *destination, size_t size, const void *source, size_t count);
int __cdecl memmove_s(void *destination, size_t size, const void *source, size_t count);
#define _TRUNCATE ((size_t)-1)

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
wchar_t *__cdecl wcsncat(wchar_t *destination, const wchar_t *source, size_t count);
size_t __cdecl wcsspn(const wchar_t *text, const wchar_t *set);
size_t __cdecl wcscspn(const wchar_t *text, const wchar_t *set);
wchar_t *__cdecl wcspbrk(const wchar_t *text, const wchar_t *set);
wchar_t *__cdecl wcstok_s(wchar_t *text, const wchar_t *delimiters, wchar_t **context);
int __cdecl wcscpy_s(wchar_t *destination, size_t size, const wchar_t *source);
int __cdecl wcsncpy_s(wchar_t *destination, size_t size, const wchar_t *source, size_t count);
int __cdecl wcscat_s(wchar_t *destination, size_t size, const wchar_t *source);
int __cdecl wcsncat_s(wchar_t *destination, size_t size, const wchar_t *source, size_t count);
wchar_t *__cdecl _wcslwr(wchar_t *text);
wchar_t *__cdecl _wcsupr(wchar_t *text);
wchar_t *__cdecl _wcsrev(wchar_t *text);
wchar_t *__cdecl wcsstr(const wchar_t *text, const wchar_t *part);

OPENWSK_EXTERN_C_END

#endif
