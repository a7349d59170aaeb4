/* initguid.h: after this file DEFINE_GUID defines instead of declaring.
 * It knows nothing about single GUIDs; guiddef.h has the macros. */
#define INITGUID
#include <guiddef.h>
