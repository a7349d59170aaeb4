/* stdarg.h: variable arguments by the compiler's own means, without any installed C library.
 * It knows nothing about formats. On this ABI a va_list is a pointer to 8-byte slots. */
#ifndef OPENWSK_STDARG_H
#define OPENWSK_STDARG_H

typedef __builtin_va_list va_list;
#define va_start(list, last) __builtin_va_start(list, last)
#define va_end(list) __builtin_va_end(list)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_copy(to, from) __builtin_va_copy(to, from)
#define _VA_LIST_DEFINED

#endif
