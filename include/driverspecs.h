/* driverspecs.h: the annotations of the Windows Driver Kit for interrupt level, pool and locks, all empty
 * here. A driver's annotations compile and say nothing; what they promise is checked when the driver runs.
 * It knows nothing about types. The general annotations are in sal.h. */
#ifndef OPENWSK_DRIVERSPECS_H
#define OPENWSK_DRIVERSPECS_H

#define _IRQL_requires_(level)
#define _IRQL_requires_max_(level)
#define _IRQL_requires_min_(level)
#define _IRQL_requires_same_
#define _IRQL_always_function_max_(level)
#define _IRQL_always_function_min_(level)
#define _IRQL_raises_(level)
#define _IRQL_saves_
#define _IRQL_restores_
#define _IRQL_saves_global_(kind, target)
#define _IRQL_restores_global_(kind, target)
#define _IRQL_is_cancel_
#define _IRQL_uses_cancel_
#define _Dispatch_type_(type)
#define _Kernel_clear_do_init_(answer)
#define _Kernel_float_saved_
#define _Kernel_float_restored_
#define _Kernel_float_used_
#define _Kernel_acquires_resource_(kind)
#define _Kernel_releases_resource_(kind)
#define _Kernel_requires_resource_held_(kind)
#define _Kernel_requires_resource_not_held_(kind)
#define _Kernel_entry_
#define _Kernel_entry_always_
#define _Acquires_critical_section_lock_
#define _Flt_CompletionContext_Outptr_

#define __drv_aliasesMem
#define __drv_allocatesMem(kind)
#define __drv_freesMem(kind)
#define __drv_when(condition, annotations)
#define __drv_at(target, annotations)
#define __drv_in(annotations)
#define __drv_out(annotations)
#define __drv_out_deref(annotations)
#define __drv_in_deref(annotations)
#define __drv_deref(annotations)
#define __drv_ret(annotations)
#define __drv_nop(annotations)
#define __drv_strictType(type, mode)
#define __drv_strictTypeMatch(mode)
#define __drv_reportError(text)
#define __drv_preferredFunction(name, reason)
#define __drv_isObjectPointer
#define __drv_notPointer
#define __drv_mustHold(kind)
#define __drv_mustHoldGlobal(kind, name)
#define __drv_acquiresExclusiveResource(kind)
#define __drv_releasesExclusiveResource(kind)
#define __drv_acquiresCriticalRegion
#define __drv_releasesCriticalRegion
#define __drv_neverHoldCriticalRegion
#define __drv_mustHoldCriticalRegion
#define __drv_maxIRQL(level)
#define __drv_minIRQL(level)
#define __drv_requiresIRQL(level)
#define __drv_raisesIRQL(level)
#define __drv_sameIRQL
#define __drv_savesIRQL
#define __drv_restoresIRQL
#define __drv_setsIRQL(level)
#define __drv_functionClass(name)
#define __drv_dispatchType(type)
#define __drv_clearDoInit(answer)
#define __drv_useCancelIRQL
#define __drv_isCancelIRQL
#define __drv_innermost
#define __drv_constant
#define __drv_nonConstant
#define __drv_completionType(type)
#define __drv_callbackType(type)
#define __drv_inTry
#define __drv_notInTry
#define __drv_interlocked
#define __drv_unit(kind)
#define __drv_yesNo(answer)
#define __drv_holdsLock(lock)
#define __drv_formatString(kind)
#define __drv_arg(target, annotations)
#define __drv_valueIs(values)
#define __drv_inMarked
#define __kernel_code
#define __kernel_driver
#define __user_code
#define __user_driver

#endif
