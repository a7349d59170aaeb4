/* guiddef.h: GUID and the macros that declare one, or define it after initguid.h.
 * It knows nothing about single GUIDs. */
#ifndef OPENWSK_GUIDDEF_H
#define OPENWSK_GUIDDEF_H

#include <openwsk/compiler.h>
#include <string.h>

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    unsigned long Data1;
    unsigned short Data2;
    unsigned short Data3;
    unsigned char Data4[8];
} GUID;
#endif

typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID;
typedef GUID CLSID;

#ifdef __cplusplus
#define REFGUID const GUID &
#define OPENWSK_GUID_EXTERN extern "C"
#define IsEqualGUID(left, right) (!memcmp(&(left), &(right), sizeof(GUID)))
#define InlineIsEqualGUID(left, right) IsEqualGUID(left, right)
#else
#define REFGUID const GUID *
#define OPENWSK_GUID_EXTERN extern
#define IsEqualGUID(left, right) (!memcmp(left, right, sizeof(GUID)))
#define InlineIsEqualGUID(left, right) IsEqualGUID(left, right)
#endif
#define REFIID REFGUID
#define REFCLSID REFGUID

#endif

/* DEFINE_GUID depends on INITGUID each time that this file is included. */
#undef DEFINE_GUID
#ifdef INITGUID
#ifdef __cplusplus
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    extern "C" const GUID OPENWSK_SELECTANY name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    const GUID OPENWSK_SELECTANY name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#endif
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) OPENWSK_GUID_EXTERN const GUID name
#endif
