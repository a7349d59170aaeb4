/* openwsk/compiler.h: what differs between the compilers that build drivers with these headers.
 * They are clang for x86_64-pc-windows-msvc, clang for x86_64-w64-mingw32 and gcc for x86_64-w64-mingw32.
 * It knows nothing about Windows types: those begin in ntdef.h. Every other header includes this one first.
 *
 * Structured exceptions: clang compiles __try for both targets (give it -fms-extensions). gcc has no __try.
 * There the word stops the build with a sentence, unless OPENWSK_SEH_NONE is defined: then the body of __try
 * runs unguarded, the block of __finally runs after it, and the block of __except is never entered. */
#ifndef OPENWSK_COMPILER_H
#define OPENWSK_COMPILER_H

#if !defined(__x86_64__) && !defined(_M_AMD64)
#error These headers describe the x64 kernel: use --target=x86_64-pc-windows-msvc or x86_64-w64-mingw32.
#endif

#ifndef _AMD64_
#define _AMD64_ 1
#endif
#ifndef _WIN64
#define _WIN64 1
#endif
#ifndef _WIN32
#define _WIN32 1
#endif

/* Windows 10 1703 is the first release whose wsk.h has stream sockets and WskConnectEx. */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#ifndef WINVER
#define WINVER _WIN32_WINNT
#endif
#ifndef NTDDI_WIN7
#define NTDDI_WINXP 0x05010000
#define NTDDI_WS03 0x05020000
#define NTDDI_VISTA 0x06000000
#define NTDDI_LONGHORN NTDDI_VISTA
#define NTDDI_WIN6 NTDDI_VISTA
#define NTDDI_WIN6SP1 0x06000100
#define NTDDI_VISTASP1 NTDDI_WIN6SP1
#define NTDDI_WIN7 0x06010000
#define NTDDI_WIN8 0x06020000
#define NTDDI_WINBLUE 0x06030000
#define NTDDI_WINTHRESHOLD 0x0A000000
#define NTDDI_WIN10 0x0A000000
#define NTDDI_WIN10_TH2 0x0A000001
#define NTDDI_WIN10_RS1 0x0A000002
#define NTDDI_WIN10_RS2 0x0A000003
#define NTDDI_WIN10_RS3 0x0A000004
#define NTDDI_WIN10_RS4 0x0A000005
#define NTDDI_WIN10_RS5 0x0A000006
#define NTDDI_WIN10_19H1 0x0A000007
#define NTDDI_WIN10_VB 0x0A000008
#define NTDDI_WIN10_MN 0x0A000009
#define NTDDI_WIN10_FE 0x0A00000A
#define NTDDI_WIN10_CO 0x0A00000B
#define NTDDI_WIN10_NI 0x0A00000C
#endif
#ifndef NTDDI_VERSION
#define NTDDI_VERSION NTDDI_WIN10_NI
#endif
#ifndef _WIN32_WINNT_VISTA
#define _WIN32_WINNT_VISTA 0x0600
#define _WIN32_WINNT_WIN7 0x0601
#define _WIN32_WINNT_WIN8 0x0602
#define _WIN32_WINNT_WINBLUE 0x0603
#define _WIN32_WINNT_WIN10 0x0A00
#endif

#ifdef __cplusplus
#define OPENWSK_EXTERN_C_BEGIN extern "C" {
#define OPENWSK_EXTERN_C_END }
#define OPENWSK_STATIC_ASSERT(condition) static_assert(condition, #condition)
#else
#define OPENWSK_EXTERN_C_BEGIN
#define OPENWSK_EXTERN_C_END
#define OPENWSK_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#endif

/* Integer keywords of the Microsoft compiler; long is 32 bits wide for each of the three. */
#if !defined(_MSC_VER) && !defined(__int64)
#define __int64 long long
#endif
#if !defined(_MSC_VER) && !defined(__int32)
#define __int32 int
#define __int16 short
#define __int8 char
#endif

#if !defined(_MSC_VER)
#ifndef __forceinline
#define __forceinline extern __inline__ __attribute__((__always_inline__, __gnu_inline__))
#endif
#ifndef __pragma
#define __pragma(text)
#endif
#ifndef __unaligned
#define __unaligned
#endif
#ifndef __assume
#define __assume(condition) do { if (!(condition)) __builtin_unreachable(); } while (0)
#endif
#ifndef __noop
#define __noop(...) ((void)0)
#endif
#endif
#ifndef __w64
#define __w64
#endif

#define OPENWSK_ALIGNED(bytes) __attribute__((__aligned__(bytes)))
#define OPENWSK_INLINE static __inline __attribute__((__always_inline__, __unused__))
#define OPENWSK_SELECTANY __attribute__((__selectany__))

#if defined(__clang__) && (defined(_MSC_VER) || defined(__SEH__) || defined(OPENWSK_SEH))
/* clang has __try, __except, __finally, __leave and the exception intrinsics under -fms-extensions. */
#elif !defined(__clang__) && !defined(__cplusplus)
#ifdef OPENWSK_SEH_NONE
#define __try if (1)
#define __except(filter) else if (0 && (filter))
#define __finally if (1)
#define __leave _Pragma("GCC error \"__leave needs clang\"")
#else
#define __try \
    _Pragma("GCC error \"__try needs clang; or define OPENWSK_SEH_NONE to run the body unguarded\"") if (1)
#define __except(filter) else if (0 && (filter))
#define __finally if (1)
#define __leave ((void)0)
#endif
#define OPENWSK_NO_SEH 1
#endif

#endif
