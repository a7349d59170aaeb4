/* intrin.h: the compiler intrinsics that drivers use, without any installed SDK.
 * It knows nothing itself: the Interlocked family, barriers and registers are in openwsk/interlocked.h. */
#ifndef OPENWSK_INTRIN_H
#define OPENWSK_INTRIN_H

#include <openwsk/interlocked.h>

#define __nop() __asm__ __volatile__("nop")
#define _mm_pause() YieldProcessor()

FORCEINLINE UCHAR OpenWskBitScanForward(ULONG *index, ULONG mask)
{
    if (mask == 0) return 0;
    *index = (ULONG)__builtin_ctz(mask);
    return 1;
}

FORCEINLINE UCHAR OpenWskBitScanReverse(ULONG *index, ULONG mask)
{
    if (mask == 0) return 0;
    *index = 31 - (ULONG)__builtin_clz(mask);
    return 1;
}

FORCEINLINE UCHAR OpenWskBitScanForward64(ULONG *index, ULONGLONG mask)
{
    if (mask == 0) return 0;
    *index = (ULONG)__builtin_ctzll(mask);
    return 1;
}

FORCEINLINE UCHAR OpenWskBitScanReverse64(ULONG *index, ULONGLONG mask)
{
    if (mask == 0) return 0;
    *index = 63 - (ULONG)__builtin_clzll(mask);
    return 1;
}

#define _BitScanForward OpenWskBitScanForward
#define _BitScanReverse OpenWskBitScanReverse
#define _BitScanForward64 OpenWskBitScanForward64
#define _BitScanReverse64 OpenWskBitScanReverse64

#endif
