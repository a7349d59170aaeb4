/* wchar.h: wide strings as the kernel exports them. It knows nothing about locales, which the kernel has none
 * of. The functions are declared in string.h and stdio.h. */
#ifndef OPENWSK_WCHAR_H
#define OPENWSK_WCHAR_H

#include <stdio.h>
#include <string.h>

#endif
