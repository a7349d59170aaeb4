/* control.h: the control codes of control.c, for it and for applications. It knows nothing about either
 * side's types beyond CTL_CODE. */
#pragma once

#define CONTROL_CODE(function, method) CTL_CODE(FILE_DEVICE_UNKNOWN, function, method, FILE_ANY_ACCESS)
#define CONTROL_ADD CONTROL_CODE(0x801, METHOD_BUFFERED)       /* 0x222004 */
#define CONTROL_CHECK CONTROL_CODE(0x802, METHOD_IN_DIRECT)    /* 0x222009 */
#define CONTROL_REPEAT CONTROL_CODE(0x803, METHOD_OUT_DIRECT)  /* 0x22200e */
#define CONTROL_REVERSE CONTROL_CODE(0x804, METHOD_NEITHER)    /* 0x222013 */
#define CONTROL_WAIT CONTROL_CODE(0x805, METHOD_BUFFERED)      /* 0x222014 */
#define CONTROL_NEWS CONTROL_CODE(0x806, METHOD_BUFFERED)      /* 0x222018 */

/* gcc has no structured exceptions: there a wild address of an application's ends the system. */
#if defined(_MSC_VER) || defined(__clang__)
#define CONTROL_TRY __try
#define CONTROL_EXCEPT __except (EXCEPTION_EXECUTE_HANDLER)
#define CONTROL_EXCEPTION_CODE GetExceptionCode()
#else
#define CONTROL_TRY if (TRUE)
#define CONTROL_EXCEPT else
#define CONTROL_EXCEPTION_CODE STATUS_ACCESS_VIOLATION
#endif
