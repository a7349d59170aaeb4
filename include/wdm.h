/* wdm.h: the routines and structures of the Windows x64 kernel that network drivers use.
 * Written for this project from the public documentation, so that a driver builds with clang or gcc alone.
 * It holds nothing itself: each part is a file of openwsk/ named after the executive's component.
 * Not here: what only ntddk.h and ntifs.h declare, and Winsock Kernel, which is wsk.h. */
#ifndef OPENWSK_WDM_H
#define OPENWSK_WDM_H

#define _WDMDDK_
#define _NTDDK_

#include <ntdef.h>
#include <stdlib.h>
#include <stdio.h>
#include <intrin.h>
#include <openwsk/wdm-values.h>
#include <openwsk/wdm-lists.h>
#include <openwsk/wdm-ke.h>
#include <openwsk/wdm-mm.h>
#include <openwsk/wdm-ex.h>
#include <openwsk/wdm-io.h>
#include <openwsk/wdm-io-routines.h>
#include <openwsk/wdm-io-stack.h>
#include <openwsk/wdm-rtl.h>
#include <openwsk/wdm-zw.h>
#include <openwsk/wdm-notify.h>
#include <openwsk/wdm-se-routines.h>
#include <openwsk/wdm-unwind.h>
#include <evntprov.h>
#include <evntrace.h>

#endif
