/* ntstrsafe.h: bounded string routines, inline over the kernel's _vsnprintf and _vsnwprintf.
 * Each leaves a terminated string: text that is cut gives STATUS_BUFFER_OVERFLOW, a size of 0 or beyond the
 * limit STATUS_INVALID_PARAMETER. Cb counts bytes, Cch characters; A is 8-bit, W is UTF-16.
 * It knows nothing about counted strings (UNICODE_STRING), but for three routines at the end. */
#ifndef OPENWSK_NTSTRSAFE_H
#define OPENWSK_NTSTRSAFE_H

#include <ntdef.h>
#include <stdio.h>

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
typedef char *NTSTRSAFE_PSTR;
typedef const char *NTSTRSAFE_PCSTR;
typedef wchar_t *NTSTRSAFE_PWSTR;
typedef const wchar_t *NTSTRSAFE_PCWSTR;

#define OPENWSK_STRSAFE(A, type, format_function) \
    FORCEINLINE NTSTATUS RtlStringCchLength##A(const type *text, size_t cchMax, size_t *length) \
    { \
        size_t at = 0; \
        if (length != NULL) *length = 0; \
        if (text == NULL || cchMax > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER; \
        while (at < cchMax && text[at] != 0) at += 1; \
        if (at == cchMax) return STATUS_INVALID_PARAMETER; \
        if (length != NULL) *length = at; \
        return STATUS_SUCCESS; \
    } \
    FORCEINLINE NTSTATUS RtlStringCbLength##A(const type *text, size_t cbMax, size_t *length) \
    { \
        size_t characters = 0; \
        NTSTATUS status = RtlStringCchLength##A(text, cbMax / sizeof(type), &characters); \
        if (length != NULL) *length = characters * sizeof(type); \
        return status; \
    } \
    FORCEINLINE NTSTATUS RtlStringCchCopyN##A(type *to, size_t cchTo, const type *from, size_t cchMax) \
    { \
        size_t at = 0; \
        if (cchTo == 0 || cchTo > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER; \
        while (at + 1 < cchTo && at < cchMax && from[at] != 0) { \
            to[at] = from[at]; \
            at += 1; \
        } \
        to[at] = 0; \
        return at == cchMax || from[at] == 0 ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW; \
    } \
    FORCEINLINE NTSTATUS RtlStringCbCopyN##A(type *to, size_t cbTo, const type *from, size_t cbMax) \
    { \
        return RtlStringCchCopyN##A(to, cbTo / sizeof(type), from, cbMax / sizeof(type)); \
    } \
    FORCEINLINE NTSTATUS RtlStringCchCopy##A(type *to, size_t cchTo, const type *from) \
    { \
        return RtlStringCchCopyN##A(to, cchTo, from, NTSTRSAFE_MAX_CCH); \
    } \
    FORCEINLINE NTSTATUS RtlStringCbCopy##A(type *to, size_t cbTo, const type *from) \
    { \
        return RtlStringCchCopy##A(to, cbTo / sizeof(type), from); \
    } \
    FORCEINLINE NTSTATUS RtlStringCchCatN##A(type *to, size_t cchTo, const type *from, size_t cchMax) \
    { \
        size_t used; \
        NTSTATUS status = RtlStringCchLength##A(to, cchTo, &used); \
        return NT_SUCCESS(status) ? RtlStringCchCopyN##A(to + used, cchTo - used, from, cchMax) : status; \
    } \
    FORCEINLINE NTSTATUS RtlStringCbCatN##A(type *to, size_t cbTo, const type *from, size_t cbMax) \
    { \
        return RtlStringCchCatN##A(to, cbTo / sizeof(type), from, cbMax / sizeof(type)); \
    } \
    FORCEINLINE NTSTATUS RtlStringCchCat##A(type *to, size_t cchTo, const type *from) \
    { \
        return RtlStringCchCatN##A(to, cchTo, from, NTSTRSAFE_MAX_CCH); \
    } \
    FORCEINLINE NTSTATUS RtlStringCbCat##A(type *to, size_t cbTo, const type *from) \
    { \
        return RtlStringCchCat##A(to, cbTo / sizeof(type), from); \
    } \
    FORCEINLINE NTSTATUS RtlStringCchVPrintf##A(type *to, size_t cchTo, const type *format, \
        va_list arguments) \
    { \
        int written; \
        if (cchTo == 0 || cchTo > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER; \
        written = format_function(to, cchTo - 1, format, arguments); \
        if (written >= 0 && (size_t)written < cchTo) { \
            to[written] = 0; \
            return STATUS_SUCCESS; \
        } \
        to[cchTo - 1] = 0; \
        return STATUS_BUFFER_OVERFLOW; \
    } \
    FORCEINLINE NTSTATUS RtlStringCbVPrintf##A(type *to, size_t cbTo, const type *format, va_list arguments) \
    { \
        return RtlStringCchVPrintf##A(to, cbTo / sizeof(type), format, arguments); \
    } \
    static __inline __attribute__((__unused__)) NTSTATUS __cdecl RtlStringCchPrintf##A( \
        type *to, size_t cchTo, const type *format, ...) \
    { \
        NTSTATUS status; \
        va_list arguments; \
        va_start(arguments, format); \
        status = RtlStringCchVPrintf##A(to, cchTo, format, arguments); \
        va_end(arguments); \
        return status; \
    } \
    static __inline __attribute__((__unused__)) NTSTATUS __cdecl RtlStringCbPrintf##A( \
        type *to, size_t cbTo, const type *format, ...) \
    { \
        NTSTATUS status; \
        va_list arguments; \
        va_start(arguments, format); \
        status = RtlStringCbVPrintf##A(to, cbTo, format, arguments); \
        va_end(arguments); \
        return status; \
    }

OPENWSK_STRSAFE(A, char, _vsnprintf)
OPENWSK_STRSAFE(W, wchar_t, _vsnwprintf)

#ifdef UNICODE
#define RtlStringCbPrintf RtlStringCbPrintfW
#define RtlStringCchPrintf RtlStringCchPrintfW
#define RtlStringCbCopy RtlStringCbCopyW
#define RtlStringCchCopy RtlStringCchCopyW
#define RtlStringCbCat RtlStringCbCatW
#define RtlStringCchCat RtlStringCchCatW
#endif

static __inline __attribute__((__unused__)) NTSTATUS __cdecl RtlUnicodeStringPrintf(
    PUNICODE_STRING to, const wchar_t *format, ...)
{
    int written;
    va_list arguments;
    size_t room = to->MaximumLength / sizeof(WCHAR);
    va_start(arguments, format);
    written = _vsnwprintf(to->Buffer, room, format, arguments);
    va_end(arguments);
    to->Length = written >= 0 ? (USHORT)(written * sizeof(WCHAR)) : (USHORT)(room * sizeof(WCHAR));
    return written >= 0 ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

FORCEINLINE NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING to, const wchar_t *text)
{
    size_t length = 0;
    to->Buffer = (PWCH)text;
    if (text != NULL && !NT_SUCCESS(RtlStringCchLengthW(text, NTSTRSAFE_UNICODE_STRING_MAX_CCH, &length)))
        return STATUS_INVALID_PARAMETER;
    to->Length = (USHORT)(length * sizeof(WCHAR));
    to->MaximumLength = (USHORT)(text != NULL ? to->Length + sizeof(WCHAR) : 0);
    return STATUS_SUCCESS;
}

FORCEINLINE NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING to, PCUNICODE_STRING from)
{
    USHORT length = from->Length < to->MaximumLength ? from->Length : (USHORT)(to->MaximumLength & ~1);
    memcpy(to->Buffer, from->Buffer, length);
    to->Length = length;
    return length == from->Length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

#endif
