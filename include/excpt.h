/* excpt.h: words and values of structured exceptions, and the handler that compiled drivers import.
 * It knows nothing about dispatching. Whether __try compiles: see openwsk/compiler.h. */
#ifndef OPENWSK_EXCPT_H
#define OPENWSK_EXCPT_H

#include <openwsk/compiler.h>

OPENWSK_EXTERN_C_BEGIN

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

typedef enum _EXCEPTION_DISPOSITION {
    ExceptionContinueExecution,
    ExceptionContinueSearch,
    ExceptionNestedException,
    ExceptionCollidedUnwind
} EXCEPTION_DISPOSITION;

#ifdef OPENWSK_NO_SEH
#define GetExceptionCode() 0UL
#define GetExceptionInformation() ((struct _EXCEPTION_POINTERS *)0)
#define AbnormalTermination() 0
#else
unsigned long __cdecl _exception_code(void);
void *__cdecl _exception_info(void);
int __cdecl _abnormal_termination(void);
#define GetExceptionCode _exception_code
#define exception_code _exception_code
#define GetExceptionInformation() ((struct _EXCEPTION_POINTERS *)_exception_info())
#define exception_info() ((struct _EXCEPTION_POINTERS *)_exception_info())
#define AbnormalTermination _abnormal_termination
#define abnormal_termination _abnormal_termination
#endif

OPENWSK_EXTERN_C_END

#endif
