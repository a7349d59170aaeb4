/* stdbool.h: bool for C, without any installed C library.
 * It knows nothing about BOOLEAN, which is one byte of its own: that is in ntdef.h. */
#ifndef OPENWSK_STDBOOL_H
#define OPENWSK_STDBOOL_H

#ifndef __cplusplus
#define bool _Bool
#define true 1
#define false 0
#endif
#define __bool_true_false_are_defined 1

#endif
