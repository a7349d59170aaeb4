/* stdio.h: the formatting functions that the kernel exports (ntoskrnl.exe). There are no files and no
 * streams. It knows nothing about bounds beyond what each function takes: ntstrsafe.h has the functions that
 * check them. */
#ifndef OPENWSK_STDIO_H
#define OPENWSK_STDIO_H

#include <openwsk/compiler.h>
#include <stdarg.h>
#include <stddef.h>

OPENWSK_EXTERN_C_BEGIN

int __cdecl sprintf(char *destination, const char *format, ...);
int __cdecl vsprintf(char *destination, const char *format, va_list arguments);
int __cdecl _snprintf(char *destination, size_t count, const char *format, ...);
int __cdecl _vsnprintf(char *destination, size_t count, const char *format, va_list arguments);
int __cdecl _snwprintf(wchar_t *destination, size_t count, const wchar_t *format, ...);
int __cdecl _vsnwprintf(wchar_t *destination, size_t count, const wchar_t *format, va_list arguments);
int __cdecl sprintf_s(char *destination, size_t size, const char *format, ...);
int __cdecl vsprintf_s(char *destination, size_t size, const char *format, va_list arguments);
int __cdecl _snprintf_s(char *destination, size_t size, size_t count, const char *format, ...);
int __cdecl _vsnprintf_s(char *destination, size_t size, size_t count, const char *format, va_list arguments);
int __cdecl swprintf_s(wchar_t *destination, size_t size, const wchar_t *format, ...);
int __cdecl vswprintf_s(wchar_t *destination, size_t size, const wchar_t *format, va_list arguments);
int __cdecl _snwprintf_s(wchar_t *destination, size_t size, size_t count, const wchar_t *format, ...);
int __cdecl _vscprintf(const char *format, va_list arguments);
int __cdecl _scprintf(const char *format, ...);
int __cdecl _vscwprintf(const wchar_t *format, va_list arguments);
int __cdecl swprintf(wchar_t *destination, const wchar_t *format, ...);
int __cdecl sscanf(const char *text, const char *format, ...);
int __cdecl sscanf_s(const char *text, const char *format, ...);

OPENWSK_EXTERN_C_END

#endif
