/* openwsk/interlocked.h: the Interlocked family, barriers, processor registers and byte order, compiled
 * inline. The compilers' own atomics do the work, so nothing here needs an installed intrin.h.
 * It knows nothing about interlocked lists, which are routines of the kernel: see wdm-lists.h. */
#ifndef OPENWSK_INTERLOCKED_H
#define OPENWSK_INTERLOCKED_H

#include <ntdef.h>

#define OPENWSK_INTERLOCKED(suffix, type) \
    FORCEINLINE type InterlockedIncrement##suffix(type volatile *target) \
    { return (type)(__atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST)); } \
    FORCEINLINE type InterlockedDecrement##suffix(type volatile *target) \
    { return (type)(__atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST)); } \
    FORCEINLINE type InterlockedExchange##suffix(type volatile *target, type value) \
    { return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST); } \
    FORCEINLINE type InterlockedExchangeAdd##suffix(type volatile *target, type value) \
    { return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST); } \
    FORCEINLINE type InterlockedAdd##suffix(type volatile *target, type value) \
    { return (type)(__atomic_add_fetch(target, value, __ATOMIC_SEQ_CST)); } \
    FORCEINLINE type InterlockedAnd##suffix(type volatile *target, type value) \
    { return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST); } \
    FORCEINLINE type InterlockedOr##suffix(type volatile *target, type value) \
    { return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST); } \
    FORCEINLINE type InterlockedXor##suffix(type volatile *target, type value) \
    { return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST); } \
    FORCEINLINE type InterlockedCompareExchange##suffix(type volatile *target, type value, type comparand) \
    { \
        __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
        return comparand; \
    }

OPENWSK_INTERLOCKED(, LONG)
OPENWSK_INTERLOCKED(64, LONG64)
OPENWSK_INTERLOCKED(16, SHORT)
OPENWSK_INTERLOCKED(8, CHAR)

FORCEINLINE PVOID InterlockedExchangePointer(PVOID volatile *target, PVOID value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}

FORCEINLINE PVOID InterlockedCompareExchangePointer(PVOID volatile *target, PVOID value, PVOID comparand)
{
    __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return comparand;
}

FORCEINLINE UCHAR InterlockedBitTestAndSet(LONG volatile *base, LONG bit)
{
    return (UCHAR)((InterlockedOr(base + bit / 32, (LONG)(1UL << (bit & 31))) >> (bit & 31)) & 1);
}

FORCEINLINE UCHAR InterlockedBitTestAndReset(LONG volatile *base, LONG bit)
{
    return (UCHAR)((InterlockedAnd(base + bit / 32, ~(LONG)(1UL << (bit & 31))) >> (bit & 31)) & 1);
}

#define InterlockedExchangeAddSizeT(a, b) InterlockedExchangeAdd64((LONG64 volatile *)(a), (LONG64)(b))
#define InterlockedIncrementSizeT(a) InterlockedIncrement64((LONG64 volatile *)(a))
#define InterlockedDecrementSizeT(a) InterlockedDecrement64((LONG64 volatile *)(a))
#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedIncrementNoFence InterlockedIncrement
#define InterlockedDecrementNoFence InterlockedDecrement
#define InterlockedExchangeNoFence InterlockedExchange
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange
#define InterlockedCompareExchangeNoFence InterlockedCompareExchange
#define InterlockedIncrementULongPtr(a) ((ULONG_PTR)InterlockedIncrement64((LONG64 volatile *)(a)))

/* The names with an underscore are the compiler's intrinsics on Windows; here they are the same inlines. */
#define _InterlockedIncrement InterlockedIncrement
#define _InterlockedIncrement16 InterlockedIncrement16
#define _InterlockedIncrement64 InterlockedIncrement64
#define _InterlockedDecrement InterlockedDecrement
#define _InterlockedDecrement16 InterlockedDecrement16
#define _InterlockedDecrement64 InterlockedDecrement64
#define _InterlockedExchange InterlockedExchange
#define _InterlockedExchange8 InterlockedExchange8
#define _InterlockedExchange16 InterlockedExchange16
#define _InterlockedExchange64 InterlockedExchange64
#define _InterlockedExchangeAdd InterlockedExchangeAdd
#define _InterlockedExchangeAdd64 InterlockedExchangeAdd64
#define _InterlockedAnd InterlockedAnd
#define _InterlockedAnd64 InterlockedAnd64
#define _InterlockedOr InterlockedOr
#define _InterlockedOr64 InterlockedOr64
#define _InterlockedXor InterlockedXor
#define _InterlockedXor64 InterlockedXor64
#define _InterlockedCompareExchange InterlockedCompareExchange
#define _InterlockedCompareExchange16 InterlockedCompareExchange16
#define _InterlockedCompareExchange64 InterlockedCompareExchange64
#define _InterlockedExchangePointer InterlockedExchangePointer
#define _InterlockedCompareExchangePointer InterlockedCompareExchangePointer
#define _interlockedbittestandset InterlockedBitTestAndSet
#define _interlockedbittestandreset InterlockedBitTestAndReset

#define _ReadWriteBarrier() __asm__ __volatile__("" ::: "memory")
#define _ReadBarrier() _ReadWriteBarrier()
#define _WriteBarrier() _ReadWriteBarrier()
#define KeMemoryBarrierWithoutFence() _ReadWriteBarrier()
#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier() KeMemoryBarrier()
#define YieldProcessor() __asm__ __volatile__("pause" ::: "memory")
#define ReadForWriteAccess(target) (*(target))
#define ReadNoFence(source) (*(source))
#define ReadAcquire(source) __atomic_load_n(source, __ATOMIC_ACQUIRE)
#define ReadPointerAcquire(source) __atomic_load_n(source, __ATOMIC_ACQUIRE)
#define ReadPointerNoFence(source) (*(source))
#define WriteRelease(destination, value) __atomic_store_n(destination, value, __ATOMIC_RELEASE)
#define WriteNoFence(destination, value) ((void)(*(destination) = (value)))
#define WritePointerRelease(destination, value) __atomic_store_n(destination, value, __ATOMIC_RELEASE)

/* The processor's own block, of which gs points to the start. */
#define OPENWSK_READ_GS(name, type, instruction) \
    FORCEINLINE type OpenWsk##name(ULONG offset) \
    { \
        type value; \
        __asm__ __volatile__(instruction " %%gs:(%1), %0" : "=r"(value) : "r"((ULONGLONG)offset)); \
        return value; \
    }

OPENWSK_READ_GS(ReadGsByte, UCHAR, "movb")
OPENWSK_READ_GS(ReadGsWord, USHORT, "movw")
OPENWSK_READ_GS(ReadGsDword, ULONG, "movl")
OPENWSK_READ_GS(ReadGsQword, ULONGLONG, "movq")
#define __readgsbyte OpenWskReadGsByte
#define __readgsword OpenWskReadGsWord
#define __readgsdword OpenWskReadGsDword
#define __readgsqword OpenWskReadGsQword

FORCEINLINE ULONGLONG OpenWskReadTimeStampCounter(void)
{
    ULONG low;
    ULONG high;
    __asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high));
    return ((ULONGLONG)high << 32) | low;
}

#define __rdtsc OpenWskReadTimeStampCounter
#define ReadTimeStampCounter() OpenWskReadTimeStampCounter()
#define __debugbreak() __asm__ __volatile__("int3")
#define __fastfail(code) OpenWskFastFail(code)
#define RtlFailFast(code) OpenWskFastFail(code)
#define FAST_FAIL_CORRUPT_LIST_ENTRY 3
#define FAST_FAIL_INVALID_ARG 5

DECLSPEC_NORETURN FORCEINLINE void OpenWskFastFail(unsigned int code)
{
    __asm__ __volatile__("int $0x29" : : "c"(code) : "memory");
    __builtin_unreachable();
}

#define RtlUshortByteSwap(value) __builtin_bswap16(value)
#define RtlUlongByteSwap(value) ((ULONG)__builtin_bswap32(value))
#define RtlUlonglongByteSwap(value) ((ULONGLONG)__builtin_bswap64(value))

#endif
